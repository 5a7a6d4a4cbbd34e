package lmnop.builderworker.artifact;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import lmnop.operations.archive.Digest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArtifactStoreTest {
  private static final Manifest.Start START =
      new Manifest.Start(
          List.of("run"), "${code}", Map.of("B", "2", "A", "1"), List.of(), 80, false, null);

  @TempDir Path temp;

  @Test
  void aBundleIsNamedByTheDigestOfItsBytesAndTheSameBytesAreOneFile() throws IOException {
    ArtifactStore store = new ArtifactStore(temp.resolve("store"), "one");

    ArtifactStore.Stored first = store(store, "text");
    ArtifactStore.Stored again = store(store, "text");
    ArtifactStore.Stored other = store(store, "other");

    Path file = temp.resolve("store/sha256").resolve(first.digest().hex());
    assertThat(first).isEqualTo(again).isNotEqualTo(other);
    assertThat(Digest.ofFile(file)).isEqualTo(first.digest());
    assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
        .as("how it is known that this is a bundle")
        .startsWith("manifest.json\0");
    assertThat(Files.size(file)).isEqualTo(first.bytes());
    assertThat(first.reference()).isEqualTo("bundle@sha256:" + first.digest().hex());
    assertThat(temp.resolve("store/incoming")).isEmptyDirectory();
  }

  @Test
  void theSameBytesStoredAgainAreAsYoungAsNewOnes() throws IOException {
    ArtifactStore store = new ArtifactStore(temp.resolve("store"), "one");
    Path file = temp.resolve("store/sha256").resolve(store(store, "text").digest().hex());
    Files.setLastModifiedTime(file, FileTime.fromMillis(0));
    store(store, "text");
    assertThat(Files.getLastModifiedTime(file)).isGreaterThan(FileTime.fromMillis(0));
  }

  @Test
  void whatAKilledWriterLeftHalfWrittenGoesAndOthersFilesStay() throws IOException {
    Path incoming = Files.createDirectories(temp.resolve("store/incoming"));
    Files.writeString(incoming.resolve("one~half"), "x");
    Files.writeString(incoming.resolve("two~half"), "x");

    new ArtifactStore(temp.resolve("store"), "one");

    assertThat(incoming.resolve("one~half")).doesNotExist();
    assertThat(incoming.resolve("two~half")).exists();
  }

  private ArtifactStore.Stored store(ArtifactStore store, String content) throws IOException {
    Path tree = Files.createTempDirectory(temp, "tree");
    Files.writeString(tree.resolve("file"), content);
    Layer layer = Layer.pack("code", tree, Files.createTempFile(temp, "layer", ""));
    return store.store(
        Manifest.of("static", Digest.of("template"), List.of(layer), START), List.of(layer));
  }
}
