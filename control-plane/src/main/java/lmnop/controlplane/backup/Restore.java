package lmnop.controlplane.backup;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.git.RepositoryCopies;
import lmnop.operations.database.DatabaseSettings;
import lmnop.operations.database.OwnerSession;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Makes an empty platform what a backup says. The whole file is checked first; then the files of
 * repositories and artifacts come, which nobody sees while no row names them; then all rows, in one
 * transaction. So whoever is killed has left either an empty platform, some files and the marker,
 * with which it can be begun again, or the whole one.
 */
public final class Restore {
  private static final String MARKER = "restore-unfinished";

  /**
   * What is restored into.
   *
   * @param owner logs in as the owner of the schema
   * @param data the control plane's directory
   * @param artifacts the directory of the artifact store; null if there is none here
   */
  public record Target(
      DatabaseSettings owner, RepositoryCopies repositories, Path data, @Nullable Path artifacts) {}

  private final Target target;
  private final Supplier<List<String>> masterKeys;
  private final Consumer<String> out;

  /**
   * What restores.
   *
   * @param masterKeys the names of the master keys that are there now
   */
  public Restore(Target target, Supplier<List<String>> masterKeys, Consumer<String> out) {
    this.target = target;
    this.masterKeys = masterKeys;
    this.out = out;
  }

  /** Whether a restore was begun here and did not come to its end. */
  public static boolean isUnfinished(Path data) {
    return Files.exists(data.resolve(MARKER));
  }

  /**
   * Restores a backup.
   *
   * @param withoutMasterKey although its secrets cannot be read with the master key that is there
   */
  public void from(Path file, boolean withoutMasterKey) throws IOException {
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      throw new Refused("There is no file '%s' that can be read.".formatted(file));
    }
    Manifest manifest = checked(file);
    checkMasterKeys(manifest, withoutMasterKey);
    try (OwnerSession session = OwnerSession.open(target.owner())) {
      checkSchema(manifest, new Tables(session).schema());
      RestoredTables tables = new RestoredTables(session, manifest);
      Path marker = target.data().resolve(MARKER);
      if (Files.exists(marker) && tables.areThere()) {
        out.accept("It was interrupted at its very end: everything is there.");
      } else {
        RestoredFiles files = new RestoredFiles(target.repositories(), target.artifacts());
        tables.checkEmpty();
        makeRoom(files, marker, manifest);
        BackupReader.read(file, new Filling(files, tables));
        tables.commit();
        out.accept(
            "Repositories: %d, artifacts: %d, tables: %d with %d rows"
                .formatted(
                    files.repositories(),
                    files.artifacts(),
                    manifest.tables().size(),
                    tables.rows()));
      }
      Files.deleteIfExists(marker);
    }
  }

  /** Reads all of it once, before anything is written. */
  private static Manifest checked(Path file) {
    Check check = new Check();
    try {
      BackupReader.read(file, check);
      Manifest manifest =
          JsonMapper.shared().readValue(check.manifest.toByteArray(), Manifest.class);
      if (manifest.format() != Manifest.FORMAT) {
        throw new Refused(
            "%s has the format %d, and this lmnop reads %d."
                .formatted(file, manifest.format(), Manifest.FORMAT));
      }
      return manifest;
    } catch (JacksonException e) {
      throw new Refused("%s does not begin as a backup does.".formatted(file));
    } catch (IOException e) {
      throw BackupReader.damaged(file, String.valueOf(e.getMessage()));
    }
  }

  private void checkMasterKeys(Manifest manifest, boolean withoutMasterKey) {
    List<String> there = masterKeys.get();
    Set<String> missing = new TreeSet<>(manifest.masterKeys());
    there.forEach(missing::remove);
    if (!missing.isEmpty() && !withoutMasterKey) {
      throw new Refused(
          "Its secrets are encrypted with the master key %s, and the one here is %s: put the file of the old one in its place first. With --without-master-key everything is restored, and what reads a secret does not run until the old one is there."
              .formatted(
                  String.join(" and ", missing),
                  there.isEmpty() ? "none" : String.join(" and ", there)));
    }
  }

  private static void checkSchema(Manifest manifest, List<String> here) {
    Set<String> newer = new TreeSet<>(manifest.schema());
    here.forEach(newer::remove);
    if (!newer.isEmpty()) {
      throw new Refused(
          "It is of a newer lmnop, whose schema has %s: restore it with that one."
              .formatted(String.join(", ", newer)));
    }
    Set<String> older = new TreeSet<>(here);
    manifest.schema().forEach(older::remove);
    if (!older.isEmpty()) {
      throw new Refused(
          "It is of an older lmnop, whose schema lacks %s: restore it with that one, then start this one, which brings it up to date."
              .formatted(String.join(", ", older)));
    }
  }

  private void makeRoom(RestoredFiles files, Path marker, Manifest manifest) throws IOException {
    if (Files.exists(marker)) {
      files.removeAll();
    } else if (!files.areEmpty()) {
      throw new Refused(RestoredTables.NOT_EMPTY.formatted("has repositories on disk"));
    }
    Files.writeString(marker, manifest.id() + "\n");
  }

  /** Keeps what the manifest says; everything else is only read. */
  private static final class Check implements BackupReader.Sections {
    private final ByteArrayOutputStream manifest = new ByteArrayOutputStream();
    private int sections;

    @Override
    public void begin(String section) {
      sections++;
    }

    @Override
    public void piece(byte[] content) {
      if (sections == 1) {
        manifest.writeBytes(content);
      }
    }

    @Override
    public void end() {}
  }

  /** Hands each section to who writes it. */
  private record Filling(RestoredFiles files, RestoredTables tables)
      implements BackupReader.Sections {
    @Override
    public void begin(String section) throws IOException {
      if (section.startsWith(Manifest.REPOSITORIES) || section.startsWith(Manifest.ARTIFACTS)) {
        files.begin(section);
      } else {
        files.finish();
        tables.begin(section);
      }
    }

    @Override
    public void piece(byte[] content) throws IOException {
      if (files.isOpen()) {
        files.write(content);
      } else {
        tables.write(content);
      }
    }

    @Override
    public void end() throws IOException {
      if (files.isOpen()) {
        files.end();
      } else {
        tables.end();
      }
    }
  }
}
