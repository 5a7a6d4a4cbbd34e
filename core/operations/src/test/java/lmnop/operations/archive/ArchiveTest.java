package lmnop.operations.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ArchiveTest {
  private static final TarReader.Budget SMALL = new TarReader.Budget(20, 10_000, 5);

  @TempDir Path temp;
  private int unpacked;

  @Test
  void theSameTreeGivesTheSameBytesWhateverItsTimesAndModes() throws IOException {
    Path one = exampleTree("one");
    Path two = exampleTree("two");
    Files.setLastModifiedTime(two.resolve("b/script"), FileTime.fromMillis(1));
    Files.setPosixFilePermissions(
        two.resolve("b/text"), PosixFilePermissions.fromString("rw-rw-rw-"));

    assertThat(Digest.of(tarOf(one))).isEqualTo(Digest.of(tarOf(two)));
    Files.writeString(two.resolve("b/text"), "other");
    assertThat(Digest.of(tarOf(one))).isNotEqualTo(Digest.of(tarOf(two)));
  }

  @Test
  void whatIsPackedComesOutAgain() throws IOException {
    Path into = unpack(tarOf(exampleTree("one")), TarReader.Budget.SOURCE);

    assertThat(into.resolve("b/text")).hasContent("text");
    assertThat(Files.isExecutable(into.resolve("b/script"))).isTrue();
    assertThat(Files.isExecutable(into.resolve("b/text"))).isFalse();
    assertThat(Files.readSymbolicLink(into.resolve("b/link"))).hasToString("../a/ä");
    assertThat(into.resolve("b/link")).hasContent("umlaut");
    assertThat(into.resolve("x".repeat(120)).resolve("y".repeat(120))).hasContent("long");
    assertThat(into.resolve("empty")).isEmptyDirectory();
  }

  @Test
  void aPipeIsNotPacked() throws Exception {
    Process mkfifo = new ProcessBuilder("mkfifo", temp.resolve("pipe").toString()).start();
    assertThat(mkfifo.waitFor()).isZero();

    assertThatThrownBy(() -> tarOf(temp))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("pipe");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../out", "a/../../out", "/out", "a//b", "a/./b", "..", "a/.."})
  void namesThatAreNoPlainPathsAreRefused(String name) throws IOException {
    byte[] tar = tarWith(entry(name, TarArchiveEntry.LF_NORMAL, ""));

    assertThatExceptionOfType(UnsafeArchive.class).isThrownBy(() -> unpack(tar, SMALL));
    assertThat(temp.resolve("out")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({
    "link, /etc/passwd",
    "link, ..",
    "link, ../out",
    "a/link, ../../out",
    "a/b/link, ../c/../../../out",
    "link, a/b/../..",
    "link, ''",
  })
  void linksThatPointOutAreRefused(String name, String target) throws IOException {
    byte[] tar = tarWith(entry(name, TarArchiveEntry.LF_SYMLINK, target));

    assertThatExceptionOfType(UnsafeArchive.class).isThrownBy(() -> unpack(tar, SMALL));
  }

  @Test
  void linksInsideAreKept() throws IOException {
    byte[] tar =
        tarWith(
            entry("a/b/up", TarArchiveEntry.LF_SYMLINK, "../.."),
            entry("down", TarArchiveEntry.LF_SYMLINK, "./a/b"));

    Path into = unpack(tar, SMALL);

    assertThat(into.resolve("a/b/up").toRealPath()).isEqualTo(into.toRealPath());
    assertThat(into.resolve("down").toRealPath()).isEqualTo(into.toRealPath().resolve("a/b"));
  }

  @Test
  void nothingIsWrittenThroughALink() throws IOException {
    byte[] tar =
        tarWith(
            entry("real/", TarArchiveEntry.LF_DIR, ""),
            entry("link", TarArchiveEntry.LF_SYMLINK, "real"),
            entry("link/file", TarArchiveEntry.LF_NORMAL, ""));

    assertThatExceptionOfType(UnsafeArchive.class).isThrownBy(() -> unpack(tar, SMALL));
    assertThat(temp.resolve("into0/real")).isEmptyDirectory();
  }

  @ParameterizedTest
  @ValueSource(
      bytes = {
        TarArchiveEntry.LF_BLK,
        TarArchiveEntry.LF_CHR,
        TarArchiveEntry.LF_FIFO,
        TarArchiveEntry.LF_LINK
      })
  void devicesPipesAndHardLinksAreRefused(byte type) throws IOException {
    byte[] tar = tarWith(entry("thing", type, "elsewhere"));

    assertThatExceptionOfType(UnsafeArchive.class).isThrownBy(() -> unpack(tar, SMALL));
    assertThat(Files.exists(temp.resolve("into0/thing"), LinkOption.NOFOLLOW_LINKS)).isFalse();
  }

  @Test
  void aNameThatIsThereTwiceIsRefused() throws IOException {
    byte[] tar =
        tarWith(
            entry("a", TarArchiveEntry.LF_NORMAL, ""), entry("a", TarArchiveEntry.LF_NORMAL, ""));

    assertThatThrownBy(() -> unpack(tar, SMALL)).hasMessageContaining("'a' is there twice");
  }

  @Test
  void whatIsOverTheBudgetIsRefused() throws IOException {
    byte[] many = written(tar -> each(21, i -> tar.file("f" + i, false, new byte[0])));
    byte[] large = written(tar -> each(11, i -> tar.file("f" + i, false, new byte[1000])));
    byte[] deep = written(tar -> tar.file("1/2/3/4/5/6", false, new byte[0]));

    assertThatThrownBy(() -> unpack(many, SMALL)).hasMessageContaining("more than 20 files");
    assertThatThrownBy(() -> unpack(large, SMALL)).hasMessageContaining("more than 10000 bytes");
    assertThatThrownBy(() -> unpack(deep, SMALL)).hasMessageContaining("deeper than 5");
  }

  @Test
  void headersWithoutEndAreRefused() throws IOException {
    TarArchiveEntry entry = entry("a", TarArchiveEntry.LF_NORMAL, "");
    entry.addPaxHeader("lmnop.filler", "x".repeat(2_000_000));

    assertThatThrownBy(() -> unpack(tarWith(entry), SMALL))
        .hasMessageContaining("bytes of headers");
  }

  @Test
  void modesOtherThanExecutableAreDropped() throws IOException {
    TarArchiveEntry entry = entry("a", TarArchiveEntry.LF_NORMAL, "");
    entry.setMode(06777);

    Path into = unpack(tarWith(entry), SMALL);

    assertThat(Files.getAttribute(into.resolve("a"), "unix:mode")).isEqualTo(0100755);
  }

  @Test
  void aTruncatedTarIsAnError() throws IOException {
    byte[] whole = tarOf(exampleTree("one"));

    for (int length : new int[] {0, 511, 512, 3000, 4096, whole.length / 2}) {
      assertThatThrownBy(() -> unpack(Arrays.copyOf(whole, length), SMALL))
          .as("%d bytes of %d", length, whole.length)
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void digestsAreReadAsTheyAreWritten() {
    Digest digest = Digest.of("text");

    assertThat(Digest.parse(digest.toString())).isEqualTo(digest);
    assertThatThrownBy(() -> Digest.parse("md5:1")).hasMessageContaining("'md5:1'");
    assertThatThrownBy(() -> Digest.parse("sha256:../../etc"))
        .hasMessageContaining("64 hexadecimal");
  }

  @Test
  void deletingATreeLeavesWhatItsLinksPointTo() throws IOException {
    Path kept = Files.writeString(temp.resolve("kept"), "kept");
    Path tree = exampleTree("one");
    Files.createSymbolicLink(tree.resolve("out"), kept);
    Files.createSymbolicLink(tree.resolve("dangling"), Path.of("nowhere"));
    Files.setPosixFilePermissions(tree.resolve("b"), PosixFilePermissions.fromString("r-xr-xr-x"));

    Trees.delete(tree);
    Trees.delete(tree);

    assertThat(tree).doesNotExist();
    assertThat(kept).hasContent("kept");
  }

  private Path exampleTree(String name) throws IOException {
    Path root = temp.resolve(name);
    Files.createDirectories(root.resolve("b"));
    Files.createDirectories(root.resolve("a"));
    Files.createDirectories(root.resolve("empty"));
    Files.createDirectories(root.resolve("x".repeat(120)));
    Files.writeString(root.resolve("x".repeat(120)).resolve("y".repeat(120)), "long");
    Files.writeString(root.resolve("b/text"), "text");
    Files.writeString(root.resolve("a/ä"), "umlaut");
    Files.writeString(root.resolve("b/script"), "#!/bin/sh\n");
    Files.setPosixFilePermissions(
        root.resolve("b/script"), PosixFilePermissions.fromString("rwx------"));
    Files.createSymbolicLink(root.resolve("b/link"), Path.of("../a/ä"));
    return root;
  }

  private Path unpack(byte[] tar, TarReader.Budget budget) throws IOException {
    Path into = Files.createDirectory(temp.resolve("into" + unpacked++));
    TarReader.unpack(new ByteArrayInputStream(tar), into, budget);
    return into;
  }

  private static byte[] tarOf(Path root) throws IOException {
    return written(tar -> tar.tree(root));
  }

  private interface Writing {
    void write(TarWriter tar) throws IOException;
  }

  private interface Each {
    void one(int index) throws IOException;
  }

  private static void each(int count, Each each) throws IOException {
    for (int i = 0; i < count; i++) {
      each.one(i);
    }
  }

  private static byte[] written(Writing writing) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (TarWriter tar = new TarWriter(out)) {
      writing.write(tar);
    }
    return out.toByteArray();
  }

  private static TarArchiveEntry entry(String name, byte type, String target) {
    TarArchiveEntry entry = new TarArchiveEntry(name, type, true);
    entry.setLinkName(target);
    entry.setSize(0);
    return entry;
  }

  private static byte[] tarWith(TarArchiveEntry... entries) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar =
        new TarArchiveOutputStream(out, StandardCharsets.UTF_8.name())) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      for (TarArchiveEntry entry : entries) {
        tar.putArchiveEntry(entry);
        tar.closeArchiveEntry();
      }
    }
    return out.toByteArray();
  }
}
