package lmnop.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import lmnop.operations.archive.Digest;
import lmnop.testkit.ImageRegistry;
import lmnop.testkit.RequiresTool;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The client against Debian's registry, and where that would not do it, a server that misleads. */
@RequiresTool({"docker-registry", "htpasswd", "openssl"})
final class RegistryTest {
  private static final byte[] LAYER =
      "a layer, as far as a registry cares".getBytes(StandardCharsets.UTF_8);
  private static final String ARCHITECTURE = "amd64";

  @TempDir Path temp;

  private static Registry registry(ImageRegistry server, @Nullable Path logins) {
    return new Registry(new RegistrySettings(List.of(server.host()), logins, null));
  }

  private static byte[] config(String architecture) {
    return """
    {"architecture":"%s","os":"linux","config":{"Entrypoint":["/x"],"Cmd":["a","b c"],
     "Env":["A=1","B=x=y"],"User":"web"},
     "rootfs":{"type":"layers","diff_ids":["%s"]}}
    """
        .formatted(architecture, Digest.of(LAYER))
        .getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] manifest(byte[] config) {
    return new ImageManifest(
            new Descriptor(MediaTypes.CONFIG, Digest.of(config), config.length),
            List.of(new Descriptor(MediaTypes.LAYER_GZIP, Digest.of(LAYER), LAYER.length)))
        .json();
  }

  private static Reference push(Registry registry, String host, byte[] config)
      throws IOException, InterruptedException {
    byte[] manifest = manifest(config);
    Digest digest = Digest.of(manifest);
    Reference reference = Reference.parse(host + "/team/app").at(digest);
    Repository repository = registry.toPush(reference);
    repository.send(Digest.of(LAYER), LAYER);
    repository.send(Digest.of(config), config);
    repository.sendManifest(manifest, digest.toString());
    return reference;
  }

  @Test
  void aPartOfAnotherRepositoryIsTakenOver() throws Exception {
    try (ImageRegistry server = ImageRegistry.open();
        Registry registry = registry(server, null)) {
      Reference base = push(registry, server.host(), config(ARCHITECTURE));
      Repository other = registry.toPush(Reference.parse(server.host() + "/team/other"));
      assertThat(other.has(Digest.of(LAYER))).isFalse();
      assertThat(other.takeOver(Digest.of(LAYER), base)).isTrue();
      assertThat(other.has(Digest.of(LAYER))).isTrue();

      Digest unknown = Digest.of(new byte[] {1});
      assertThat(other.takeOver(unknown, base)).isFalse();
      assertThat(other.has(unknown)).isFalse();
      Reference elsewhere = Reference.parse("registry.example.com/team/app");
      assertThat(other.takeOver(Digest.of(LAYER), elsewhere)).isFalse();
    }
  }

  @Test
  void whatIsPushedIsPulled() throws Exception {
    try (ImageRegistry server = ImageRegistry.open();
        Registry registry = registry(server, null)) {
      Reference reference = push(registry, server.host(), config(ARCHITECTURE));
      Repository pulled = registry.toPull(reference);
      ImageReader image = ImageReader.read(pulled, reference.requireDigest(), ARCHITECTURE);
      assertThat(image.config().command()).containsExactly("/x", "a", "b c");
      assertThat(image.config().environment()).isEqualTo(Map.of("A", "1", "B", "x=y"));
      assertThat(image.config().user()).isEqualTo("web");
      assertThat(image.config().workingDirectory()).isEqualTo("/");
      try (InputStream layer = pulled.blob(image.manifest().layers().getFirst().digest())) {
        assertThat(layer.readAllBytes()).isEqualTo(LAYER);
      }
      assertThat(pulled.has(Digest.of("nothing"))).isFalse();
    }
  }

  @Test
  void logsInWhereARegistryAsksForIt() throws Exception {
    try (ImageRegistry server = ImageRegistry.withLogin()) {
      Reference reference;
      try (Registry registry = registry(server, server.logins())) {
        reference = push(registry, server.host(), config(ARCHITECTURE));
        ImageReader.read(registry.toPull(reference), reference.requireDigest(), ARCHITECTURE);
      }
      Path wrong = server.wrongLogins();
      try (Registry registry = registry(server, wrong)) {
        assertThatThrownBy(() -> registry.toPull(reference).has(Digest.of(LAYER)))
            .isInstanceOf(UnusableImage.class)
            .hasMessageContaining("does not let this platform at")
            .hasMessageContaining("logins are read from " + wrong);
      }
      try (Registry registry = registry(server, null)) {
        assertThatThrownBy(() -> registry.toPull(reference).has(Digest.of(LAYER)))
            .isInstanceOf(UnusableImage.class)
            .hasMessageContaining("asks for a login; no file of logins is set");
      }
    }
  }

  @Test
  void fetchesATokenWhereARegistrySendsForOne() throws Exception {
    try (ImageRegistry server = ImageRegistry.withTokens()) {
      List<String> plain = List.of(server.host(), server.tokenHost());
      Reference reference;
      try (Registry registry = new Registry(new RegistrySettings(plain, server.logins(), null))) {
        reference = push(registry, server.host(), config(ARCHITECTURE));
        ImageReader.read(registry.toPull(reference), reference.requireDigest(), ARCHITECTURE);
      }
      try (Registry registry =
          new Registry(new RegistrySettings(plain, server.wrongLogins(), null))) {
        assertThatThrownBy(() -> registry.toPull(reference).has(Digest.of(LAYER)))
            .isInstanceOf(UnusableImage.class)
            .hasMessageContaining("does not let this platform at a token");
      }
    }
  }

  @Test
  void trustsACertificateThatASettingNames() throws Exception {
    try (ImageRegistry server = ImageRegistry.withTls()) {
      try (Registry registry =
          new Registry(new RegistrySettings(List.of(), null, server.certificate()))) {
        Reference reference = push(registry, server.host(), config(ARCHITECTURE));
        ImageReader.read(registry.toPull(reference), reference.requireDigest(), ARCHITECTURE);
      }
      try (Registry registry = new Registry(new RegistrySettings(List.of(), null, null))) {
        assertThatThrownBy(() ->
                registry.toPull(Reference.parse(server.host() + "/team/app")).has(Digest.of(LAYER)))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("does not answer")
            .hasMessageContaining("certification path");
      }
    }
  }

  @Test
  void aFileWithoutCertificatesIsRefusedAtStart() throws Exception {
    Path file = Files.writeString(temp.resolve("empty.pem"), "\n");
    for (Path wrong : List.of(file, temp.resolve("missing.pem"))) {
      assertThatThrownBy(() -> new Registry(new RegistrySettings(List.of(), null, wrong)))
          .hasMessageContaining("images.registries.certificates: " + wrong);
    }
  }

  @Test
  void speaksWithoutTlsOnlyWhereASettingSaysSo() throws Exception {
    try (ImageRegistry server = ImageRegistry.open();
        Registry registry = new Registry(new RegistrySettings(List.of(), null, null))) {
      Reference reference = Reference.parse(server.host() + "/team/app");
      assertThatThrownBy(() -> registry.toPull(reference).has(Digest.of(LAYER)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("does not answer");
    }
  }

  @Test
  void choosesTheImageForThisMachine() throws Exception {
    List<String> entries = new ArrayList<>();
    for (String architecture : List.of("arm64", ARCHITECTURE)) {
      byte[] config = config(architecture);
      entries.add(
          """
          {"mediaType":"%s","digest":"%s","size":%d,
           "platform":{"os":"linux","architecture":"%s"}}
          """
              .formatted(
                  MediaTypes.MANIFEST,
                  Digest.of(manifest(config)),
                  manifest(config).length,
                  architecture));
    }
    byte[] index =
        "{\"schemaVersion\":2,\"manifests\":[%s]}"
            .formatted(String.join(",", entries))
            .getBytes(StandardCharsets.UTF_8);
    Digest digest = Digest.of(index);
    Map<Digest, byte[]> files =
        Map.of(
            digest,
            index,
            Digest.of(manifest(config("arm64"))),
            manifest(config("arm64")),
            Digest.of(config("arm64")),
            config("arm64"));
    Blobs blobs = new InMemory(files);
    assertThat(ImageReader.read(blobs, digest, "arm64").config().architecture()).isEqualTo("arm64");
    assertThatThrownBy(() -> ImageReader.read(blobs, digest, "riscv64"))
        .hasMessage("it is there for linux/arm64, linux/amd64, and this machine is linux/riscv64");
  }

  @Test
  void refusesWhatIsNotItsDigest() throws Exception {
    try (ImageRegistry server = ImageRegistry.open();
        Registry registry = registry(server, null)) {
      byte[] config = config(ARCHITECTURE);
      Reference reference = push(registry, server.host(), config);
      Files.writeString(
          server.blob(Digest.of(config)),
          new String(config, StandardCharsets.UTF_8).replace("/x", "/y"));
      assertThatThrownBy(() ->
              ImageReader.read(registry.toPull(reference), reference.requireDigest(), ARCHITECTURE))
          .isInstanceOf(UnusableImage.class)
          .hasMessageContaining("its configuration has the digest");
    }
  }

  @Test
  void saysThatAnImageIsNotThere() throws Exception {
    try (ImageRegistry server = ImageRegistry.open();
        Registry registry = registry(server, null)) {
      Reference reference = Reference.parse(server.host() + "/team/app").at(Digest.of("no"));
      assertThatThrownBy(() ->
              ImageReader.read(registry.toPull(reference), reference.requireDigest(), ARCHITECTURE))
          .isInstanceOf(UnusableImage.class)
          .hasMessageContaining("is not in the registry " + server.host());
    }
  }

  @Test
  void aLoginGoesToNobodyElse() throws Exception {
    List<String> seen = new ArrayList<>();
    HttpServer elsewhere = server();
    elsewhere.createContext(
        "/",
        exchange -> {
          seen.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    HttpServer misleading = server();
    String target = "127.0.0.1:" + elsewhere.getAddress().getPort();
    misleading.createContext(
        "/",
        exchange -> {
          boolean known = exchange.getRequestHeaders().containsKey("Authorization");
          if (known) {
            exchange.getResponseHeaders().add("Location", "http://" + target + "/blob");
          } else {
            exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"x\"");
          }
          exchange.sendResponseHeaders(known ? 307 : 401, -1);
          exchange.close();
        });
    elsewhere.start();
    misleading.start();
    String host = "127.0.0.1:" + misleading.getAddress().getPort();
    Path logins =
        Files.writeString(
            temp.resolve("config.json"),
            "{\"auths\":{\"%s\":{\"auth\":\"bG1ub3A6c2VjcmV0\"}}}".formatted(host));
    Reference reference = Reference.parse(host + "/team/app");
    try (Registry registry =
        new Registry(new RegistrySettings(List.of(host, target), logins, null))) {
      assertThat(registry.toPull(reference).has(Digest.of(LAYER))).isTrue();
      assertThat(seen).containsExactly("null");
    }
    try (Registry registry = new Registry(new RegistrySettings(List.of(host), logins, null))) {
      assertThatThrownBy(() -> registry.toPull(reference).has(Digest.of(LAYER)))
          .hasMessageContaining("leads to http://" + target)
          .hasMessageContaining("not spoken to without TLS");
    } finally {
      elsewhere.stop(0);
      misleading.stop(0);
    }
  }

  private static HttpServer server() throws IOException {
    return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
  }

  /** Parts of images in memory. */
  private record InMemory(Map<Digest, byte[]> files) implements Blobs {
    @Override
    public InputStream manifest(Digest digest) throws IOException {
      return blob(digest);
    }

    @Override
    public InputStream blob(Digest digest) throws IOException {
      byte[] bytes = files.get(digest);
      if (bytes == null) {
        throw new IOException(digest + " is not there");
      }
      return new ByteArrayInputStream(bytes);
    }
  }
}
