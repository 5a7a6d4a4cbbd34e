package lmnop.operations.credentials;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Set;

/**
 * A file of mode 0600 that holds one credential, for one caller and one purpose.
 *
 * <p>Credentials never travel in the environment or on a command line, where any process of the
 * same user reads them.
 */
public record CredentialFile(Path path) {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  /** Reads the credential; refuses a file that others than its owner can read. */
  public Token read() {
    try {
      Set<PosixFilePermission> mode = Files.getPosixFilePermissions(path);
      if (mode.stream().anyMatch(p -> p.name().startsWith("OTHERS"))) {
        throw new IllegalStateException(
            "the credential file " + path + " is open to others: chmod 600 it");
      }
      return new Token(Files.readString(path).strip());
    } catch (IOException e) {
      throw new UncheckedIOException("the credential file " + path + " cannot be read", e);
    }
  }

  /** Reads the credential, or makes a random one where there is no file yet. */
  public Token readOrCreate(SecureRandom random) {
    if (Files.exists(path)) {
      return read();
    }
    Token token = Token.random(random);
    write(token);
    return token;
  }

  /**
   * Replaces the credential as a whole: a reader sees the old one or the new one, also after a
   * power cut.
   */
  public void write(Token token) {
    try {
      Files.createDirectories(path.toAbsolutePath().getParent());
      Path fresh = path.resolveSibling(path.getFileName() + ".new");
      Files.deleteIfExists(fresh);
      Files.createFile(fresh, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
      Files.writeString(fresh, token.value() + "\n", StandardOpenOption.SYNC);
      Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      try (FileChannel names =
          FileChannel.open(path.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
        names.force(true);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the credential file " + path + " cannot be written", e);
    }
  }
}
