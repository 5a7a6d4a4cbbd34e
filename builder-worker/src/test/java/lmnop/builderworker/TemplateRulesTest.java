package lmnop.builderworker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import lmnop.operations.archive.Digest;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What a template may ask for, with templates of the tests' own. */
@RequiresTool({"bwrap"})
class TemplateRulesTest {
  private static final String RUN =
      """
      run:
        command: ["${code}/run"]
        working-directory: "${code}"
        port: 1234
      """;

  @TempDir Path temp;
  private WorkerFixture fixture;

  @BeforeEach
  void open() throws IOException {
    fixture = new WorkerFixture(temp);
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void aProgramThatTheMachineLacksIsThePlatformsFault() throws Exception {
    var end =
        build(
            """
            about: Needs what nobody has.
            needs:
              - program: no-such-compiler
                debian: no-such-package
            """
                + RUN);

    assertThat(end.text("fault")).isEqualTo("platform");
    assertThat(end.text("message"))
        .isEqualTo(
            "the template own needs no-such-compiler, which this machine does not have:"
                + " its operator installs no-such-package");
  }

  @Test
  void aMachineThatCannotFetchDependenciesIsSaidInTheTemplatesWords() throws Exception {
    var end =
        build(
            """
            about: Cannot fetch.
            dependencies:
              declared-by: [wanted.txt]
              identity: [echo, one]
              check: test -f /no/such/file
              check-fails: this machine has no fetcher; install it
              step: {name: fetch, network: registries, run: "true"}
            """
                + RUN);

    assertThat(end.text("fault")).isEqualTo("platform");
    assertThat(end.text("message")).isEqualTo("this machine has no fetcher; install it");
  }

  @Test
  void aBrokenTemplateIsThePlatformsFault() throws Exception {
    var end = build("about: Broken.\ncolour: red\n" + RUN);

    assertThat(end.text("fault")).isEqualTo("platform");
    assertThat(end.text("message")).contains("the template own is broken", "colour");
  }

  @Test
  void aTemplateThatTheControlPlaneDoesNotHaveIsThePlatformsFault() throws Exception {
    try (BuilderWorker worker = fixture.worker("one")) {
      var end = fixture.end(fixture.submit(source(), "gone", Digest.of("gone"), Map.of()));

      assertThat(end.text("stage")).isEqualTo("TEMPLATE");
      assertThat(end.text("fault")).isEqualTo("platform");
      assertThat(end.text("message")).contains("HTTP 404");
    }
  }

  @Test
  void stepsSeeTheirPlacesAndOptionsAndTheCompileStepReachesNothing() throws Exception {
    var end =
        build(
            """
            about: Looks around.
            options:
              colour:
                value: red
            files:
              - from: extra.txt
            build:
              - name: look
                run: |
                  test "$OPTION_COLOUR" = red
                  test -f "$SOURCE/wanted.txt"
                  test -f "$TEMPLATE/template.yml"
                  test -f "$CODE/extra.txt"
                  test "$HOME" = "$CODE"
                  test -z "${DEPENDENCIES:-}"
                  test "$(grep -c : /proc/net/dev)" -eq 1
                  if touch "$SOURCE/mine" 2>/dev/null; then exit 9; fi
            """
                + RUN);

    assertThat(end.state()).as("%s", end.result()).isEqualTo("DONE");
  }

  @Test
  void aStepAsksForALaterOneByAFileThatItLeavesInTheCode() throws Exception {
    var end =
        build(
            """
            about: Asks for one of two.
            build:
              - name: ask
                run: touch .wanted
              - name: never
                when: .unwanted
                run: exit 8
              - name: wanted
                when: .wanted
                run: exit 7
            """
                + RUN);

    assertThat(end.text("message")).startsWith("wanted failed with exit code 7");
  }

  @Test
  void everyFunctionOfARepositoryIsBuiltAndNamedInTheLog() throws Exception {
    Repository repository =
        new Repository(Files.createDirectory(temp.resolve("two")))
            .file("one/public/index.html", "one")
            .file("two/public/index.html", "two");
    Digest template = fixture.controlPlane.template(WorkerFixture.TEMPLATES.resolve("static"));
    try (BuilderWorker worker = fixture.worker("one")) {
      var build =
          fixture.submit(
              repository.tar(),
              List.of(
                  WorkerFixture.function(7, "first", "one", "static", template, Map.of()),
                  WorkerFixture.function(8, "second", "two", "static", template, Map.of())));
      var end = fixture.end(build);

      assertThat(end.state()).as("%s", end.result()).isEqualTo("DONE");
      JsonNode functions = end.result().get("functions");
      assertThat(functions.get(0).get("functionId").asInt()).isEqualTo(7);
      assertThat(functions.get(1).get("functionId").asInt()).isEqualTo(8);
      assertThat(functions.get(0).get("artifact")).isNotEqualTo(functions.get(1).get("artifact"));
      assertThat(fixture.controlPlane.texts(build.buildId()))
          .contains("first: template static", "second: template static");
    }
  }

  @Test
  void aDirectoryThatIsNotThereAndAnUnknownKindOfArtifactAreRefused() throws Exception {
    Digest template = fixture.controlPlane.template(WorkerFixture.TEMPLATES.resolve("static"));
    Map<String, Object> elsewhere =
        WorkerFixture.function(1, "hello", "sub/dir", "static", template, Map.of());
    Map<String, Object> image =
        new HashMap<>(WorkerFixture.function(1, "hello", "", "static", template, Map.of()));
    image.put("artifact", "snapshot");
    try (BuilderWorker worker = fixture.worker("one")) {
      assertThat(fixture.end(fixture.submit(source(), List.of(elsewhere))).text("message"))
          .contains("no directory 'sub/dir'");
      assertThat(fixture.end(fixture.submit(source(), List.of(image))).text("message"))
          .contains("makes bundles and images", "'snapshot'");
    }
  }

  private WorkerFixture.State build(String templateYml) throws IOException {
    Path folder = Files.createDirectories(temp.resolve("own"));
    Files.writeString(folder.resolve("template.yml"), templateYml);
    Files.writeString(folder.resolve("extra.txt"), "extra");
    try (BuilderWorker worker = fixture.worker("one")) {
      Digest digest = fixture.controlPlane.template(folder);
      return fixture.end(fixture.submit(source(), "own", digest, Map.of()));
    }
  }

  private byte[] source() throws IOException {
    return new Repository(Files.createTempDirectory(temp, "repository"))
        .file("wanted.txt", "x")
        .tar();
  }
}
