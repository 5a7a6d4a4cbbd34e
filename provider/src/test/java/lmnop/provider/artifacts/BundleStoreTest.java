package lmnop.provider.artifacts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import lmnop.operations.archive.Digest;
import lmnop.operations.archive.TarWriter;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BundleStoreTest {
  @TempDir Path directory;
  private Path artifacts;
  private BundleStore store;

  @BeforeEach
  void open() throws IOException {
    artifacts = directory.resolve("artifacts");
    store = new BundleStore(artifacts, directory.resolve("cache"), "boot-1");
  }

  private Bundle open(TestBundle bundle) throws UnusableArtifact {
    return store.open(digest(bundle.into(artifacts)));
  }

  private static Digest digest(String image) {
    return Digest.parse(image.substring("bundle@".length()));
  }

  private List<Path> cached() throws IOException {
    try (Stream<Path> layers = Files.list(directory.resolve("cache/layers"))) {
      return layers.toList();
    }
  }

  @Test
  void unpacksCodeAndDependencies() throws Exception {
    Bundle bundle = open(TestBundle.script("exit 0\n").dependency("lib.py", "x = 1\n"));
    assertThat(bundle.code().resolve("entrypoint"))
        .isExecutable()
        .hasContent("#!/bin/sh\nexit 0\n");
    assertThat(bundle.code().resolve(".dependencies")).isEmptyDirectory();
    assertThat(bundle.dependencies().orElseThrow().resolve("lib.py")).hasContent("x = 1\n");
    assertThat(bundle.manifest().port()).isEqualTo(5000);
  }

  @Test
  void unpacksASharedLayerOnce() throws Exception {
    Bundle one = open(TestBundle.script("exit 1\n").dependency("lib.py", "x = 1\n"));
    Bundle two = open(TestBundle.script("exit 2\n").dependency("lib.py", "x = 1\n"));
    assertThat(two.dependencies()).isEqualTo(one.dependencies());
    assertThat(cached()).hasSize(3);
  }

  @Test
  void opensAKnownBundleWithoutItsFile() throws Exception {
    Digest digest = digest(TestBundle.script("exit 0\n").into(artifacts));
    store.open(digest);
    Files.delete(artifacts.resolve("sha256").resolve(digest.hex()));
    assertThat(store.isThere(digest)).isFalse();
    assertThat(store.open(digest).code()).isDirectory();
  }

  @Test
  void forgetsWhatIsNeitherStoredNorUsedAndKeepsLayersOfOthers() throws Exception {
    TestBundle shared = TestBundle.script("exit 1\n").dependency("lib.py", "x = 1\n");
    Digest stored = digest(shared.into(artifacts));
    Digest used =
        digest(TestBundle.script("exit 2\n").dependency("lib.py", "x = 2\n").into(artifacts));
    Digest old =
        digest(TestBundle.script("exit 3\n").dependency("lib.py", "x = 1\n").into(artifacts));
    for (Digest digest : List.of(stored, used, old)) {
      store.open(digest);
    }
    Files.delete(artifacts.resolve("sha256").resolve(used.hex()));
    Files.delete(artifacts.resolve("sha256").resolve(old.hex()));
    assertThat(cached()).hasSize(5);
    store.forget(() -> Set.of(used));
    assertThat(cached()).hasSize(4);
    assertThat(store.open(stored).dependencies().orElseThrow().resolve("lib.py")).exists();
    assertThat(store.open(used).code()).isDirectory();
    assertThatThrownBy(() -> store.open(old)).isInstanceOf(UnusableArtifact.class);
    store.forget(Set::of);
    assertThat(cached()).hasSize(2);
  }

  @Test
  void unpacksAgainAfterTheMachineWasRestarted() throws Exception {
    open(TestBundle.script("exit 0\n"));
    new BundleStore(artifacts, directory.resolve("cache"), "boot-1");
    assertThat(cached()).hasSize(1);
    new BundleStore(artifacts, directory.resolve("cache"), "boot-2");
    assertThat(cached()).isEmpty();
  }

  @Test
  void manyAtOnceGetTheSameBundle() throws Exception {
    Digest digest = digest(TestBundle.script("exit 0\n").into(artifacts));
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Bundle>> bundles = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        bundles.add(threads.submit(() -> store.open(digest)));
      }
      for (Future<Bundle> bundle : bundles) {
        assertThat(bundle.get().code().resolve("entrypoint")).exists();
      }
    }
    assertThat(cached()).hasSize(1);
  }

  @Test
  void saysThatABundleIsNotThere() {
    assertThatThrownBy(() -> store.open(Digest.of("nothing")))
        .isInstanceOf(UnusableArtifact.class)
        .hasMessageContaining("is not in the artifact store; build the function again");
  }

  @Test
  void refusesBytesThatAreNotTheirDigest() throws Exception {
    byte[] bytes = TestBundle.script("exit 0\n").bytes();
    Path file = artifacts.resolve("sha256").resolve(Digest.of("another").hex());
    Files.createDirectories(file.getParent());
    Files.write(file, bytes);
    assertThatThrownBy(() -> store.open(Digest.of("another")))
        .isInstanceOf(UnusableArtifact.class)
        .hasMessageContaining("the bundle has the digest " + Digest.of(bytes));
    assertThat(cached()).isEmpty();
  }

  @Test
  void refusesALayerThatIsNotItsDigest() throws Exception {
    TestBundle bundle =
        TestBundle.script("exit 0\n")
            .with(
                "layers",
                List.of(
                    Map.of(
                        "name", "code",
                        "member", "code.tar.zst",
                        "digest", Digest.of("another").toString())));
    assertThatThrownBy(() -> open(bundle))
        .isInstanceOf(UnusableArtifact.class)
        .hasMessageContaining("its layer 'code' has the digest");
    assertThat(cached()).isEmpty();
  }

  @Test
  void refusesALayerThatReachesOut() throws Exception {
    for (String evil : List.of("../evil", "a/../../evil")) {
      assertThatThrownBy(() -> open(TestBundle.script("exit 0\n").file(evil, "x")))
          .isInstanceOf(UnusableArtifact.class)
          .hasMessageContaining("evil");
    }
    assertThat(directory.resolve("evil")).doesNotExist();
    assertThat(cached()).isEmpty();
  }

  @Test
  void refusesAMemberThatNoManifestNames() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] code = new byte[1024];
    try (TarWriter tar = new TarWriter(out)) {
      tar.file(
          "manifest.json",
          false,
          """
          {"version":1,"command":["x"],"port":1,"layers":[{"name":"code","member":"code.tar.zst",
           "digest":"%s"}]}
          """
              .formatted(Digest.of(code))
              .getBytes(StandardCharsets.UTF_8));
      tar.file("surprise", false, Zstd.compress(code));
    }
    Files.createDirectories(artifacts.resolve("sha256"));
    Digest digest = Digest.of(out.toByteArray());
    Files.write(artifacts.resolve("sha256").resolve(digest.hex()), out.toByteArray());
    assertThatThrownBy(() -> store.open(digest))
        .hasMessageContaining("its member 'surprise' is no layer");
  }

  @Test
  void saysWhatIsWrongWithAManifest() {
    assertThatThrownBy(() -> open(TestBundle.script("").with("version", 2)))
        .hasMessageContaining("its version is 2 and 1 is expected");
    assertThatThrownBy(() -> open(TestBundle.script("").with("command", List.of())))
        .hasMessageContaining("it has no command");
    assertThatThrownBy(() -> open(TestBundle.script("").with("port", 0)))
        .hasMessageContaining("its port is 0");
    assertThatThrownBy(() -> open(TestBundle.script("").with("layers", List.of())))
        .hasMessageContaining("it has no code layer");
  }
}
