package lmnop.controlplane.api;

import java.util.Objects;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.repositories.ListedRepository;
import lmnop.controlplane.repositories.RepositoryBrowser;
import lmnop.controlplane.repositories.RepositoryBrowser.Wanted;
import lmnop.controlplane.repositories.ShownCommits;
import lmnop.controlplane.web.Refusal;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.InvalidName;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What is in repositories: files, commits, branches and tags, archives. */
final class RepositoryOperations {
  private static final int MOST = 10_000;
  private static final String AT = "at";
  private static final String PATH = "path";

  private final RepositoryBrowser browser;

  RepositoryOperations(Api.Needs needs) {
    this.browser = needs.repositories();
  }

  Mono<ServerResponse> list(ServerRequest request) {
    Parameters query = Parameters.of(request);
    String search = Objects.requireNonNullElse(query.text("search"), "");
    Page page = query.page();
    return browser
        .list(Actor.of(request), search, MOST)
        .collectList()
        .map(all ->
            Answer.named(all, page, RepositoryOperations::fullName, RepositoryShapes::repository))
        .flatMap(Answer::sent);
  }

  private static String fullName(ListedRepository repository) {
    return repository.owner() + "/" + repository.name();
  }

  Mono<ServerResponse> one(ServerRequest request) {
    Parameters.of(request).check();
    Wanted wanted = wanted(request, "", "");
    String name = wanted.owner() + "/" + wanted.name();
    Flux<ListedRepository> all = browser.list(Actor.of(request), name, MOST);
    return all.filter(repository -> fullName(repository).equals(name))
        .next()
        .switchIfEmpty(
            Mono.error(() ->
                new Refusal(
                    HttpStatus.NOT_FOUND,
                    "There is no repository '%s' of %s.".formatted(wanted.name(), wanted.owner()))))
        .flatMap(found -> Answer.ok(RepositoryShapes.repository(found)).sent());
  }

  private static Wanted wanted(ServerRequest request, String at, String path) {
    try {
      return new Wanted(
          new OwnerName(request.pathVariable("owner")),
          new FunctionName(request.pathVariable("repository")),
          at,
          path);
    } catch (InvalidName e) {
      throw new Refusal(HttpStatus.NOT_FOUND, e.getMessage() + ".");
    }
  }

  /** What is looked at, by the query. */
  private static Wanted place(ServerRequest request) {
    Parameters query = Parameters.of(request);
    String at = Objects.requireNonNullElse(query.text(AT), "");
    String path = query.path(PATH);
    query.check();
    return wanted(request, at, path);
  }

  /** A folder with its entries, or a file with its text. */
  Mono<ServerResponse> files(ServerRequest request) {
    return browser
        .files(place(request))
        .flatMap(shown -> Answer.ok(RepositoryShapes.place(shown)).sent());
  }

  /** The bytes of a file. */
  Mono<ServerResponse> raw(ServerRequest request) {
    return browser.send(browser.raw(place(request)));
  }

  Mono<ServerResponse> archive(ServerRequest request) {
    Parameters query = Parameters.of(request);
    String at = Objects.requireNonNullElse(query.text(AT), "");
    query.check();
    return browser.send(browser.archive(wanted(request, at, ""), request.pathVariable("ending")));
  }

  /**
   * The commits that led somewhere. A page goes on from the commit of the one before, whatever was
   * pushed meanwhile.
   */
  Mono<ServerResponse> commits(ServerRequest request) {
    Parameters query = Parameters.of(request);
    String at = Objects.requireNonNullElse(query.text(AT), "");
    String path = query.path(PATH);
    @Nullable Behind behind = query.value("cursor", text -> Behind.parse(Cursor.parse(text)));
    query.check();
    Wanted wanted = wanted(request, behind == null ? at : behind.commit(), path);
    return browser
        .commits(wanted, behind == null ? 0 : behind.skip())
        .flatMap(shown -> Answer.ok(RepositoryShapes.commits(shown, next(shown))).sent());
  }

  private static @Nullable String next(ShownCommits shown) {
    return shown.next() == 0
        ? null
        : new Cursor(shown.position().commit() + ":" + shown.next()).toString();
  }

  /** A place in a history: so many commits behind one. */
  private record Behind(String commit, int skip) {
    static Behind parse(Cursor cursor) {
      if (!cursor.last().matches("[0-9a-f]{40}:[0-9]{1,7}")) {
        throw new InvalidName("it is no cursor: take 'next' of the page before");
      }
      String[] parts = cursor.last().split(":");
      return new Behind(parts[0], Integer.parseInt(parts[1]));
    }
  }

  /** A commit, and what it changed. */
  Mono<ServerResponse> commit(ServerRequest request) {
    Parameters.of(request).check();
    return browser
        .commit(wanted(request, request.pathVariable("commit"), ""))
        .flatMap(shown -> Answer.ok(RepositoryShapes.commit(shown)).sent());
  }

  /** Branches and tags. */
  Mono<ServerResponse> refs(ServerRequest request) {
    Parameters.of(request).check();
    return browser
        .refs(wanted(request, "", ""))
        .flatMap(shown -> Answer.ok(RepositoryShapes.refs(shown)).sent());
  }
}
