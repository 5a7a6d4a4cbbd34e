package lmnop.operations.archive;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * Unpacks a tar from somebody who is not trusted into an empty directory.
 *
 * <p>Everything that is written stays below that directory, also later when somebody follows the
 * links: no absolute names, no {@code ..}, no writing through a link, no link that points out. Only
 * files, directories and symbolic links; no modes but the executable bit.
 */
public final class TarReader {
  private static final int HEADERS = 1024 * 1024; // bytes of headers before one entry, at most
  private static final int LONGEST_NAME = 4000; // bytes; Linux has 4096 for a whole path

  /**
   * How much may be unpacked.
   *
   * @param bytes of all contents together
   * @param depth of directories below each other
   */
  public record Budget(int entries, long bytes, int depth) {
    /** Enough for every honest repository. */
    public static final Budget SOURCE = new Budget(100_000, 1L << 30, 64);

    /** Enough for every honest template. */
    public static final Budget TEMPLATE = new Budget(1_000, 8L << 20, 16);

    /** Enough for every honest layer of a bundle. */
    public static final Budget LAYER = new Budget(500_000, 8L << 30, 96);
  }

  private final Path root;
  private final Budget budget;
  private final Set<String> directories = new HashSet<>();
  private int entries;
  private long bytes;

  private TarReader(Path root, Budget budget) {
    this.root = root;
    this.budget = budget;
  }

  /** Takes what is in a tar, one after the other. */
  @FunctionalInterface
  public interface Entries {
    /**
     * Takes one.
     *
     * @param content what the entry holds, to be read now or never
     */
    void take(TarArchiveEntry entry, InputStream content) throws IOException;
  }

  /**
   * Unpacks the stream to its end.
   *
   * @param into exists and is empty
   * @throws UnsafeArchive if anything in it is not allowed; what was unpacked until then stays
   */
  public static void unpack(InputStream stream, Path into, Budget budget) throws IOException {
    each(stream, new TarReader(into, budget)::write);
  }

  /**
   * Reads the stream to its end without unpacking anything: that is left to {@code entries}.
   *
   * @throws UnsafeArchive if it is no whole tar, or one with more headers than any honest one
   */
  public static void each(InputStream stream, Entries entries) throws IOException {
    Metered metered = new Metered(stream);
    TarArchiveInputStream tar = new TarArchiveInputStream(metered, StandardCharsets.UTF_8.name());
    try {
      TarArchiveEntry entry;
      while ((entry = next(tar, metered)) != null) {
        entries.take(entry, tar);
      }
      metered.checkEnd();
    } catch (InvalidPathException e) {
      throw new IOException(
          "this process cannot write the file name '%s': it must be started with LC_ALL=C.UTF-8"
              .formatted(e.getInput()),
          e);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new UnsafeArchive("the tar is broken: " + e.getMessage());
    }
  }

  @SuppressWarnings("NullAway") // null is the library's end of the archive
  private static TarArchiveEntry next(TarArchiveInputStream tar, Metered metered)
      throws IOException {
    metered.headers();
    TarArchiveEntry entry = tar.getNextEntry();
    metered.contents();
    return entry;
  }

  private void write(TarArchiveEntry entry, InputStream tar) throws IOException {
    String name = plainName(entry.getName(), budget.depth());
    if (++entries > budget.entries()) {
      throw new UnsafeArchive("more than " + budget.entries() + " files; fewer are allowed");
    }
    if (name.isEmpty()) {
      return; // the directory itself
    }
    makeParents(name);
    try {
      if (entry.isSymbolicLink()) {
        Files.createSymbolicLink(root.resolve(name), Path.of(linkTarget(name, entry)));
      } else if (entry.isDirectory()) {
        makeDirectory(name);
      } else if (entry.isFile() && !entry.isLink() && !entry.isSparse() && isPlain(entry)) {
        writeFile(name, entry, tar);
      } else {
        throw new UnsafeArchive(
            "'"
                + name
                + "' is a device, pipe, hard link or the like;"
                + " only files, directories and symbolic links are unpacked");
      }
    } catch (FileAlreadyExistsException e) {
      throw new UnsafeArchive("'" + name + "' is there twice");
    }
  }

  /** Whether it is no device and no pipe. */
  public static boolean isPlain(TarArchiveEntry entry) {
    return !entry.isBlockDevice() && !entry.isCharacterDevice() && !entry.isFIFO();
  }

  private void writeFile(String name, TarArchiveEntry entry, InputStream tar) throws IOException {
    bytes += Math.max(0, entry.getSize());
    if (entry.getSize() < 0 || bytes > budget.bytes() || bytes < 0) {
      throw new UnsafeArchive("more than " + budget.bytes() + " bytes; fewer are allowed");
    }
    Path file = root.resolve(name);
    try (OutputStream out =
        Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      tar.transferTo(out);
    }
    boolean executable = (entry.getMode() & 0100) != 0;
    Files.setPosixFilePermissions(
        file, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
  }

  /**
   * Gives the name without a trailing slash and without {@code ./}, or refuses it.
   *
   * @param depth how many directories may lie below each other
   */
  public static String plainName(String name, int depth) throws UnsafeArchive {
    String rest = name.startsWith("./") ? name.substring(2) : name;
    while (rest.endsWith("/")) {
      rest = rest.substring(0, rest.length() - 1);
    }
    if (rest.isEmpty() || rest.equals(".")) {
      return "";
    }
    if (name.startsWith("/")) {
      throw new UnsafeArchive("'" + name + "' is an absolute name");
    }
    if (rest.getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME || rest.indexOf('\0') >= 0) {
      throw new UnsafeArchive("a name is longer than " + LONGEST_NAME + " bytes or has a zero");
    }
    String[] parts = rest.split("/", -1);
    if (parts.length > depth) {
      throw new UnsafeArchive("'" + name + "' lies deeper than " + depth + " directories");
    }
    for (String part : parts) {
      if (part.isEmpty() || part.equals(".") || part.equals("..")) {
        throw new UnsafeArchive("'" + name + "' is not a plain path below the directory");
      }
    }
    return rest;
  }

  /**
   * Refuses a symbolic link that would not be unpacked.
   *
   * <p>A target may climb with leading {@code ..} as far as the top, then only go down. A {@code
   * ..} further on would climb from wherever another link led to, which no look at the text can
   * tell.
   */
  public static void checkLink(String name, String target) throws UnsafeArchive {
    String[] parts = target.split("/", -1);
    int above = name.split("/", -1).length - 1;
    boolean descending = false;
    boolean leaves = target.isEmpty() || target.startsWith("/") || target.indexOf('\0') >= 0;
    for (String part : parts) {
      if (part.equals("..")) {
        leaves |= descending || --above < 0;
      } else if (!part.isEmpty() && !part.equals(".")) {
        descending = true;
      }
    }
    if (leaves) {
      throw new UnsafeArchive(
          "the link '%s' points to '%s', which may lie outside; make it relative and inside"
              .formatted(name, target));
    }
  }

  private static String linkTarget(String name, TarArchiveEntry entry) throws UnsafeArchive {
    checkLink(name, entry.getLinkName());
    return entry.getLinkName();
  }

  private void makeParents(String name) throws IOException {
    for (int slash = name.indexOf('/'); slash > 0; slash = name.indexOf('/', slash + 1)) {
      makeDirectory(name.substring(0, slash));
    }
  }

  /** Makes a directory of ours; one that is there but not ours is a link or a file. */
  private void makeDirectory(String name) throws IOException {
    if (directories.add(name)) {
      try {
        Files.createDirectory(root.resolve(name));
      } catch (FileAlreadyExistsException e) {
        throw new UnsafeArchive("'" + name + "' is a directory and something else too");
      }
    }
  }

  /**
   * Watches the bytes between the contents: ends a stream with more headers than any honest one,
   * and tells the end of a tar from the end of a connection.
   */
  private static final class Metered extends InputStream {
    private static final int END = 1024; // zero bytes that end a tar

    private final InputStream in;
    private boolean betweenContents;
    private long headers;
    private long zeros;

    Metered(InputStream in) {
      this.in = in;
    }

    void headers() {
      betweenContents = true;
      headers = 0;
      zeros = 0;
    }

    void contents() {
      betweenContents = false;
    }

    void checkEnd() throws UnsafeArchive {
      if (zeros < END) {
        throw new UnsafeArchive("the tar is cut off: its end is missing");
      }
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) == 1 ? one[0] & 0xff : -1;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int count = in.read(buffer, offset, length);
      if (betweenContents && count > 0) {
        headers += count;
        if (headers > HEADERS) {
          throw new UnsafeArchive(
              "the tar has more than " + HEADERS + " bytes of headers in a row");
        }
        for (int i = offset; i < offset + count; i++) {
          zeros = buffer[i] == 0 ? zeros + 1 : 0;
        }
      }
      return count;
    }
  }
}
