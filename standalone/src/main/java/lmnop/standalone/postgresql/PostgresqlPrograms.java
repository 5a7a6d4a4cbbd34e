package lmnop.standalone.postgresql;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/**
 * PostgreSQL's programs, unpacked from the class path once for each version of them.
 *
 * @param folder holds {@code bin}, {@code lib} and {@code share}
 */
record PostgresqlPrograms(Path folder) {
  /** The major version whose data these programs read. */
  static final String MAJOR = "18";

  private static final int EXECUTABLE = 0111;

  /** Unpacks the programs below the given folder unless they are there. */
  static PostgresqlPrograms unpackInto(Path parent) throws IOException {
    URL archive = archive();
    Path folder = parent.resolve("programs-" + MAJOR + "-" + fingerprint(archive));
    if (!Files.isDirectory(folder)) {
      removeLeftovers(parent);
      Path fresh = Files.createTempDirectory(parent, "programs.new");
      try (InputStream stream = archive.openStream()) {
        unpack(stream, fresh);
      }
      Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rwxr-xr-x"));
      Files.move(fresh, folder, StandardCopyOption.ATOMIC_MOVE);
    }
    return new PostgresqlPrograms(folder);
  }

  /** The path of one program. */
  String program(String name) {
    return folder.resolve("bin").resolve(name).toString();
  }

  private static URL archive() throws IOException {
    String machine = System.getProperty("os.arch"); // house-rule exception: which processor
    String name =
        switch (machine.toLowerCase(Locale.ROOT)) {
          case "amd64", "x86_64" -> "postgres-linux-x86_64.txz";
          case "aarch64" -> "postgres-linux-arm_64.txz";
          default -> throw new IOException("there is no PostgreSQL for the processor " + machine);
        };
    URL archive = PostgresqlPrograms.class.getResource("/" + name);
    if (archive == null) {
      throw new IOException(name + " is not on the class path");
    }
    return archive;
  }

  /** Differs between any two versions of the archive; reading it does not unpack anything. */
  private static String fingerprint(URL archive) throws IOException {
    if (archive.openConnection() instanceof java.net.JarURLConnection jar) {
      jar.setUseCaches(false);
      try (java.util.jar.JarFile file = jar.getJarFile()) {
        return Long.toHexString(file.getEntry(jar.getEntryName()).getCrc());
      }
    }
    return "from-" + archive.openConnection().getContentLengthLong() + "-bytes";
  }

  /** Ends what a start left that was cut off while unpacking, and programs of other versions. */
  private static void removeLeftovers(Path parent) throws IOException {
    try (Stream<Path> entries = Files.list(parent)) {
      for (Path entry :
          entries.filter(p -> p.getFileName().toString().startsWith("programs")).toList()) {
        Cluster.removeTree(entry);
      }
    }
  }

  private static void unpack(InputStream stream, Path target) throws IOException {
    try (TarArchiveInputStream tar =
        new TarArchiveInputStream(new XZInputStream(new BufferedInputStream(stream)))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        Path path = target.resolve(entry.getName()).normalize();
        if (!path.startsWith(target)) {
          throw new IOException("the archive of PostgreSQL leaves its folder: " + entry.getName());
        }
        if (entry.isDirectory()) {
          Files.createDirectories(path);
        } else if (entry.isSymbolicLink()) {
          Files.createDirectories(path.getParent());
          Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
        } else {
          Files.createDirectories(path.getParent());
          Files.copy(tar, path);
          if ((entry.getMode() & EXECUTABLE) != 0) {
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
          }
        }
      }
    }
  }
}
