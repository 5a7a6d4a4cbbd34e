package lmnop.templates;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TemplateFileTest {
  private static final Path TEMPLATES = Path.of("../../templates");
  private static final String SMALL =
      """
      about: small
      run:
        command: [run]
        working-directory: ${code}
        port: 1
      """;

  @ParameterizedTest
  @MethodSource("shipped")
  void everyShippedTemplateIsUnderstood(Path folder) throws IOException {
    Template template = read(folder);

    assertThat(template.about()).endsWith(".");
    assertThat(template.run() == null || !template.run().command().isEmpty()).isTrue();
  }

  static List<Path> shipped() throws IOException {
    try (Stream<Path> folders = Files.list(TEMPLATES)) {
      return folders.filter(Files::isDirectory).sorted().toList();
    }
  }

  @Test
  void everyKeyOfTheReadMeIsAKey() throws IOException {
    String readMe = Files.readString(TEMPLATES.resolve("README.md"));

    assertThat(read(TEMPLATES.resolve("python3")).aliases())
        .allMatch(alias -> readMe.contains("`" + alias + "`"));
    for (Class<?> part :
        List.of(Template.class, Template.Step.class, Template.Run.class, Template.Image.class)) {
      for (var component : part.getRecordComponents()) {
        String key = component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
        assertThat(readMe).as(key).contains(key);
      }
    }
  }

  @Test
  void thePythonTemplateSaysWhatItShould() throws IOException {
    Template python = read(TEMPLATES.resolve("python3"));

    assertThat(python.aliases()).containsExactly("python3.9", "python3.10");
    assertThat(python.requireRun().environment()).containsKey("PYTHONPATH");
    assertThat(python.requireRun().portFixed()).isEqualTo(Template.PortFixed.UNLESS_NAMED);
    assertThat(python.build())
        .extracting(Template.Step::name)
        .containsExactly("initialize", "compile");
    assertThat(python.build().getFirst().network()).isEqualTo(Template.Network.REGISTRIES);
    assertThat(python.build().getLast().network()).isEqualTo(Template.Network.NONE);
  }

  @Test
  void whatIsNotSaidHasItsDefault() {
    Template small = TemplateFile.read(SMALL);

    assertThat(small.aliases()).isEmpty();
    assertThat(small.options()).isEmpty();
    assertThat(small.dependencies()).isNull();
    assertThat(small.requireRun().portFixed()).isEqualTo(Template.PortFixed.NEVER);
    assertThat(small.requireRun().environment()).isEmpty();
  }

  @Test
  void unknownKeysAndWrongValuesAreNamed() {
    assertThatThrownBy(() -> TemplateFile.read(SMALL + "colour: red\n"))
        .hasMessageContaining("colour is not a setting");
    assertThatThrownBy(() -> TemplateFile.read(SMALL.replace("port: 1", "port: many")))
        .hasMessageContaining("run.port = 'many'");
    assertThatThrownBy(() -> TemplateFile.read("about: [\n"))
        .hasMessageContaining("it is no YAML: line 2, column 1: ");
    assertThatThrownBy(() -> TemplateFile.read("about: small\n"))
        .hasMessageContaining("a template has either run or image");
    assertThatThrownBy(() -> TemplateFile.read(SMALL + "image:\n  dockerfile: Dockerfile\n"))
        .hasMessageContaining("a template has either run or image");
  }

  @Test
  void everythingThatABuildWouldStumbleOverIsSaidAtOnce() {
    String yaml =
        """
        about: small
        aliases: [Small]
        needs: [{program: /bin/run, debian: run}, {program: run, debian: "a\\nb c"}]
        requires: [{path: '${options.where}/', because: b, remedy: r}]
        code: [{from: ../secrets}]
        files: [{from: server.py}, {from: there.py}]
        build:
          - {name: compile, run: make, start-in: HOME, registry-trouble: '(refused'}
        run:
          command: [run]
          working-directory: ${code}
          port: 70000
        """;
    InvalidTemplate refused =
        catchThrowableOfType(
            InvalidTemplate.class, () -> TemplateFile.check(yaml, "there.py"::equals));

    assertThat(refused.problems())
        .satisfiesExactlyInAnyOrder(
            p -> assertThat(p).contains("'Small' is no name of a template"),
            p -> assertThat(p).contains("'/bin/run' is no program"),
            p -> assertThat(p).contains("b c' is no name of a Debian package"),
            p -> assertThat(p).contains("'../secrets' lies outside"),
            p -> assertThat(p).contains("the template's folder has no 'server.py'"),
            p -> assertThat(p).contains("names the option where"),
            p -> assertThat(p).contains("starts in 'HOME'").contains("CODE, DEPENDENCIES"),
            p -> assertThat(p).contains("step 'compile' is no regular expression"),
            p -> assertThat(p).contains("run.port = 70000"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"about: &a [*a]", "about: &a {b: *a}", "about: DEEP"})
  void whatIsTooDeepIsRefusedBeforeItIsFollowed(String yaml) {
    assertThatThrownBy(() -> TemplateFile.read(yaml.replace("DEEP", "[".repeat(100_000))))
        .isInstanceOf(InvalidTemplate.class)
        .hasMessageContaining("more than 12 levels");
  }

  @Test
  void unknownWrongAndMissingKeysAreSaidTogether() {
    assertThatThrownBy(() -> TemplateFile.read("colour: red\nrun:\n  command: []\n  port: 1\n"))
        .hasMessageContaining("colour is not a setting")
        .hasMessageContaining("about is missing")
        .hasMessageContaining("run.command is missing")
        .hasMessageContaining("run.working-directory is missing");
  }

  private static Template read(Path folder) throws IOException {
    return TemplateFile.check(
        Files.readString(folder.resolve(TemplateFile.NAME)),
        file -> Files.exists(folder.resolve(file)));
  }
}
