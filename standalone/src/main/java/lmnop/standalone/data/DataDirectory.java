package lmnop.standalone.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Where everything lies that the platform keeps. Every folder is mode 0700.
 *
 * @param root an absolute path; functions' code, credentials, logs and the database are below it
 */
public record DataDirectory(Path root) {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rwx------");

  public DataDirectory {
    root = root.toAbsolutePath().normalize();
  }

  /** Held by the platform that runs on this directory. */
  public Path lock() {
    return root.resolve("running");
  }

  /** One credential a file, mode 0600. */
  public Path credentials() {
    return root.resolve("credentials");
  }

  /** The settings file of each app, made anew at every start. */
  public Path settings() {
    return root.resolve("settings");
  }

  /** What the apps print. */
  public Path logs() {
    return root.resolve("logs");
  }

  /** PostgreSQL's programs and its data. */
  public Path postgresql() {
    return root.resolve("postgresql");
  }

  /** Bundles, by digest. */
  public Path artifacts() {
    return root.resolve("artifacts");
  }

  /** Start-up caches of the JDK; may be deleted at any time. */
  public Path startupCaches() {
    return root.resolve("startup-caches");
  }

  /** What one app keeps for itself. */
  public Path of(String app) {
    return root.resolve(app);
  }

  /** Makes the directory and everything in it that is not there. */
  public void create() throws IOException {
    createPrivate(root);
    for (Path folder :
        new Path[] {
          credentials(), settings(), logs(), postgresql(), artifacts(), startupCaches()
        }) {
      createPrivate(folder);
    }
  }

  /** Makes a folder that only its owner may enter. */
  public static void createPrivate(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    }
    if (!Files.getPosixFilePermissions(folder).equals(OWNER_ONLY)) {
      Files.setPosixFilePermissions(folder, OWNER_ONLY);
    }
  }
}
