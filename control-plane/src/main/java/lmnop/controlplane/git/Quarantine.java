package lmnop.controlplane.git;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import lmnop.operations.archive.Trees;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.storage.file.FileRepositoryBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder for what one push sends: seen by that push alone, together with the objects of the
 * repository, until the push is accepted. What is refused leaves nothing behind.
 */
final class Quarantine implements AutoCloseable {
  /** The folder of all quarantines in a repository's. */
  static final String FOLDER = "incoming";

  private static final Logger log = LoggerFactory.getLogger(Quarantine.class);

  private final Path objects;
  private final Path incoming;
  private final Repository repository;

  private Quarantine(Path objects, Path incoming, Repository repository) {
    this.objects = objects;
    this.incoming = incoming;
    this.repository = repository;
  }

  /**
   * Makes one.
   *
   * @param writer who will know that this push has ended
   */
  static Quarantine open(Path repository, String writer) throws IOException {
    Path objects = repository.resolve("objects");
    makeFolder(repository.resolve(FOLDER));
    Path incoming = Files.createTempDirectory(repository.resolve(FOLDER), writer + ".");
    Files.createDirectories(incoming.resolve("objects").resolve("pack"));
    return new Quarantine(
        objects,
        incoming,
        new FileRepositoryBuilder()
            .setGitDir(repository.toFile())
            .setObjectDirectory(incoming.resolve("objects").toFile())
            .addAlternateObjectDirectory(objects.toFile())
            .setMustExist(true)
            .setBare()
            .build());
  }

  /** Without the folders above it: those of a repository that was deleted stay away. */
  private static void makeFolder(Path folder) throws IOException {
    try {
      Files.createDirectory(folder);
    } catch (FileAlreadyExistsException e) {
      log.debug("{} is there already", folder);
    }
  }

  /** Whose a quarantine is. */
  static Optional<String> writer(Path folder) {
    String name = folder.getFileName().toString();
    int end = name.indexOf('.');
    return end < 0 ? Optional.empty() : Optional.of(name.substring(0, end));
  }

  /** The repository with the refs of the real one, which writes its objects here. */
  Repository repository() {
    return repository;
  }

  /**
   * Gives the objects to the repository. Its readers look for an index first, so that comes last;
   * files are linked, so that this push can still read them here.
   */
  void accept() throws IOException {
    Path packs = incoming.resolve("objects").resolve("pack");
    List<Path> files;
    try (Stream<Path> all = Files.list(packs)) {
      files =
          all.filter(file -> !file.toString().endsWith(".keep"))
              .sorted(Comparator.comparing(file -> file.toString().endsWith(".idx")))
              .toList();
    }
    Path target = objects.resolve("pack");
    Files.createDirectories(target);
    for (Path file : files) {
      link(file, target.resolve(file.getFileName()));
    }
    if (!files.isEmpty()) {
      try (FileChannel folder = FileChannel.open(target, StandardOpenOption.READ)) {
        folder.force(true);
      }
    }
  }

  private static void link(Path file, Path accepted) throws IOException {
    try {
      Files.createLink(accepted, file);
    } catch (FileAlreadyExistsException e) {
      log.debug("{} is there already; named by its content, it is the same", accepted);
    }
  }

  @Override
  public void close() throws IOException {
    repository.close();
    Trees.delete(incoming);
  }
}
