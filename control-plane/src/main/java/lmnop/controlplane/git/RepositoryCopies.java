package lmnop.controlplane.git;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import lmnop.operations.archive.Trees;
import org.eclipse.jgit.errors.RepositoryNotFoundException;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.revwalk.RevWalk;

/**
 * Repositories as files, for backups: what is in one but its refs only ever grows, so a copy of its
 * objects has everything that a ref named when the copy began. Everything here blocks.
 */
public final class RepositoryCopies {
  private static final String HEAD = "HEAD";
  private static final String REFS = "packed-refs";
  private static final Pattern OBJECTS =
      Pattern.compile(
          "objects/(pack/pack-[0-9a-f]{40,64}\\.(pack|idx|rev|bitmap)|[0-9a-f]{2}/[0-9a-f]{38,62})");
  private static final Pattern HEAD_CONTENT = Pattern.compile("ref: refs/heads/[^\\s]{1,500}\\s*");

  private final Repositories repositories;

  public RepositoryCopies(Repositories repositories) {
    this.repositories = repositories;
  }

  /** The numbers of all that are on disk, in order. */
  public List<Long> all() throws IOException {
    return Trees.children(repositories.root()).stream()
        .map(folder -> Repositories.FOLDER.matcher(folder.getFileName().toString()))
        .filter(Matcher::matches)
        .map(folder -> Long.parseLong(folder.group(1)))
        .sorted()
        .toList();
  }

  /** Those of them whose first push has not ended yet are nobody's to touch. */
  public boolean isBeingMade(long id) {
    return Files.exists(repositories.folder(id).resolve(Repositories.UNCLAIMED));
  }

  /**
   * Where every branch and tag is, but what is held for builds; a repository that is gone has none.
   */
  public Map<String, String> refs(long id) throws IOException {
    Map<String, String> refs = new TreeMap<>();
    try (Repository repository = repositories.open(id)) {
      for (Ref ref : repository.getRefDatabase().getRefsByPrefix("refs/")) {
        ObjectId at = ref.getObjectId();
        if (at != null && Fetches.isPublic(ref.getName())) {
          refs.put(ref.getName(), at.name());
        }
      }
    } catch (RepositoryNotFoundException e) {
      return Map.of();
    }
    return refs;
  }

  /** Whether one commit is another, or comes before it. */
  public boolean isBefore(long id, String commit, String later) throws IOException {
    try (Repository repository = repositories.open(id);
        RevWalk walk = new RevWalk(repository)) {
      return walk.isMergedInto(
          walk.parseCommit(ObjectId.fromString(commit)),
          walk.parseCommit(ObjectId.fromString(later)));
    }
  }

  /** Whether an object is there. */
  public boolean has(long id, String object) throws IOException {
    try (Repository repository = repositories.open(id)) {
      return repository.getObjectDatabase().has(ObjectId.fromString(object));
    }
  }

  /** Takes the files of a copy, one after the other. */
  @FunctionalInterface
  public interface Parts {
    /** Takes one, which is to be read now or never. */
    void take(String name, InputStream content) throws IOException;
  }

  /**
   * Gives the files that a repository is made of: where its {@code HEAD} points, its refs as they
   * are told, and all objects.
   *
   * @param refs among them those of the platform's own, see {@link #hold}
   */
  public void write(long id, Map<String, String> refs, Parts parts) throws IOException {
    Path folder = repositories.folder(id);
    parts.take(HEAD, text(Files.readString(folder.resolve(HEAD))));
    StringBuilder packed = new StringBuilder();
    refs.forEach((ref, commit) -> packed.append(commit).append(' ').append(ref).append('\n'));
    parts.take(REFS, text(packed.toString()));
    Path objects = folder.resolve("objects");
    for (Path group : Trees.children(objects)) {
      for (Path file : Trees.children(group)) {
        String name = folder.relativize(file).toString();
        if (OBJECTS.matcher(name).matches()) {
          try (InputStream content = Files.newInputStream(file)) {
            parts.take(name, content);
          }
        }
      }
    }
  }

  private static InputStream text(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The ref that holds a commit for a build. */
  public static String hold(long build) {
    return Repositories.HIDDEN + "builds/" + build;
  }

  /**
   * Opens a file of a repository that comes from a copy; the repository begins with its first one.
   *
   * @throws IOException also if no repository has a file of that name
   */
  public OutputStream create(long id, String name) throws IOException {
    if (!name.equals(HEAD) && !name.equals(REFS) && !OBJECTS.matcher(name).matches()) {
      throw new IOException("a repository has no file '%s'".formatted(name));
    }
    Path file = repositories.folder(id).resolve(name);
    Files.createDirectories(file.getParent());
    return Files.newOutputStream(file, StandardOpenOption.CREATE_NEW);
  }

  /** Makes a repository of the files that came. */
  public void finish(long id) throws IOException {
    Path folder = repositories.folder(id);
    if (!HEAD_CONTENT.matcher(Files.readString(folder.resolve(HEAD))).matches()) {
      throw new IOException("the HEAD of repository %d names no branch".formatted(id));
    }
    Files.createDirectories(folder.resolve("objects/pack"));
    Files.createDirectories(folder.resolve("refs/heads"));
    repositories.configure(id);
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
          channel.force(false);
        }
      }
    }
  }

  /** Removes a repository that a copy was to become. */
  public void discard(long id) throws IOException {
    repositories.remove(id);
  }
}
