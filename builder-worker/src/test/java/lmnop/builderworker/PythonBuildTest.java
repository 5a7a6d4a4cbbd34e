package lmnop.builderworker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import lmnop.operations.archive.Digest;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@RequiresTool({"python3", "bwrap"})
class PythonBuildTest {
  @TempDir Path temp;
  private WorkerFixture fixture;
  private PackageIndex index;

  @BeforeEach
  void open() throws IOException {
    fixture = new WorkerFixture(temp);
    index = new PackageIndex();
    index.wheel("greeting", "1.0", "def text():\n    return 'hello from a wheel'\n");
  }

  @AfterEach
  void close() {
    index.close();
    fixture.close();
  }

  @Test
  void aFunctionWithoutDependenciesBecomesABundleOfItsCode() throws Exception {
    try (BuilderWorker worker = fixture.worker("one")) {
      var end = fixture.end(fixture.submit(repository("a").tar(), "python3", Map.of()));

      assertThat(end.state()).as("%s", end.result()).isEqualTo("DONE");
      assertThat(end.result().get("stages").propertyNames())
          .containsExactlyInAnyOrder("CHECKOUT", "TEMPLATE", "ARTIFACT");
      assertThat(end.result().get("parts").propertyNames())
          .containsExactlyInAnyOrder("DEPENDENCIES", "BUILD");
      Path file = fixture.bundle(end.artifact());
      assertThat(Digest.ofFile(file)).isEqualTo(end.artifact());
      Bundle bundle = Bundle.open(file, temp.resolve("bundle"));
      assertThat(bundle.members()).containsExactly("manifest.json", "code.tar.zst");
      assertThat(bundle.manifest().get("command").get(0).asString())
          .isEqualTo("${code}/entrypoint");
      assertThat(bundle.manifest().get("port").asInt()).isEqualTo(5000);
      assertThat(bundle.manifest().get("portFixed").asBoolean()).isFalse();
      assertThat(bundle.manifest().get("environment").has("PYTHONPATH")).isFalse();
      assertThat(bundle.code().resolve("function/main.py")).exists();
      assertThat(bundle.code().resolve("function/__pycache__")).isNotEmptyDirectory();
      assertThat(bundle.code().resolve(".dependencies")).isEmptyDirectory();
      assertThat(Files.isExecutable(bundle.code().resolve("entrypoint"))).isTrue();
    }
  }

  @Test
  void aFunctionWithDependenciesAnswersFromItsBundle() throws Exception {
    try (BuilderWorker worker = fixture.worker("one", index.settings())) {
      var end = fixture.end(fixture.submit(greeting().tar(), "python3", Map.of()));

      assertThat(end.state()).as("%s", end.result()).isEqualTo("DONE");
      Bundle bundle = Bundle.open(fixture.bundle(end.artifact()), temp.resolve("bundle"));
      assertThat(bundle.members())
          .containsExactly("manifest.json", "dependencies.tar.zst", "code.tar.zst");
      assertThat(bundle.dependencies().resolve("site-packages/greeting.py")).exists();
      assertThat(answerOf(bundle)).isEqualTo("hello from a wheel");
    }
  }

  @Test
  void theSameCommitBecomesTheSameBundleOnEveryWorker() throws Exception {
    byte[] source = greeting().tar();
    Digest first;
    try (BuilderWorker worker = fixture.worker("one", index.settings())) {
      first = fixture.end(fixture.submit(source, "python3", Map.of())).artifact();
    }
    Files.delete(fixture.bundle(first));
    try (BuilderWorker worker = fixture.worker("two", index.settings())) {
      var end = fixture.end(fixture.submit(source, "python3", Map.of()));

      assertThat(end.artifact()).isEqualTo(first);
      assertThat(fixture.bundle(first)).exists();
    }
  }

  @Test
  void withoutASandboxTheBundleIsTheSameAndOnlyTrustedBuildsRun() throws Exception {
    byte[] source = greeting().tar();
    Map<String, String> nowhere = Map.of("PATH", "/no/programs");
    Process refusing = fixture.workerProcess("refusing", nowhere, index.settings());
    try {
      var refused = fixture.end(fixture.submit(source, "python3", Map.of()));
      assertThat(refused.text("fault")).isEqualTo("platform");
      assertThat(refused.text("message")).contains("no sandbox", "bubblewrap", "trust-builds");
    } finally {
      refusing.destroy();
      refusing.waitFor();
    }
    Digest plain;
    String[] trusting =
        Stream.concat(Stream.of("trust-builds=true"), Stream.of(index.settings()))
            .toArray(String[]::new);
    Process worker = fixture.workerProcess("plain", nowhere, trusting);
    try {
      var end = fixture.end(fixture.submit(source, "python3", Map.of()));
      assertThat(end.state()).as("%s", end.result()).isEqualTo("DONE");
      plain = end.artifact();
    } finally {
      worker.destroy();
      worker.waitFor();
    }
    try (BuilderWorker walled = fixture.worker("walled", index.settings())) {
      assertThat(fixture.end(fixture.submit(source, "python3", Map.of())).artifact())
          .isEqualTo(plain);
    }
  }

  @Test
  void unchangedDependenciesAreNotFetchedAgainAndChangedOnesAre() throws Exception {
    try (BuilderWorker worker = fixture.worker("one", index.settings())) {
      fixture.end(fixture.submit(greeting().tar(), "python3", Map.of()));
      int asked = index.requests();
      assertThat(asked).isPositive();

      Repository changed = greeting().file("function/other.py", "x = 1\n");
      var second = fixture.submit(changed.tar(), "python3", Map.of());
      assertThat(fixture.end(second).state()).isEqualTo("DONE");
      assertThat(index.requests()).isEqualTo(asked);
      assertThat(fixture.controlPlane.texts(second.buildId()))
          .anyMatch(line -> line.startsWith("dependencies: unchanged, used again"));

      changed.file("requirements.txt", "greeting==1.0\n# changed\n");
      assertThat(fixture.end(fixture.submit(changed.tar(), "python3", Map.of())).state())
          .isEqualTo("DONE");
      assertThat(index.requests()).isGreaterThan(asked);
    }
  }

  @Test
  void aFileThatRequirementsReferToDecidesAsWell() throws Exception {
    try (BuilderWorker worker = fixture.worker("one", index.settings())) {
      Repository repository =
          greeting().file("requirements.txt", "-r more.txt\n").file("more.txt", "# nothing yet\n");
      fixture.end(fixture.submit(repository.tar(), "python3", Map.of()));
      assertThat(index.requests()).isZero();

      repository.file("more.txt", "greeting==1.0\n");
      var end = fixture.end(fixture.submit(repository.tar(), "python3", Map.of()));

      Bundle bundle = Bundle.open(fixture.bundle(end.artifact()), temp.resolve("bundle"));
      assertThat(bundle.dependencies().resolve("site-packages/greeting.py")).exists();
    }
  }

  @Test
  void everythingThatIsMissingIsSaidAtOnceWithWhatToDo() throws Exception {
    try (BuilderWorker worker = fixture.worker("one")) {
      Path root = Files.createTempDirectory(temp, "empty");
      var end =
          fixture.end(
              fixture.submit(new Repository(root).file("README", "").tar(), "python3", Map.of()));

      assertThat(end.state()).isEqualTo("FAILED");
      assertThat(end.text("stage")).isEqualTo("TEMPLATE");
      assertThat(end.text("fault")).isEqualTo("user");
      assertThat(end.text("message"))
          .contains("the directory function is missing", "make the directory")
          .contains("the file entrypoint is missing", "127.0.0.1:5000");
    }
  }

  @Test
  void anEntrypointThatCouldNotStartIsRefused() throws Exception {
    try (BuilderWorker worker = fixture.worker("one")) {
      assertThat(
              messageFor(repository("a").without("entrypoint").file("entrypoint", "#!/bin/sh\n")))
          .contains("entrypoint is not executable", "git update-index --chmod=+x entrypoint");
      assertThat(messageFor(repository("a").program("entrypoint", "#!/bin/sh\r\nexec true\r\n")))
          .contains("line ends of Windows");
      assertThat(messageFor(repository("a").program("entrypoint", "exec python3 main.py\n")))
          .contains("#!/usr/bin/python3");
    }
  }

  @Test
  void aPackageThatDoesNotExistIsTheUsersFaultAndPipSaysWhich() throws Exception {
    try (BuilderWorker worker = fixture.worker("one", index.settings())) {
      Repository repository = repository("a").file("requirements.txt", "no-such-package==9\n");
      var submitted = fixture.submit(repository.tar(), "python3", Map.of());
      var end = fixture.end(submitted);

      assertThat(end.text("fault")).isEqualTo("user");
      assertThat(end.text("message"))
          .isEqualTo(
              "pip failed with exit code 1, the lines above say why;"
                  + " correct requirements.txt and push again");
      assertThat(fixture.controlPlane.texts(submitted.buildId()))
          .anyMatch(line -> line.contains("no-such-package==9"));
    }
  }

  @Test
  void anUnreachableRegistryIsThePlatformsFault() throws Exception {
    String[] nowhere = {
      "dependency-environment[PIP_INDEX_URL]=http://127.0.0.1:" + unusedPort() + "/simple",
      "dependency-environment[PIP_RETRIES]=1"
    };
    try (BuilderWorker worker = fixture.worker("one", nowhere)) {
      var end = fixture.end(fixture.submit(greeting().tar(), "python3", Map.of()));

      assertThat(end.state()).isEqualTo("FAILED");
      assertThat(end.text("fault")).isEqualTo("platform");
      assertThat(end.text("message")).contains("could not reach a registry");
    }
  }

  @Test
  void whatInitializeLeavesIsPartOfTheCode() throws Exception {
    try (BuilderWorker worker = fixture.worker("one", index.settings())) {
      Repository repository =
          greeting()
              .program(
                  "initialize",
                  """
                  #!/bin/sh
                  echo "initialize says: grüße 🚀 from $(pwd)"
                  python3 -c 'import greeting; print(greeting.text())' > generated.txt
                  echo kept > "$HOME/in-home.txt"
                  """);
      var submitted = fixture.submit(repository.tar(), "python3", Map.of());
      var end = fixture.end(submitted);

      assertThat(end.state()).as("%s", end.result()).isEqualTo("DONE");
      Bundle bundle = Bundle.open(fixture.bundle(end.artifact()), temp.resolve("bundle"));
      assertThat(bundle.code().resolve("function/generated.txt")).hasContent("hello from a wheel");
      assertThat(bundle.code().resolve("in-home.txt")).hasContent("kept");
      assertThat(fixture.controlPlane.log(submitted.buildId()))
          .contains(
              new FakeControlPlane.LogLine(
                  "TEMPLATE", "initialize says: grüße 🚀 from /home/lmnop/function"));
    }
  }

  @Test
  void aFailingInitializeFailsTheBuildInWords() throws Exception {
    try (BuilderWorker worker = fixture.worker("one")) {
      Repository repository =
          repository("a").program("initialize", "#!/bin/sh\necho it breaks here\nexit 3\n");
      var submitted = fixture.submit(repository.tar(), "python3", Map.of());
      var end = fixture.end(submitted);

      assertThat(end.text("fault")).isEqualTo("user");
      assertThat(end.text("message")).startsWith("initialize failed with exit code 3");
      assertThat(fixture.controlPlane.texts(submitted.buildId())).contains("it breaks here");
    }
  }

  @Test
  void aHostThatNobodyAllowedIsRefusedWithWhatToDo() throws Exception {
    try (BuilderWorker worker = fixture.worker("one", "registries=mirror.example.org:8081")) {
      Repository repository =
          repository("a")
              .program(
                  "initialize",
                  """
                  #!/usr/bin/env python3
                  import urllib.request
                  urllib.request.urlopen("http://elsewhere.example.org/tool.tar.gz")
                  """);
      var submitted = fixture.submit(repository.tar(), "python3", Map.of());
      var end = fixture.end(submitted);

      String words =
          "template python3 may reach pypi.org, files.pythonhosted.org, mirror.example.org:8081;"
              + " the operator can add hosts with the setting registries";
      assertThat(fixture.controlPlane.texts(submitted.buildId()))
          .contains("refused: elsewhere.example.org:80; " + words);
      assertThat(end.text("fault")).isEqualTo("user");
      assertThat(end.text("message"))
          .isEqualTo(
              "initialize was refused elsewhere.example.org:80 and failed with exit code 1;"
                  + " fetch from elsewhere: "
                  + words);
    }
  }

  @Test
  void aStepThatFetchesReachesRegistriesOnlyThroughTheProxyAndTheOthersNothing() throws Exception {
    String probe =
        "python3 -c 'import socket; socket.create_connection((\"127.0.0.1\", %d), 3)'"
            .formatted(index.port());
    try (BuilderWorker worker = fixture.worker("one", index.settings())) {
      Repository repository =
          greeting().program("initialize", "#!/bin/sh\nif %s; then exit 1; fi\n".formatted(probe));
      var submitted = fixture.submit(repository.tar(), "python3", Map.of());

      assertThat(fixture.end(submitted).state()).isEqualTo("DONE");
      assertThat(fixture.controlPlane.texts(submitted.buildId()))
          .anyMatch(line -> line.matches("pip: \\d+ KiB from and to 127.0.0.1"));
    }
  }

  @Test
  void anUnknownOptionIsRefusedAndPackagesAreNoted() throws Exception {
    try (BuilderWorker worker = fixture.worker("one")) {
      var unknown =
          fixture.end(fixture.submit(repository("a").tar(), "python3", Map.of("colour", "red")));
      assertThat(unknown.text("message"))
          .contains("'colour' is not an option of the template python3, which has packages");

      var packages = fixture.submit(repository("a").tar(), "python3", Map.of("packages", "ffmpeg"));
      assertThat(fixture.end(packages).state()).isEqualTo("DONE");
      assertThat(fixture.controlPlane.texts(packages.buildId()))
          .anyMatch(line -> line.startsWith("note on packages: "));
    }
  }

  @Test
  void aProgramThatDoesNotNameThePortHasAFixedOne() throws Exception {
    try (BuilderWorker worker = fixture.worker("one")) {
      Repository repository =
          repository("a").file("function/main.py", "serve('127.0.0.1', 5000)  # no EXPORT here\n");
      var end = fixture.end(fixture.submit(repository.tar(), "python3", Map.of()));

      Bundle bundle = Bundle.open(fixture.bundle(end.artifact()), temp.resolve("bundle"));
      assertThat(bundle.manifest().get("portFixed").asBoolean()).isTrue();
    }
  }

  private String messageFor(Repository repository) throws IOException {
    var end = fixture.end(fixture.submit(repository.tar(), "python3", Map.of()));
    assertThat(end.state()).isEqualTo("FAILED");
    return end.text("message");
  }

  private Repository repository(String text) throws IOException {
    return Repository.python(Files.createTempDirectory(temp, "repository"), text);
  }

  private Repository greeting() throws IOException {
    return repository("")
        .file("requirements.txt", "greeting==1.0\n")
        .file("function/main.py", "import greeting\nTEXT = greeting.text()\n" + Repository.MAIN);
  }

  /** Starts a bundle's program as an engine without a sandbox would, and asks it once. */
  private String answerOf(Bundle bundle) throws Exception {
    int port = unusedPort();
    ProcessBuilder builder =
        new ProcessBuilder(bundle.code().resolve("entrypoint").toString())
            .directory(bundle.code().resolve("function").toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().clear();
    builder.environment().put("PATH", "/usr/bin:/bin");
    builder.environment().put("PORT", String.valueOf(port));
    bundle
        .manifest()
        .get("environment")
        .properties()
        .forEach(entry ->
            builder
                .environment()
                .put(
                    entry.getKey(),
                    entry
                        .getValue()
                        .asString()
                        .replace("${dependencies}", bundle.dependencies().toString())));
    Process process = builder.start();
    try (HttpClient http = HttpClient.newHttpClient()) {
      await().until(() -> isOpen(port));
      URI address = URI.create("http://127.0.0.1:" + port + "/");
      return http.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString()).body();
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private static boolean isOpen(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private static int unusedPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
