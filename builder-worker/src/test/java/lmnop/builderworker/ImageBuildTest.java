package lmnop.builderworker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import lmnop.images.ImageConfig;
import lmnop.images.ImageReader;
import lmnop.images.Reference;
import lmnop.images.Registry;
import lmnop.images.RegistrySettings;
import lmnop.operations.archive.Digest;
import lmnop.testkit.ImageRegistry;
import lmnop.testkit.RequiresTool;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Builds for providers that run images of registries only. */
@RequiresTool({"docker-registry", "htpasswd"})
final class ImageBuildTest {
  private static final String INDEX = "home";

  @TempDir Path temp;
  private WorkerFixture fixture;
  private ImageRegistry server;
  private Registry registry;

  @BeforeEach
  void start() throws IOException {
    fixture = new WorkerFixture(temp);
    server = ImageRegistry.withLogin();
    registry = new Registry(new RegistrySettings(List.of(server.host()), server.logins(), null));
  }

  @AfterEach
  void stop() {
    registry.close();
    server.close();
    fixture.close();
  }

  private BuilderWorker worker(String... more) throws IOException {
    List<String> all =
        new ArrayList<>(
            List.of(
                "images.push=" + server.host() + "/functions",
                "images.registries.plain-http=" + server.host(),
                "images.registries.logins=" + server.logins()));
    all.addAll(List.of(more));
    return fixture.worker("one", all.toArray(String[]::new));
  }

  private Reference upstream(String repository, String file, String user) throws Exception {
    return Upstream.push(
        registry, server.host() + "/" + repository, file, new byte[] {1, 2, 3}, user);
  }

  private WorkerFixture.State build(String content) throws IOException {
    return build(
        "static",
        new Repository(Files.createTempDirectory(temp, "repository"))
            .file("public/index.html", content));
  }

  private WorkerFixture.State build(String name, Repository source) throws IOException {
    Digest template = fixture.controlPlane.template(WorkerFixture.TEMPLATES.resolve(name));
    Map<String, Object> function =
        new HashMap<>(WorkerFixture.function(1, "hello", "", name, template, Map.of()));
    function.put("artifact", "image");
    return fixture.end(fixture.submit(source.tar(), List.of(function)));
  }

  private static String artifact(WorkerFixture.State end) {
    assertThat(end.state()).as("%s", end.result()).isEqualTo("DONE");
    return end.result().get("functions").get(0).get("artifact").asString();
  }

  private ImageReader read(String reference) throws Exception {
    Reference where = Reference.parse(reference);
    return ImageReader.read(registry.toPull(where), where.requireDigest(), Upstream.architecture());
  }

  /** The names in a layer, which is verified. */
  private List<String> names(String reference, int layer) throws Exception {
    ImageReader image = read(reference);
    List<String> names = new ArrayList<>();
    try (InputStream in =
        registry
            .toPull(Reference.parse(reference))
            .blob(image.manifest().layers().get(layer).digest())) {
      byte[] tar = new GZIPInputStream(in).readAllBytes();
      assertThat(Digest.of(tar)).isEqualTo(image.config().layers().get(layer));
      var entries = new TarArchiveInputStream(new ByteArrayInputStream(tar));
      for (var entry = entries.getNextEntry(); entry != null; entry = entries.getNextEntry()) {
        names.add(entry.getName());
      }
    }
    return names;
  }

  @Test
  void anImageStandsOnItsBaseAndIsPulledFromWhereTheOperatorSays() throws Exception {
    Reference base = upstream("library/python", "usr/bin/python3", "web");
    try (BuilderWorker worker =
        worker("images.bases[static]=" + base, "images.pull=registry.example.com/functions")) {
      String reference = artifact(build(INDEX));
      assertThat(reference).startsWith("registry.example.com/functions/default/hello@sha256:");
      String here = reference.replace("registry.example.com", server.host());
      ImageConfig config = read(here).config();
      assertThat(config.command())
          .containsExactly(
              "/usr/bin/python3", "-I", "/home/lmnop/.server/server.py", "/home/lmnop/public");
      assertThat(config.workingDirectory()).isEqualTo("/home/lmnop/public");
      assertThat(config.environment())
          .containsEntry("BASE", "yes")
          .containsEntry("PATH", "/opt/bin")
          .containsEntry("PORT", "8080")
          .containsEntry("HOST", "0.0.0.0");
      assertThat(config.user()).isEqualTo("web");
      assertThat(config.label(ImageConfig.HEALTH_LABEL)).isEmpty();
      assertThat(names(here, 0)).containsExactly("usr/bin/python3");
      assertThat(names(here, 1)).contains("home/", "home/lmnop/", "home/lmnop/public/index.html");
    }
  }

  @Test
  void theSameSourceIsTheSameImage() throws Exception {
    Reference base = upstream("library/python", "usr/bin/python3", "");
    try (BuilderWorker worker = worker("images.bases[static]=" + base)) {
      String first = artifact(build(INDEX));
      assertThat(artifact(build(INDEX))).isEqualTo(first);
      assertThat(artifact(build("elsewhere"))).isNotEqualTo(first);
    }
  }

  @Test
  void aProgramOfThisMachineAloneHasAForwarderInFrontOfIt() throws Exception {
    Reference base = upstream("library/python", "usr/bin/python3", "");
    Repository source = Repository.python(Files.createTempDirectory(temp, "repository"), "hi");
    try (BuilderWorker worker = worker("images.bases[python3]=" + base)) {
      String reference = artifact(build("python3", source));
      ImageConfig config = read(reference).config();
      assertThat(config.command())
          .containsExactly(
              "python3",
              "-I",
              "-S",
              "/lmnop/forwarder.py",
              "8080",
              "5000",
              "/home/lmnop/entrypoint");
      assertThat(config.environment()).containsEntry("PORT", "8080").doesNotContainKey("HOST");
      assertThat(config.label(ImageConfig.HEALTH_LABEL)).isEmpty();
      assertThat(names(reference, 1)).containsExactly("lmnop/", "lmnop/forwarder.py");
    }
  }

  @Test
  void theOperatorsForwarderTakesThePlaceOfOurs() throws Exception {
    Reference base = upstream("library/python", "usr/bin/python3", "");
    Reference watchdog = upstream("openfaas/of-watchdog", "fwatchdog", "");
    Repository source = Repository.python(Files.createTempDirectory(temp, "repository"), "hi");
    try (BuilderWorker worker =
        worker("images.bases[python3]=" + base, "images.forwarder=" + watchdog)) {
      String reference = artifact(build("python3", source));
      ImageConfig config = read(reference).config();
      assertThat(config.command()).containsExactly("/fwatchdog");
      assertThat(config.environment())
          .containsEntry("fprocess", "env PORT=5000 /home/lmnop/entrypoint")
          .containsEntry("upstream_url", "http://127.0.0.1:5000");
      assertThat(config.label(ImageConfig.HEALTH_LABEL)).isNull();
      assertThat(names(reference, 1)).containsExactly("fwatchdog");
    }
  }

  @Test
  void saysWhatTheOperatorHasToSet() throws Exception {
    try (BuilderWorker worker = worker()) {
      assertThat(build(INDEX).text("message")).contains("the operator sets images.bases[static]");
    }
    try (BuilderWorker worker = fixture.worker("two")) {
      assertThat(build(INDEX).text("message")).contains("the operator sets images.push");
    }
  }
}
