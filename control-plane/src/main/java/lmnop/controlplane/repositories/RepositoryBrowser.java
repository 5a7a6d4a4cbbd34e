package lmnop.controlplane.repositories;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.functions.FunctionStore;
import lmnop.controlplane.functions.StoredRepository;
import lmnop.controlplane.git.Repositories;
import lmnop.controlplane.web.Crossing;
import lmnop.controlplane.web.Refusal;
import lmnop.operations.archive.UnsafeArchive;
import lmnop.operations.database.Database;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import org.eclipse.jgit.errors.RepositoryNotFoundException;
import org.eclipse.jgit.lib.ObjectLoader;
import org.eclipse.jgit.lib.PersonIdent;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.revwalk.RevWalk;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Repositories as people look at them. Whoever asks may see the owner's repositories: that is
 * decided before.
 */
public final class RepositoryBrowser {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int MOST_BRANCHES = 200; // to choose from
  private static final int LONGEST_MESSAGE = 20_000; // characters

  private final Repositories repositories;
  private final FunctionStore functions;
  private final RepositoryStore store;
  private final Crossing looks;
  private final Crossing downloads;

  /**
   * The browser.
   *
   * @param looks for what is read and ends soon
   * @param downloads for what is sent for as long as the client takes
   */
  public RepositoryBrowser(
      Repositories repositories,
      FunctionStore functions,
      Database database,
      Crossing looks,
      Crossing downloads) {
    this.repositories = repositories;
    this.functions = functions;
    this.store = new RepositoryStore(database);
    this.looks = looks;
    this.downloads = downloads;
  }

  /** Answers with the bytes of a file, or with an archive. */
  public Mono<ServerResponse> send(Mono<Download> download) {
    return download.flatMap(bytes -> bytes.sentBy(downloads));
  }

  /**
   * What is looked at.
   *
   * @param at a branch, a tag or the number of a commit; empty is what is deployed
   * @param path of a file or folder; empty is the root
   */
  public record Wanted(OwnerName owner, FunctionName name, String at, String path) {}

  /** The repositories that the actor may see and whose owner/name has a text in it. */
  public Flux<ListedRepository> list(Actor actor, String search, int limit) {
    return store.list(actor, search, limit);
  }

  /** A folder or a file. */
  public Mono<Shown> files(Wanted wanted) {
    return look(wanted, (stored, open) -> files(wanted, open));
  }

  private static Shown files(Wanted wanted, OpenRepository open) throws IOException {
    Optional<OpenRepository.Found> found = open.find(wanted.at());
    if (found.isEmpty() && wanted.at().isEmpty() && wanted.path().isEmpty()) {
      Position nowhere =
          new Position(wanted.owner(), wanted.name(), open.deployBranch(), "", List.of(), "");
      return new Shown(nowhere, List.of(), false, null, null);
    }
    OpenRepository.Found there = found.orElseThrow(() -> nothingNamed(wanted));
    Position position = position(wanted, open, there);
    Folders folders = new Folders(open.reader(), there.commit());
    Folders.Thing thing = folders.at(wanted.path()).orElseThrow(() -> nothingAt(wanted));
    if (!thing.isFolder()) {
      return new Shown(position, null, false, null, folders.file(wanted.path(), thing));
    }
    Folders.Listing listing = folders.list(thing.id(), wanted.path());
    return new Shown(
        position,
        listing.entries(),
        listing.more(),
        folders.readme(listing.entries(), position).orElse(null),
        null);
  }

  /** The commits that led somewhere, after so many. */
  public Mono<ShownCommits> commits(Wanted wanted, int skip) {
    record Read(Position position, History.Page page, long repository) {}

    return look(
            wanted,
            (stored, open) -> {
              OpenRepository.Found found = found(wanted, open);
              // what was deleted has commits too, so that nothing may be at the path
              if (!wanted.path().isEmpty() && !Folders.isPath(wanted.path())) {
                throw nothingAt(wanted);
              }
              History.Page page =
                  new History(open.reader()).of(found.commit(), wanted.path(), skip);
              return new Read(position(wanted, open, found), page, stored.id());
            })
        .flatMap(read ->
            store
                .outcomes(read.repository(), ids(read.page().commits().stream()))
                .map(outcomes ->
                    new ShownCommits(
                        read.position(), read.page().commits(), outcomes, read.page().next())));
  }

  private static List<String> ids(Stream<CommitLine> commits) {
    return commits.map(CommitLine::id).distinct().toList();
  }

  /** A commit and what it changed. */
  public Mono<ShownCommit> commit(Wanted wanted) {
    record Read(ShownCommit commit, long repository) {}

    return look(wanted, (stored, open) -> new Read(commit(wanted, open), stored.id()))
        .flatMap(read ->
            store
                .outcomes(read.repository(), List.of(read.commit().line().id()))
                .map(outcomes -> read.commit().with(outcomes)));
  }

  private static ShownCommit commit(Wanted wanted, OpenRepository open) throws IOException {
    OpenRepository.Found found = found(wanted, open);
    RevCommit commit = found.commit();
    Changes.Differences changes;
    try (RevWalk walk = new RevWalk(open.reader())) {
      RevCommit parent =
          commit.getParentCount() == 0 ? null : walk.parseCommit(commit.getParent(0));
      changes = new Changes(open.reader()).of(parent, commit);
    }
    PersonIdent author = commit.getAuthorIdent();
    PersonIdent committer = commit.getCommitterIdent();
    String by =
        committer == null || (author != null && author.getName().equals(committer.getName()))
            ? null
            : Visible.line(committer.getName(), 120);
    String message = Visible.of(commit.getFullMessage().strip());
    return new ShownCommit(
        position(wanted, open, found),
        CommitLine.of(commit),
        message.length() <= LONGEST_MESSAGE ? message : message.substring(0, LONGEST_MESSAGE) + "…",
        by,
        Stream.of(commit.getParents()).map(RevCommit::name).toList(),
        changes.files(),
        changes.more(),
        null);
  }

  /** The branches and tags. */
  public Mono<ShownRefs> refs(Wanted wanted) {
    record Read(Position position, List<NamedRef> branches, List<NamedRef> tags, long repository) {}

    return look(
            wanted,
            (stored, open) ->
                new Read(
                    position(wanted, open, found(wanted, open)),
                    open.branches(),
                    open.tags(),
                    stored.id()))
        .flatMap(read ->
            store
                .outcomes(
                    read.repository(),
                    ids(
                        Stream.concat(read.branches().stream(), read.tags().stream())
                            .map(NamedRef::commit)))
                .map(outcomes ->
                    new ShownRefs(read.position(), read.branches(), read.tags(), outcomes)));
  }

  /** The bytes of a file. */
  public Mono<Download> raw(Wanted wanted) {
    return look(
        wanted,
        (stored, open) -> {
          OpenRepository.Found found = found(wanted, open);
          Folders folders = new Folders(open.reader(), found.commit());
          Folders.Thing thing =
              folders
                  .at(wanted.path())
                  .filter(Folders.Thing::isFile)
                  .orElseThrow(() -> nothingAt(wanted));
          String name = wanted.path().substring(wanted.path().lastIndexOf('/') + 1);
          return new Download(
              plain(name),
              Folders.isPicture(name) ? Folders.pictureType(name) : "application/octet-stream",
              folders.open(thing.id()).getSize(),
              out -> {
                try (OpenRepository again = open(stored)) {
                  ObjectLoader content =
                      new Folders(again.reader(), found.commit()).open(thing.id());
                  content.copyTo(out);
                }
              });
        });
  }

  /** All files of a commit, as a kind of archive that its ending names. */
  public Mono<Download> archive(Wanted wanted, String ending) {
    Archive.Kind kind =
        Stream.of(Archive.Kind.values())
            .filter(one -> one.ending().equals(ending))
            .findFirst()
            .orElseThrow(() ->
                new Refusal(
                    HttpStatus.NOT_FOUND,
                    "There is no archive of the kind '%s': tar.gz and zip can be had."
                        .formatted(Visible.line(ending, 20))));
    return look(
        wanted,
        (stored, open) -> {
          RevCommit commit = found(wanted, open).commit();
          String folder = wanted.name() + "-" + commit.name().substring(0, 7);
          new Archive(open.reader(), commit, folder).check();
          return new Download(
              folder + "." + kind.ending(),
              kind.type(),
              -1,
              out -> {
                try (OpenRepository again = open(stored)) {
                  new Archive(again.reader(), commit, folder).write(kind, out);
                }
              });
        });
  }

  /** A name that means nothing to any file system or header. */
  private static String plain(String name) {
    return name.replaceAll("[^A-Za-z0-9._-]", "_");
  }

  @FunctionalInterface
  private interface Look<T> {
    T at(StoredRepository stored, OpenRepository open) throws IOException;
  }

  private <T> Mono<T> look(Wanted wanted, Look<T> look) {
    return functions
        .repository(wanted.owner(), wanted.name().value())
        .flatMap(Mono::justOrEmpty)
        .switchIfEmpty(Mono.error(() -> unknown(wanted)))
        .flatMap(stored ->
            looks
                .call(() -> {
                  try (OpenRepository open = open(stored)) {
                    return look.at(stored, open);
                  } catch (UnsafeArchive e) {
                    throw new Refusal(
                        HttpStatus.CONFLICT,
                        "This cannot be packed: %s. Clone it with git instead."
                            .formatted(Visible.of(String.valueOf(e.getMessage()))));
                  }
                })
                .timeout(PATIENCE))
        .onErrorMap(RepositoryNotFoundException.class, e -> unknown(wanted))
        .onErrorMap(
            TimeoutException.class,
            e ->
                new Refusal(
                    HttpStatus.SERVICE_UNAVAILABLE,
                    "This takes longer than %d seconds, so it is not shown: clone the repository to see it."
                        .formatted(PATIENCE.toSeconds())));
  }

  private OpenRepository open(StoredRepository stored) throws IOException {
    return new OpenRepository(repositories.open(stored.id()), stored.deployBranch());
  }

  private static OpenRepository.Found found(Wanted wanted, OpenRepository open) throws IOException {
    return open.find(wanted.at()).orElseThrow(() -> nothingNamed(wanted));
  }

  private static Position position(Wanted wanted, OpenRepository open, OpenRepository.Found found)
      throws IOException {
    return new Position(
        wanted.owner(),
        wanted.name(),
        found.at(),
        found.commit().name(),
        open.branches().stream().map(NamedRef::name).limit(MOST_BRANCHES).toList(),
        wanted.path());
  }

  private static Refusal unknown(Wanted wanted) {
    return new Refusal(
        HttpStatus.NOT_FOUND,
        "There is no repository '%s' of %s.".formatted(wanted.name(), wanted.owner()));
  }

  private static Refusal nothingNamed(Wanted wanted) {
    return new Refusal(
        HttpStatus.NOT_FOUND,
        wanted.at().isEmpty()
            ? "The repository holds no commit yet."
            : "The repository has no branch, no tag and no commit '%s'."
                .formatted(Visible.line(wanted.at(), 200)));
  }

  private static Refusal nothingAt(Wanted wanted) {
    return new Refusal(
        HttpStatus.NOT_FOUND,
        "There is no '%s' there.".formatted(Visible.line(wanted.path(), 200)));
  }
}
