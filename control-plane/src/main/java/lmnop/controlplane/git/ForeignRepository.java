package lmnop.controlplane.git;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Proxy;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.eclipse.jgit.errors.CorruptObjectException;
import org.eclipse.jgit.errors.LargeObjectException;
import org.eclipse.jgit.errors.TransportException;
import org.eclipse.jgit.internal.submodule.SubmoduleValidator;
import org.eclipse.jgit.internal.submodule.SubmoduleValidator.SubmoduleValidationException;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.GitmoduleEntry;
import org.eclipse.jgit.lib.NullProgressMonitor;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectLoader;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.revwalk.ObjectWalk;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.revwalk.RevObject;
import org.eclipse.jgit.transport.RefSpec;
import org.eclipse.jgit.transport.TagOpt;
import org.eclipse.jgit.transport.Transport;
import org.eclipse.jgit.transport.TransportHttp;
import org.eclipse.jgit.transport.URIish;
import org.eclipse.jgit.transport.http.HttpConnection;
import org.eclipse.jgit.transport.http.HttpConnectionFactory;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/**
 * A folder of somebody else's repository, as one commit has it. It is fetched without its history
 * into an empty repository, and checked as what is pushed is; no hook and no program runs.
 */
public final class ForeignRepository {
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
  private static final String FETCHED = "refs/lmnop/fetched";
  private static final String REMEDY = "name a repository that holds less";
  private static final int LARGEST_MODULES = 1 << 20; // bytes

  private final URI url;
  private final Path scratch;
  private final Duration patience;

  /**
   * Knows a repository.
   *
   * @param url begins with {@code https:} or {@code file:}
   * @param scratch an empty folder, which the caller removes
   * @param patience for how long nothing may come
   */
  public ForeignRepository(URI url, Path scratch, Duration patience) {
    this.url = url;
    this.scratch = scratch;
    this.patience = patience;
    IsolatedSystem.install();
  }

  /** A commit's folder as a tar. */
  @SuppressWarnings("ArrayRecordComponent") // it is read once, and never compared
  public record Folder(String commit, byte[] tar) {}

  /**
   * Fetches a folder.
   *
   * @param ref a branch, a tag or a whole commit; null is what the repository has checked out
   * @param folder its path in the repository; empty is all of it
   * @param pack what may be fetched
   * @param tree what may be in the folder
   * @throws SourceRefused with words for whoever named the repository
   */
  public Folder fetch(
      @Nullable String ref, String folder, GitSettings.PackLimits pack, GitSettings.TreeLimits tree)
      throws IOException {
    try (Repository repository = new InspectedRepository(scratch, rules(pack))) {
      repository.create(true);
      ObjectId fetched = fetch(repository, ref, pack);
      check(repository, fetched);
      SourceTree files = SourceTree.of(repository, fetched, folder);
      try (ObjectReader reader = repository.newObjectReader()) {
        new TreeMeasure(reader, tree).check(files.id());
      }
      files.check(tree);
      ByteArrayOutputStream tar = new ByteArrayOutputStream();
      files.writeTar(tar);
      return new Folder(SourceTree.commit(repository, fetched), tar.toByteArray());
    }
  }

  private static PackInspection.Rules rules(GitSettings.PackLimits limits) {
    return new PackInspection.Rules(
        limits, bytes -> checkDeltas(bytes, limits.deltaMemory()), "what it sends", REMEDY);
  }

  private static void checkDeltas(long bytes, DataSize most) throws IOException {
    if (bytes > most.toBytes()) {
      throw new IOException(
          "it has deltas that take %d MiB to unpack, at most %d are allowed: %s"
              .formatted(bytes >> 20, most.toMegabytes(), REMEDY));
    }
  }

  private ObjectId fetch(Repository repository, @Nullable String ref, GitSettings.PackLimits pack)
      throws IOException {
    @Nullable IOException failure = null;
    for (String source : sources(ref)) {
      try (Transport transport = Transport.open(repository, new URIish(url.toString()))) {
        transport.setTimeout((int) patience.toSeconds());
        transport.setDepth(1);
        transport.setTagOpt(TagOpt.NO_TAGS);
        transport.setFetchThin(false);
        if (transport instanceof TransportHttp http) {
          http.setHttpConnectionFactory(new Connections(pack.size()));
        }
        transport.fetch(
            NullProgressMonitor.INSTANCE, List.of(new RefSpec("+" + source + ":" + FETCHED)));
        return COMMIT.matcher(source).matches()
            ? ObjectId.fromString(source)
            : Objects.requireNonNull(repository.resolve(FETCHED), "it was fetched");
      } catch (URISyntaxException e) {
        throw new SourceRefused("'%s' is no URL: %s.".formatted(url, e.getReason()));
      } catch (TransportException e) {
        failure = inWords(e, ref);
        if (!isMissing(e)) {
          throw failure;
        }
      }
    }
    throw Objects.requireNonNull(failure, "something was tried");
  }

  /**
   * Checks all that was fetched. JGit would do so on the way, but it then takes every commit that
   * comes without its history for an incomplete one.
   */
  private void check(Repository repository, ObjectId fetched) throws IOException {
    ReceivedObjects objects = new ReceivedObjects();
    try (ObjectWalk walk = new ObjectWalk(repository)) {
      ObjectReader reader = walk.getObjectReader();
      walk.markStart(walk.parseAny(fetched));
      for (RevCommit commit = walk.next(); commit != null; commit = walk.next()) {
        objects.check(commit, Constants.OBJ_COMMIT, bytes(reader, commit));
      }
      for (RevObject at = walk.nextObject(); at != null; at = walk.nextObject()) {
        if (at.getType() != Constants.OBJ_BLOB) {
          objects.check(at, at.getType(), bytes(reader, at)); // before the walk goes into it
        }
      }
      for (GitmoduleEntry modules : objects.getGitsubmodules()) {
        byte[] text = reader.open(modules.getBlobId()).getBytes(LARGEST_MODULES);
        SubmoduleValidator.assertValidGitModulesFile(new String(text, UTF_8));
      }
    } catch (SubmoduleValidationException | LargeObjectException e) {
      throw new SourceRefused(
          "%s cannot be taken: its .gitmodules: %s.".formatted(url, sentence(e.getMessage())));
    } catch (CorruptObjectException e) {
      throw new SourceRefused("%s cannot be taken: %s.".formatted(url, sentence(e.getMessage())));
    }
  }

  private static byte[] bytes(ObjectReader reader, RevObject object) throws IOException {
    ObjectLoader loader = reader.open(object, object.getType());
    if (loader.isLarge()) {
      throw new CorruptObjectException(
          "its object %s is larger than any of git's".formatted(object.name()));
    }
    return loader.getCachedBytes();
  }

  private static List<String> sources(@Nullable String ref) {
    if (ref == null) {
      return List.of("HEAD");
    }
    return COMMIT.matcher(ref).matches() || ref.startsWith("refs/")
        ? List.of(ref)
        : List.of("refs/heads/" + ref, "refs/tags/" + ref);
  }

  private static boolean isMissing(TransportException e) {
    return String.valueOf(e.getMessage()).contains("does not have");
  }

  private SourceRefused inWords(TransportException failure, @Nullable String ref) {
    for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SourceRefused refused) {
        return refused;
      }
    }
    return isMissing(failure)
        ? new SourceRefused(
            "%s has no branch, tag or commit '%s': name one that is there."
                .formatted(url, ref == null ? "HEAD" : ref))
        : new SourceRefused("%s cannot be read: %s.".formatted(url, detail(failure)));
  }

  /** JGit's words without the URL that they begin with. */
  private String detail(TransportException failure) {
    String words = sentence(failure.getMessage());
    String address = url + ": ";
    return words.startsWith(address) ? words.substring(address.length()) : words;
  }

  private static String sentence(@Nullable String words) {
    String text = EntryNames.visible(String.valueOf(words));
    return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
  }

  /**
   * Connections that go nowhere but where the operator said.
   *
   * @param most that one brings, which has no list of refs longer than a pack
   */
  private record Connections(DataSize most) implements HttpConnectionFactory {
    @Override
    public HttpConnection create(URL url) throws IOException {
      return create(url, Proxy.NO_PROXY);
    }

    @Override
    public HttpConnection create(URL url, Proxy proxy) throws IOException {
      return new StrictConnection(url, proxy, most);
    }
  }
}
