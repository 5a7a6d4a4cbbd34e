package lmnop.controlplane.backup;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.git.RepositoryCopies;
import lmnop.operations.archive.Trees;
import lmnop.operations.database.Copying;
import lmnop.operations.database.DatabaseSettings;
import lmnop.operations.database.OwnerSession;
import org.jspecify.annotations.Nullable;

/**
 * Makes a backup of a platform that goes on meanwhile. Its moment is that of one snapshot of the
 * database; repositories and artifacts are copied after it, and have more rather than less than the
 * snapshot names, because nothing of them goes while {@link Copying}. Only refs move: see {@link
 * RefsOfTheMoment}.
 */
public final class Backup {
  private static final int BUFFER = 1 << 20;

  private final DatabaseSettings owner;
  private final RepositoryCopies repositories;
  private final @Nullable Path artifacts;
  private final Clock clock;
  private final Consumer<String> out;

  /**
   * What makes backups.
   *
   * @param owner logs in as the owner of the schema
   * @param artifacts the directory of the artifact store; null if there is none here
   */
  public Backup(
      DatabaseSettings owner,
      RepositoryCopies repositories,
      @Nullable Path artifacts,
      Clock clock,
      Consumer<String> out) {
    this.owner = owner;
    this.repositories = repositories;
    this.artifacts = artifacts;
    this.clock = clock;
    this.out = out;
  }

  /** Makes one; the file is there as a whole or not at all, and nobody else may read it. */
  public void make(Path file) throws IOException {
    Path target = file.toAbsolutePath();
    if (Files.exists(target)) {
      throw new Refused("There is a file '%s' already: name another one.".formatted(file));
    }
    Path folder = target.getParent();
    if (folder != null && !Files.isDirectory(folder)) {
      throw new Refused("There is no folder '%s' for it.".formatted(folder));
    }
    Path partial = target.resolveSibling(target.getFileName() + ".partial");
    Path refs = target.resolveSibling(target.getFileName() + ".refs");
    try {
      createPrivate(partial);
      createPrivate(refs);
      write(partial, refs);
      Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(partial);
      Files.deleteIfExists(refs);
    }
    out.accept(
        "%s: %d bytes. It has no master key: keep that elsewhere."
            .formatted(file, Files.size(target)));
  }

  private static void createPrivate(Path file) throws IOException {
    Files.deleteIfExists(file); // of one that was interrupted
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
  }

  private void write(Path partial, Path refs) throws IOException {
    try (FileChannel channel = FileChannel.open(partial, StandardOpenOption.WRITE);
        OutputStream stream = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER);
        OwnerSession holding = OwnerSession.open(owner);
        OwnerSession snapshot = OwnerSession.open(owner)) {
      BackupWriter writer = new BackupWriter(stream);
      Copying.begin(holding);
      try (EarlierRefs earlier = EarlierRefs.of(repositories, refs)) {
        snapshot.freeze();
        Tables tables = new Tables(snapshot);
        Manifest manifest = manifest(tables);
        writer.json(Manifest.SECTION, manifest);
        copyRepositories(writer, snapshot, earlier);
        copyArtifacts(writer);
        copyTables(writer, snapshot, manifest);
        writer.json(Manifest.SEQUENCES, tables.sequences());
      }
      Copying.end(holding);
      writer.end();
      stream.flush();
      channel.force(true);
    }
  }

  private Manifest manifest(Tables tables) throws IOException {
    return new Manifest(
        Manifest.FORMAT,
        UUID.randomUUID().toString(),
        clock.instant().toString(),
        tables.schema(),
        tables.masterKeys(),
        tables.changeNumber(),
        tables.kept());
  }

  private void copyRepositories(BackupWriter writer, OwnerSession snapshot, EarlierRefs earlier)
      throws IOException {
    RefsOfTheMoment moment = new RefsOfTheMoment(snapshot, repositories);
    List<String> ids = snapshot.column("SELECT id FROM repositories ORDER BY id");
    for (String number : ids) {
      long id = Long.parseLong(number);
      Map<String, String> refs = new TreeMap<>(moment.of(id, earlier.of(id)));
      refs.putAll(moment.held(id));
      repositories.write(
          id,
          refs,
          (name, content) -> writer.copy(Manifest.REPOSITORIES + id + "/" + name, content));
    }
    out.accept("Repositories: %d".formatted(ids.size()));
  }

  private void copyArtifacts(BackupWriter writer) throws IOException {
    if (artifacts == null) {
      out.accept("Artifacts: none, they are in a registry");
      return;
    }
    List<Path> files =
        Trees.children(artifacts.resolve("sha256")).stream().filter(Files::isRegularFile).toList();
    for (Path file : files) {
      try (var content = Files.newInputStream(file)) {
        writer.copy(Manifest.ARTIFACTS + file.getFileName(), content);
      }
    }
    out.accept("Artifacts: %d".formatted(files.size()));
  }

  private void copyTables(BackupWriter writer, OwnerSession snapshot, Manifest manifest)
      throws IOException {
    long count = 0;
    for (Map.Entry<String, List<String>> table : manifest.tables().entrySet()) {
      String rows = Tables.rows(table.getKey(), table.getValue());
      try (OutputStream section = writer.packedSection(Manifest.TABLES + table.getKey())) {
        count += snapshot.copyOut("COPY " + rows + " TO STDOUT", section);
      }
    }
    out.accept("Tables: %d, with %d rows".formatted(manifest.tables().size(), count));
  }
}
