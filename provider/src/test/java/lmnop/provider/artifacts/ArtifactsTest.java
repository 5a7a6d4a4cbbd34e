package lmnop.provider.artifacts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import lmnop.images.RegistrySettings;
import lmnop.operations.archive.Digest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.util.unit.DataSize;

/** Images of the artifact store; pulling from a registry is another test's. */
final class ArtifactsTest {
  private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");
  private static final DataSize ROOM = DataSize.ofKilobytes(10);

  @TempDir Path directory;
  private Path store;
  private Artifacts artifacts;

  @BeforeEach
  void open() throws IOException {
    store = directory.resolve("artifacts");
    artifacts = at(BEGIN);
  }

  private Artifacts at(Instant now) throws IOException {
    return new Artifacts(
        store,
        directory.resolve("data"),
        "boot",
        new ImageSettings(
            new RegistrySettings(List.of(), null, null),
            DataSize.ofKilobytes(8),
            100,
            ROOM,
            Duration.ofSeconds(30)),
        Clock.fixed(now, ZoneOffset.UTC));
  }

  @AfterEach
  void close() {
    artifacts.close();
  }

  private static TestImage image(TestLayer... layers) {
    return TestImage.of(layers).with("Cmd", List.of("/run"));
  }

  private static TestImage filled(String name, int kilobytes) {
    return image(new TestLayer().file(name, 0644, new byte[kilobytes * 1024]));
  }

  private Image open(TestImage image) throws UnusableArtifact {
    return (Image) artifacts.open(image.into(store));
  }

  private List<String> unpacked() throws IOException {
    try (Stream<Path> found = Files.list(directory.resolve("data/images"))) {
      return found.map(path -> String.valueOf(path.getFileName())).toList();
    }
  }

  @ParameterizedTest
  @EnumSource
  void unpacksLayersHoweverTheyArePacked(TestImage.Packing packing) throws Exception {
    Image image =
        open(
            image(new TestLayer().file("a", "1"), new TestLayer().file("b", "2"))
                .with("Entrypoint", List.of("/bin/x"))
                .with("WorkingDir", "/made/for/it")
                .packed(packing));
    assertThat(image.root().resolve("a")).hasContent("1");
    assertThat(image.root().resolve("b")).hasContent("2");
    assertThat(image.root().resolve("made/for/it")).isDirectory();
    assertThat(image.config().command()).containsExactly("/bin/x", "/run");
    assertThat(image.port()).isEqualTo(8080);
    assertThat(image.health()).isEqualTo("/_/health");
  }

  @Test
  void aLabelSaysWhereElseItIsHealthy() throws Exception {
    assertThat(open(image().with("Labels", Map.of("lmnop.health", "/ready"))).health())
        .isEqualTo("/ready");
    assertThat(open(image().with("Labels", Map.of("lmnop.health", ""))).health()).isNull();
  }

  @Test
  void makesWhatSandboxesNeedAndFollowsNoLinkForIt() throws Exception {
    Path outside = Files.createDirectory(directory.resolve("outside"));
    Image image =
        open(
            image(
                new TestLayer()
                    .folder("data")
                    .symbolicLink("var", "/data")
                    .symbolicLink("tmp", "../../../outside/x")
                    .symbolicLink("etc/resolv.conf", outside.resolve("x").toString())
                    .symbolicLink("etc/hosts", "../../../../outside/hosts")
                    .folder("etc/group")
                    .file("etc/passwd", "kept:x:1:1::/:/x\n")));
    assertThat(image.mountPoint("/var/openfaas/secrets")).isEqualTo("/data/openfaas/secrets");
    assertThat(image.mountPoint("/tmp")).isEqualTo("/outside/x");
    assertThat(Path.of(image.root() + image.mountPoint("/tmp"))).isDirectory();
    assertThat(image.root().resolve("etc/resolv.conf")).isRegularFile().hasContent("");
    assertThat(image.root().resolve("etc/group")).isRegularFile();
    assertThat(image.root().resolve("etc/passwd")).hasContent("kept:x:1:1::/:/x\n");
    assertThat(outside).isEmptyDirectory();
  }

  @Test
  void aKnownImageNeedsNoStoreAndNoSecondUnpacking() throws Exception {
    String name = filled("a", 1).into(store);
    Image first = (Image) artifacts.open(name);
    try (Stream<Path> files = Files.list(store.resolve("sha256"))) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    assertThat(artifacts.open(name)).isEqualTo(first);
    artifacts.close();
    artifacts = at(BEGIN);
    assertThat(artifacts.open(name)).isEqualTo(first);
  }

  @Test
  void manyAtOnceGetTheSameImage() throws Exception {
    String name = filled("a", 1).into(store);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Artifact>> all = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        all.add(threads.submit(() -> artifacts.open(name)));
      }
      for (Future<Artifact> one : all) {
        assertThat(((Image) one.get()).root().resolve("a")).exists();
      }
    }
    assertThat(unpacked()).hasSize(1);
  }

  @Test
  void refusesPartsThatAreNotTheirDigest() throws Exception {
    TestImage image = filled("a", 1);
    String name = image.into(store);
    byte[] other = new TestLayer().file("evil", "x").bytes();
    try (Stream<Path> files = Files.list(store.resolve("sha256"))) {
      for (Path file : files.toList()) {
        if (!new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).startsWith("{")) {
          Files.write(file, other);
        }
      }
    }
    assertThatThrownBy(() -> artifacts.open(name))
        .isInstanceOf(UnusableArtifact.class)
        .hasMessageContaining("has the digest " + Digest.of(other));
    assertThat(unpacked()).isEmpty();
  }

  @Test
  void refusesALayerThatIsPackedIntoSomethingElse() throws Exception {
    TestImage image =
        filled("a", 1)
            .field("rootfs", Map.of("diff_ids", List.of(Digest.of("something else").toString())));
    assertThatThrownBy(() -> open(image)).hasMessageContaining("what the layer");
    assertThat(unpacked()).isEmpty();
  }

  @Test
  void saysWhatAnImageLacks() {
    assertThatThrownBy(() -> open(TestImage.of()))
        .hasMessageContaining("it has neither ENTRYPOINT nor CMD");
    assertThatThrownBy(() -> open(image().field("architecture", "s390x")))
        .hasMessageContaining("it is for linux/s390x, and this machine is linux/");
    assertThatThrownBy(() -> open(filled("a", 9)))
        .hasMessageContaining("more than 8192 bytes; fewer are allowed");
    assertThatThrownBy(() -> open(image(new TestLayer().file("../x", ""))))
        .isInstanceOf(UnusableArtifact.class)
        .hasMessageContaining("is not a plain path below the directory");
    assertThatThrownBy(() -> artifacts.open("ghcr.io/team/app:latest"))
        .hasMessageContaining("may be another image tomorrow: write it with its digest");
    assertThatThrownBy(() -> artifacts.open("bundle@sha256:12"))
        .hasMessageContaining("is not a SHA-256");
  }

  @Test
  void theLongestUnusedMakesRoom() throws Exception {
    String first = filled("first", 4).into(store);
    String second = filled("second", 4).into(store);
    artifacts.open(first);
    artifacts.close();
    artifacts = at(BEGIN.plusSeconds(1));
    artifacts.open(second);
    artifacts.close();
    artifacts = at(BEGIN.plus(Duration.ofHours(1)));
    open(filled("third", 4));
    assertThat(unpacked()).hasSize(2).doesNotContain(hex(first)).contains(hex(second));
  }

  @Test
  void whatAWorkloadHasIsNeverRemovedForAnother() throws Exception {
    String first = filled("first", 4).into(store);
    String second = filled("second", 4).into(store);
    artifacts.open(first);
    artifacts.open(second);
    artifacts.close();
    artifacts = at(BEGIN.plus(Duration.ofHours(1)));
    artifacts.keep(() -> Set.of(first, second, "unknown"));
    assertThatThrownBy(() -> open(filled("third", 4)))
        .isInstanceOf(UnusableArtifact.class)
        .hasMessageContaining("the operator raises the setting images.disk");
    assertThat(unpacked()).containsExactlyInAnyOrder(hex(first), hex(second));
  }

  private static String hex(String name) {
    return name.substring(name.lastIndexOf(':') + 1);
  }
}
