package lmnop.builderworker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import lmnop.builderworker.sandbox.OtherUser;
import lmnop.images.Blobs;
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

/** Dockerfiles, built by buildah in the sandbox of a build step. */
@RequiresTool({"root", "bwrap", "python3", "buildah", "busybox", "docker-registry"})
final class DockerfileBuildTest {
  /** Runs a script without a system around it. */
  private static final String RUN = "RUN [\"/busybox\", \"sh\", \"-c\", \"%s\"]\n";

  private static final String HEAD = "FROM scratch\nCOPY busybox /busybox\n";
  private static final String TAIL = "CMD [\"/busybox\", \"httpd\"]\n";

  @TempDir Path temp;
  private WorkerFixture fixture;

  @BeforeEach
  void start() throws IOException {
    fixture = new WorkerFixture(temp);
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  private WorkerFixture.Submitted submit(String dockerfile, String kind) throws IOException {
    return submit(fixture, dockerfile, kind);
  }

  private WorkerFixture.Submitted submit(WorkerFixture fixture, String dockerfile, String kind)
      throws IOException {
    Path folder = Files.createTempDirectory(temp, "repository");
    Repository repository = new Repository(folder).file("Dockerfile", dockerfile);
    Files.copy(Path.of("/bin/busybox"), folder.resolve("busybox"));
    Digest template = fixture.controlPlane.template(WorkerFixture.TEMPLATES.resolve("dockerfile"));
    Map<String, Object> function =
        new HashMap<>(WorkerFixture.function(1, "hello", "", "dockerfile", template, Map.of()));
    function.put("artifact", kind);
    return fixture.submit(repository.tar(), List.of(function));
  }

  private String build(String dockerfile) throws IOException {
    return artifact(submit(dockerfile, "bundle"));
  }

  private String artifact(WorkerFixture.Submitted build) {
    return artifact(fixture, build);
  }

  private static String artifact(WorkerFixture fixture, WorkerFixture.Submitted build) {
    WorkerFixture.State end = fixture.end(build);
    assertThat(end.state())
        .as("%s %s", end.result(), fixture.controlPlane.texts(build.buildId()))
        .isEqualTo("DONE");
    return end.result().get("functions").get(0).get("artifact").asString();
  }

  /** The files of an image with their owners. */
  private static Map<String, Long> files(Blobs blobs, Digest digest) throws Exception {
    ImageReader image = ImageReader.read(blobs, digest, Upstream.architecture());
    Map<String, Long> files = new HashMap<>();
    for (var layer : image.manifest().layers()) {
      try (InputStream in = blobs.blob(layer.digest());
          var tar = new TarArchiveInputStream(new GZIPInputStream(in))) {
        for (var entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
          files.put(entry.getName(), entry.getLongUserId());
        }
      }
    }
    return files;
  }

  private Map<String, Long> files(String reference) throws Exception {
    return files(fixture, reference);
  }

  private static Map<String, Long> files(WorkerFixture fixture, String reference) throws Exception {
    assertThat(reference).startsWith("bundle@");
    return files(new Store(fixture), Digest.parse(reference.substring("bundle@".length())));
  }

  /** The artifact store, which is what the process engine reads. */
  private record Store(WorkerFixture fixture) implements Blobs {
    @Override
    public InputStream manifest(Digest digest) throws IOException {
      return blob(digest);
    }

    @Override
    public InputStream blob(Digest digest) throws IOException {
      return Files.newInputStream(fixture.bundle(digest));
    }
  }

  @Test
  void anImageIsBuiltIntoTheArtifactStoreAlwaysTheSame() throws Exception {
    String script = "/busybox mkdir /made && echo x > /made/a && /busybox chown 33:33 /made/a";
    try (BuilderWorker worker = fixture.worker("one")) {
      String first = build(HEAD + RUN.formatted(script) + TAIL);
      assertThat(files(first)).containsEntry("busybox", 0L).containsEntry("made/a", 33L);
      assertThat(build(HEAD + RUN.formatted(script) + TAIL)).isEqualTo(first);
      assertThat(build(HEAD + TAIL)).isNotEqualTo(first);
    }
  }

  @Test
  void fromIsPulledThroughTheMirrorAndTheImageGoesToTheRegistry() throws Exception {
    try (ImageRegistry server = ImageRegistry.open();
        Registry registry =
            new Registry(new RegistrySettings(List.of(server.host()), null, null))) {
      Upstream.push(
          registry,
          server.host() + "/library/base:1",
          "busybox",
          Files.readAllBytes(Path.of("/bin/busybox")),
          "");
      String mirror = server.host().replace("127.0.0.1", "images.localhost");
      try (BuilderWorker worker =
          fixture.worker(
              "one",
              "images.mirrors[docker.io]=" + mirror,
              "images.registries.plain-http=" + mirror + "," + server.host(),
              "images.push=" + server.host() + "/functions")) {
        String dockerfile = "FROM base:1\n" + RUN.formatted("echo x > /made") + TAIL;
        String reference = artifact(submit(dockerfile, "image"));
        assertThat(reference).startsWith(server.host() + "/functions/default/hello@sha256:");
        Reference image = Reference.parse(reference);
        assertThat(files(registry.toPull(image), image.requireDigest()))
            .containsKeys("busybox", "made");
      }
    }
  }

  @Test
  void whatRunsReachesNothingButTheProxyAndSeesNothingOfThePlatform() throws Exception {
    try (ServerSocket service = new ServerSocket(0, 5, InetAddress.ofLiteral("0.0.0.0"));
        BuilderWorker worker = fixture.worker("one")) {
      List<String> scripts = new ArrayList<>();
      for (String host : List.of("127.0.0.1", InetAddress.getLocalHost().getHostAddress())) {
        scripts.add(
            "/busybox nc -w 2 %s %d < /dev/null && echo REACHED"
                .formatted(host, service.getLocalPort()));
      }
      scripts.add("echo by $http_proxy");
      scripts.add(
          "(/busybox printf 'GET http://never-listed.example/ HTTP/1.0\\\\r\\\\n\\\\r\\\\n';"
              + " /busybox sleep 1) | /busybox nc -w 5 127.0.0.1 3128");
      scripts.add("/busybox cat /proc/1/environ > /dev/null && echo REACHED");
      scripts.add("/busybox ls -d " + temp + " /etc/shadow /storage /source && echo REACHED");
      scripts.add("/busybox mknod /disk b 8 0 && /busybox head -c 1 /disk && echo REACHED");
      scripts.add("echo 1 > /proc/sys/kernel/panic && echo REACHED");
      StringBuilder dockerfile = new StringBuilder(HEAD);
      scripts.forEach(script -> dockerfile.append(RUN.formatted(script + "; true")));
      WorkerFixture.Submitted build = submit(dockerfile + TAIL, "bundle");
      artifact(build);
      List<String> printed = fixture.controlPlane.texts(build.buildId());
      assertThat(printed).noneMatch(line -> line.equals("REACHED"));
      assertThat(printed).contains("by http://127.0.0.1:3128");
      assertThat(printed).anyMatch(line -> line.startsWith("refused: never-listed.example"));
    }
  }

  @Test
  void aBuildThatFailsIsTheUsersAndSaysWhere() throws Exception {
    try (BuilderWorker worker = fixture.worker("one")) {
      WorkerFixture.State failed =
          fixture.end(submit(HEAD + RUN.formatted("exit 7") + TAIL, "bundle"));
      assertThat(failed.text("fault")).isEqualTo("user");
      assertThat(failed.text("message"))
          .contains("the build of the Dockerfile failed", "correct Dockerfile and push again");
      WorkerFixture.State nothing = fixture.end(submit(HEAD, "bundle"));
      assertThat(nothing.text("message")).contains("it has neither ENTRYPOINT nor CMD");
      WorkerFixture.State unset = fixture.end(submit(HEAD + TAIL, "image"));
      assertThat(unset.text("message")).contains("the operator sets images.push");
      assertThat(fixture.work("one").resolve("builds")).isEmptyDirectory();
    }
  }

  /** Folders that only their owner may change, or look into. */
  private static final String CLOSED =
      HEAD
          + RUN.formatted("/busybox mkdir -m 777 /made")
          + "USER 33:33\n"
          + RUN.formatted(
              "cd /made && /busybox mkdir a && echo > a/a && /busybox mkdir -m 700 x && echo > x/a && %s");

  @Test
  @RequiresTool({"newuidmap", "setpriv", "unshare"})
  void aWorkerWithoutRootMakesTheSameImage() throws Exception {
    String dockerfile = CLOSED.formatted("/busybox cat /proc/1/comm") + TAIL;
    String byRoot;
    try (BuilderWorker worker = fixture.worker("one")) {
      byRoot = build(dockerfile);
    }
    String machines = Files.readString(Path.of("/proc/1/comm")).strip();
    for (boolean inContainer : new boolean[] {true, false}) {
      try (OtherUser nobody = new OtherUser();
          WorkerFixture rootless = new WorkerFixture(nobody.own());
          Closing worker = new Closing(rootless.workerProcess(nobody, inContainer, "two"))) {
        WorkerFixture.Submitted build = submit(rootless, dockerfile, "bundle");
        String reference = artifact(rootless, build);
        assertThat(reference).isEqualTo(byRoot);
        assertThat(files(rootless, reference)).containsEntry("made/x/a", 33L);
        assertThat(rootless.work("two").resolve("builds")).isEmptyDirectory();
        assertThat(rootless.controlPlane.texts(build.buildId()).contains(machines))
            .as("whether other processes are seen")
            .isEqualTo(inContainer);
      }
    }
  }

  @Test
  @RequiresTool({"newuidmap", "setpriv", "unshare"})
  void withoutRootTheDiskIsCountedAndNothingStaysOfWhatWasEnded() throws Exception {
    String much = CLOSED.formatted("/busybox dd if=/dev/zero of=/made/x/b bs=1M count=2000");
    String sleep = CLOSED.formatted("echo at work && /busybox sleep 3097");
    try (OtherUser nobody = new OtherUser();
        WorkerFixture rootless = new WorkerFixture(nobody.own())) {
      Path builds = rootless.work("two").resolve("builds");
      try (Closing worker =
          new Closing(rootless.workerProcess(nobody, true, "two", "step-disk=200MB"))) {
        WorkerFixture.State full = rootless.end(submit(rootless, much + TAIL, "bundle"));
        assertThat(full.text("message")).contains("200");
        assertThat(builds).isEmptyDirectory();
        rootless.awaitLine(submit(rootless, sleep + TAIL, "bundle"), "at work");
        worker.process().destroyForcibly().waitFor();
      }
      await().until(() -> ProcessHandle.allProcesses().noneMatch(DockerfileBuildTest::sleeps));
      assertThat(builds).isNotEmptyDirectory();
      try (Closing worker = new Closing(rootless.workerProcess(nobody, true, "two"))) {
        await().untilAsserted(() -> assertThat(builds).isEmptyDirectory());
      }
    }
  }

  private static boolean sleeps(ProcessHandle process) {
    return process.info().commandLine().orElse("").contains("sleep 3097");
  }

  /** A process that ends with a test. */
  private record Closing(Process process) implements AutoCloseable {
    @Override
    public void close() throws InterruptedException {
      process.destroy();
      process.waitFor();
    }
  }
}
