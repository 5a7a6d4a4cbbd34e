package lmnop.builderworker.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import lmnop.builderworker.artifact.ArtifactStore;
import lmnop.images.Descriptor;
import lmnop.images.ImageConfig;
import lmnop.images.ImageManifest;
import lmnop.images.MediaTypes;
import lmnop.images.UnusableImage;
import lmnop.operations.archive.Digest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A folder that a build has filled must not make the worker read, or take, anything else. */
final class LayoutTest {
  private static final byte[] LAYER = "a layer".getBytes(StandardCharsets.UTF_8);

  @TempDir Path temp;
  private Path folder;
  private Path blobs;
  private ArtifactStore store;

  @BeforeEach
  void make() throws IOException {
    folder = temp.resolve("layout");
    blobs = Files.createDirectories(folder.resolve("blobs/sha256"));
    store = new ArtifactStore(temp.resolve("artifacts"), "one");
  }

  private Path put(byte[] part) throws IOException {
    return Files.write(blobs.resolve(Digest.of(part).hex()), part);
  }

  private void layout(String... command) throws IOException {
    String java = System.getProperty("os.arch"); // house-rule exception: which machine this is
    byte[] config =
        new ImageConfig(
                ImageManifest.architecture(java),
                List.of(command),
                Map.of(),
                "/",
                "",
                Map.of(),
                List.of(Digest.of("its tar")))
            .json();
    byte[] manifest =
        new ImageManifest(
                new Descriptor(MediaTypes.CONFIG, Digest.of(config), config.length),
                List.of(new Descriptor(MediaTypes.LAYER_GZIP, Digest.of(LAYER), LAYER.length)))
            .json();
    put(LAYER);
    put(config);
    put(manifest);
    Files.writeString(
        folder.resolve("index.json"),
        "{\"manifests\":[{\"digest\":\"%s\"}]}".formatted(Digest.of(manifest)));
  }

  private String copied() throws IOException, InterruptedException {
    return new Layout(folder).image().copyTo(new StoreTarget(store));
  }

  @Test
  void everyPartIsCopied() throws Exception {
    layout("/run");
    String reference = copied();
    assertThat(reference).startsWith("bundle@sha256:");
    assertThat(store.has(Digest.parse(reference.substring("bundle@".length())))).isTrue();
    assertThat(store.has(Digest.of(LAYER))).isTrue();
  }

  @Test
  void linksAreNotFollowed() throws Exception {
    Path outside = Files.createDirectories(temp.resolve("outside"));
    layout("/run");
    Path layer = blobs.resolve(Digest.of(LAYER).hex());
    Files.move(layer, outside.resolve("layer"));
    Files.createSymbolicLink(layer, outside.resolve("layer"));
    assertThatThrownBy(this::copied)
        .isInstanceOf(UnusableImage.class)
        .hasMessageContaining("of its layout is a link");
    Files.move(folder.resolve("blobs"), outside.resolve("blobs"));
    Files.createSymbolicLink(folder.resolve("blobs"), outside.resolve("blobs"));
    assertThatThrownBy(this::copied).hasMessageContaining("blobs of its layout is a link");
    Files.move(folder.resolve("index.json"), outside.resolve("index.json"));
    Files.createSymbolicLink(folder.resolve("index.json"), outside.resolve("index.json"));
    assertThatThrownBy(this::copied).hasMessageContaining("index.json of its layout is a link");
  }

  @Test
  void partsAreWhatTheirDigestSays() throws Exception {
    layout("/run");
    Files.writeString(blobs.resolve(Digest.of(LAYER).hex()), "another");
    assertThatThrownBy(this::copied).hasMessageContaining("is something else");
    assertThat(store.has(Digest.of(LAYER))).isFalse();
    Files.delete(blobs.resolve(Digest.of(LAYER).hex()));
    assertThatThrownBy(this::copied).hasMessageContaining("of its layout is no file");
  }

  @Test
  void anImageThatStartsNothingIsSaidToBeSo() throws Exception {
    layout();
    assertThatThrownBy(this::copied)
        .hasMessage("it has neither ENTRYPOINT nor CMD, so nothing says what to start");
    Files.writeString(folder.resolve("index.json"), "{}");
    assertThatThrownBy(this::copied).hasMessageContaining("its index cannot be read");
  }
}
