package lmnop.provider.artifacts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import lmnop.operations.archive.TarReader;
import lmnop.operations.archive.UnsafeArchive;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Layers on top of each other, and what a layer cannot do to the machine. */
final class RootFolderTest {
  private static final TarReader.Budget BUDGET = new TarReader.Budget(20, 1000, 8);

  @TempDir Path directory;
  private Path root;
  private Path outside;
  private RootFolder folder;

  @BeforeEach
  void make() throws IOException {
    root = Files.createDirectory(directory.resolve("root"));
    outside = Files.createDirectory(directory.resolve("outside"));
    Files.writeString(outside.resolve("kept"), "as it was");
    folder = new RootFolder(root, BUDGET);
  }

  private void apply(TestLayer... layers) throws IOException {
    for (TestLayer layer : layers) {
      folder.apply(new ByteArrayInputStream(layer.bytes()));
    }
  }

  @Test
  void aLayerCoversWhatIsBelowIt() throws Exception {
    apply(
        new TestLayer().file("a", "one").file("b/c", "two").file("d", "three"),
        new TestLayer().file("a", "four").folder("d").file("d/e", "five"));
    assertThat(root.resolve("a")).hasContent("four");
    assertThat(root.resolve("b/c")).hasContent("two");
    assertThat(root.resolve("d/e")).hasContent("five");
  }

  @Test
  void whiteoutsRemoveWhatIsBelowOnly() throws Exception {
    apply(
        new TestLayer().file("etc/a", "1").file("etc/b", "2").file("opt/x/y", "3"),
        new TestLayer()
            .file("etc/.wh.a", "")
            .file("etc/.wh.never-there", "")
            .file("opt/x/new", "4")
            .file("opt/.wh..wh..opq", ""));
    assertThat(root.resolve("etc"))
        .isDirectoryContaining("glob:**/b")
        .isDirectoryNotContaining("glob:**/a");
    assertThat(root.resolve("opt/x")).isDirectoryContaining("glob:**/new");
    assertThat(root.resolve("opt/x/y")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {".wh.", ".wh..", ".wh..."})
  void aWhiteoutOfNothingInParticularIsRefused(String name) throws Exception {
    apply(new TestLayer().file("kept", "x"));
    assertThatThrownBy(() -> apply(new TestLayer().file("a/" + name, "")))
        .isInstanceOf(UnsafeArchive.class);
    assertThat(root.resolve("kept")).exists();
    assertThat(outside.resolve("kept")).exists();
  }

  @ParameterizedTest
  @ValueSource(strings = {"../outside/evil", "a/../../outside/evil", "/../outside/evil", "a//b"})
  void aNameCannotLeadOut(String name) {
    assertThatThrownBy(() -> apply(new TestLayer().file(name, "x")))
        .isInstanceOf(UnsafeArchive.class);
    assertThat(outside).isDirectoryNotContaining("glob:**/evil");
  }

  @Test
  void anAbsoluteNameIsBelowTheRoot() throws Exception {
    apply(new TestLayer().file("/etc/motd", "hi").file("//opt/a", "x"));
    assertThat(root.resolve("etc/motd")).hasContent("hi");
    assertThat(root.resolve("opt/a")).hasContent("x");
  }

  @ParameterizedTest
  @ValueSource(strings = {"OUTSIDE", "../outside", "../../../../../../OUTSIDE", "a/../../outside"})
  void whoWritesThroughALinkStaysInside(String target) throws Exception {
    apply(
        new TestLayer().folder("a").symbolicLink("link", target.replace("OUTSIDE", "" + outside)),
        new TestLayer()
            .file("link/kept", "changed")
            .file("link/.wh.kept", "")
            .file("link/evil", "x"));
    assertThat(outside.resolve("kept")).hasContent("as it was");
    assertThat(outside).isDirectoryNotContaining("glob:**/evil");
    assertThat(root.resolve("link")).isSymbolicLink();
  }

  @Test
  void linksLeadWhereAProgramInsideWouldGo() throws Exception {
    apply(
        new TestLayer()
            .file("usr/lib/a", "1")
            .symbolicLink("lib", "usr/lib")
            .symbolicLink("lib64", "/usr/lib")
            .symbolicLink("sub/up", "../../lib"),
        new TestLayer().file("lib/b", "2").file("lib64/c", "3").file("sub/up/d", "4"));
    assertThat(root.resolve("usr/lib/b")).hasContent("2");
    assertThat(root.resolve("usr/lib/c")).hasContent("3");
    assertThat(root.resolve("usr/lib/d")).hasContent("4");
    assertThat(root.resolve("lib")).isSymbolicLink();
  }

  @Test
  void aFileTakesThePlaceOfALinkAndNotOfItsTarget() throws Exception {
    apply(
        new TestLayer().symbolicLink("evil", outside.resolve("kept").toString()),
        new TestLayer().file("evil", "mine"));
    assertThat(outside.resolve("kept")).hasContent("as it was");
    assertThat(root.resolve("evil")).hasContent("mine");
  }

  @Test
  void linksInACircleAreRefused() throws Exception {
    apply(new TestLayer().symbolicLink("a", "b").symbolicLink("b", "a"));
    assertThatThrownBy(() -> apply(new TestLayer().file("a/x", "")))
        .isInstanceOf(UnsafeArchive.class)
        .hasMessageContaining("links without end");
  }

  @Test
  void hardLinksAreToFilesOfTheImageOnly() throws Exception {
    apply(new TestLayer().file("a", 0755, new byte[] {1}).hardLink("b", "/a"));
    assertThat(root.resolve("b")).isExecutable().hasBinaryContent(new byte[] {1});
    for (String target : new String[] {"nothing", "../outside/kept"}) {
      assertThatThrownBy(() -> apply(new TestLayer().hardLink("c", target)))
          .isInstanceOf(UnsafeArchive.class);
    }
    apply(new TestLayer().symbolicLink("out", outside.toString()));
    assertThatThrownBy(() -> apply(new TestLayer().hardLink("c", "out/kept")))
        .isInstanceOf(UnsafeArchive.class)
        .hasMessageContaining("which is no file of the image");
  }

  @ParameterizedTest
  @ValueSource(bytes = {TarConstants.LF_CHR, TarConstants.LF_BLK, TarConstants.LF_FIFO})
  void devicesAreRefused(byte type) {
    assertThatThrownBy(() -> apply(new TestLayer().special("dev/sda", type, "")))
        .isInstanceOf(UnsafeArchive.class)
        .hasMessageContaining("'dev/sda' is a device");
    assertThat(root.resolve("dev/sda")).doesNotExist();
  }

  @Test
  void whatItsOwnerMayReadTheInstanceMayAndNothingElseIsKeptOfModes() throws Exception {
    apply(
        new TestLayer()
            .file("private", 0600, new byte[] {1})
            .file("setuid", 04711, new byte[] {1})
            .file("open", 0666, new byte[] {1}));
    assertThat(
            PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve("private"))))
        .isEqualTo("rw-r--r--");
    assertThat((Integer) Files.getAttribute(root.resolve("setuid"), "unix:mode") & 07777)
        .isEqualTo(0755);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve("open"))))
        .isEqualTo("rw-r--r--");
  }

  @Test
  void thereIsAnEndToFilesBytesAndDepth() {
    TestLayer many = new TestLayer();
    for (int i = 0; i <= BUDGET.entries(); i++) {
      many.file("f" + i, "");
    }
    assertThatThrownBy(() -> apply(many)).hasMessageContaining("more than 20 files");
    assertThatThrownBy(() -> new RootFolder(root, BUDGET).apply(bytes(600, 600)))
        .hasMessageContaining("more than 1000 bytes");
    assertThatThrownBy(() ->
            new RootFolder(root, BUDGET)
                .apply(
                    new ByteArrayInputStream(
                        new TestLayer().file("1/2/3/4/5/6/7/8/9", "").bytes())))
        .hasMessageContaining("deeper than 8 directories");
  }

  private static ByteArrayInputStream bytes(int... sizes) {
    TestLayer layer = new TestLayer();
    for (int i = 0; i < sizes.length; i++) {
      layer.file("large" + i, 0644, new byte[sizes[i]]);
    }
    return new ByteArrayInputStream(layer.bytes());
  }
}
