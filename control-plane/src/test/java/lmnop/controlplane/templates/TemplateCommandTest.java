package lmnop.controlplane.templates;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import lmnop.controlplane.accounts.Misused;
import lmnop.controlplane.accounts.Refused;
import lmnop.operations.archive.Digest;
import lmnop.operations.archive.TarReader;
import lmnop.operations.database.Database;
import lmnop.testkit.RequiresTool;
import lmnop.testkit.TestDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@SuppressWarnings("NullAway.Init")
class TemplateCommandTest {
  private static final Duration ANSWER = Duration.ofSeconds(20);
  private static final String TEMPLATE =
      """
      about: Any program.
      aliases: [anything]
      needs: [{program: cobc, debian: gnucobol}]
      code: [{from: .}]
      files: [{from: start.sh}]
      run: {command: ['${code}/start.sh'], working-directory: '${code}', port: 8080}
      """;

  @TempDir Path temp;
  private TestDatabase postgres;
  private Database database;
  private Path folder;
  private Templates templates;

  @BeforeEach
  void start() throws IOException {
    postgres = new TestDatabase();
    database = postgres.as("lmnop_control");
    Path builtIn = Files.createDirectories(temp.resolve("templates/python3"));
    Files.writeString(builtIn.resolve("template.yml"), "aliases: [python3.9]\n");
    folder = Files.createDirectory(temp.resolve("any"));
    Files.writeString(folder.resolve("template.yml"), TEMPLATE);
    Files.writeString(folder.resolve("start.sh"), "#!/bin/sh\n");
    templates = new Templates(temp.resolve("templates"), database);
  }

  @AfterEach
  void stop() {
    database.close();
    postgres.close();
  }

  private List<String> template(String... arguments) throws IOException {
    List<String> lines = new ArrayList<>();
    new TemplateCommand(
            new AddedTemplates(database, temp.resolve("templates"), temp.resolve("data")),
            lines::add)
        .run(arguments);
    return lines;
  }

  private NamedTemplate named(String name) {
    return Objects.requireNonNull(templates.named(name).block(ANSWER));
  }

  private byte[] content(NamedTemplate template) throws IOException {
    return Objects.requireNonNull(templates.content(template.digest().toString()).block(ANSWER))
        .getContentAsByteArray();
  }

  private long number(String statement) {
    return Objects.requireNonNull(
        database
            .one(statement, Map.of(), row -> Objects.requireNonNull(row.get(0, Long.class)))
            .block(ANSWER));
  }

  /** A function that runs a revision which this template built. */
  private void useIt(String template) {
    postgres.execute(
        """
        SET search_path = lmnop;
        INSERT INTO owners (id, name) VALUES (1, 'default');
        INSERT INTO functions (id, owner_id, name) VALUES (1, 1, 'hello');
        INSERT INTO revisions (id, function_id, number, artifact, template, spec, policy)
          VALUES (1, 1, 1, 'bundle@sha256:0', '%s', '{}', '{}');
        INSERT INTO traffic (function_id, revision_id, namespace, workload, weight)
          VALUES (1, 1, 'default', 'hello-1', 100);
        """
            .formatted(template));
  }

  @Test
  void aFolderBecomesATemplateThatPushesMayName() throws Exception {
    List<String> said = template("add", "any", folder.toString());

    assertThat(said.getFirst()).contains("Template any is there").contains(folder.toString());
    assertThat(said).anyMatch(line -> line.contains("cobc (Debian: gnucobol)"));
    assertThat(templates.names()).contains("any", "anything", "python3", "python3.9");
    NamedTemplate any = named("anything");
    assertThat(any.name()).isEqualTo("any");
    assertThat(Digest.of(content(any))).isEqualTo(any.digest());
    Path unpacked = Files.createDirectory(temp.resolve("unpacked"));
    TarReader.unpack(new ByteArrayInputStream(content(any)), unpacked, TarReader.Budget.TEMPLATE);
    assertThat(unpacked.resolve("start.sh")).hasContent("#!/bin/sh");
    assertThat(temp.resolve("data/template-needs/any")).hasContent("cobc gnucobol");
    assertThat(template("list"))
        .anyMatch(line -> line.startsWith("python3 ") && line.endsWith(" lmnop"))
        .anyMatch(line -> line.startsWith("any, anything ") && line.endsWith(folder.toString()));
    assertThat(number("SELECT count(*) FROM audit WHERE action = 'template.added'")).isOne();
  }

  @Test
  void anUpdateChangesTheNameAndLeavesWhatWasBuiltWithTheOldContent() throws Exception {
    template("add", "any", folder.toString());
    useIt("any");
    NamedTemplate before = named("any");
    assertThat(template("update", "any")).containsExactly("any is unchanged.");
    Files.writeString(folder.resolve("start.sh"), "#!/bin/sh\necho new\n");

    List<String> said = template("update");

    assertThat(said.getFirst()).contains(before.digest().hex().substring(0, 12));
    assertThat(said.getLast()).contains("next push").endsWith(": default/hello");
    assertThat(named("any").digest()).isNotEqualTo(before.digest());
    assertThat(Digest.of(content(before))).as("a build may wait for it").isEqualTo(before.digest());
    postgres.execute("UPDATE lmnop.template_contents SET used_at = now() - interval '2 days'");
    assertThat(template("update")).containsExactly("any is unchanged.");
    Files.writeString(folder.resolve("start.sh"), "#!/bin/sh\necho newer\n");
    template("update");
    assertThat(number("SELECT count(*) FROM template_contents")).isEqualTo(2);
  }

  @Test
  void anUpdateThatCannotBeUsedLeavesTheTemplateAsItIs() throws Exception {
    template("add", "any", folder.toString());
    NamedTemplate before = named("any");
    Files.delete(folder.resolve("start.sh"));
    assertThatThrownBy(() -> template("update"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("any stays as it is")
        .hasMessageContaining("has no 'start.sh'");
    assertThat(named("any")).isEqualTo(before);
  }

  @Test
  void aTemplateInUseIsRemovedOnlyIfItIsMeant() throws Exception {
    template("add", "any", folder.toString());
    useIt("any");
    assertThatThrownBy(() -> template("remove", "any"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("used by default/hello")
        .hasMessageContaining("--force");
    assertThat(template("remove", "any", "--force").getFirst()).contains("goes on running");
    assertThat(templates.names()).doesNotContain("any", "anything").contains("python3");
    assertThatThrownBy(() -> templates.named("any").block(ANSWER)).isInstanceOf(NoTemplate.class);
    assertThat(temp.resolve("data/template-needs/any")).doesNotExist();
  }

  @Test
  void everythingThatIsWrongWithATemplateIsSaidAtOnce() throws Exception {
    Files.writeString(
        folder.resolve("template.yml"),
        TEMPLATE
            .replace("start.sh}", "no.sh}")
            .replace("port: 8080", "port: 0")
            .replace("gnucobol", "\"\\e[2Jgnucobol\""));
    assertThatThrownBy(() -> template("add", "any", folder.toString()))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("'gnucobol' is no name of a Debian package")
        .hasMessageContaining("has no 'no.sh'")
        .hasMessageContaining("run.port = 0");
    Files.delete(folder.resolve("template.yml"));
    assertThatThrownBy(() -> template("add", "any", folder.toString()))
        .hasMessageContaining("the file template.yml is missing");
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "python3, 'python3' is one that comes with lmnop",
        "python3.9, 'python3.9' is one that comes with lmnop",
        "Any, is no name for a template",
        "../any, is no name for a template",
        "first, There is a template first already",
        "anything, 'anything' is that of first",
        "second, 'anything' is that of first",
      })
  void aTemplateTakesNoOthersName(String name, String words) throws Exception {
    template("add", "first", folder.toString());
    assertThatThrownBy(() -> template("add", name, folder.toString()))
        .isInstanceOf(Refused.class)
        .hasMessageContaining(words);
    assertThat(number("SELECT count(*) FROM templates")).isOne();
  }

  @ParameterizedTest
  @CsvSource({
    "http://example.org/x, is neither https:// nor file:///",
    "ssh://git@example.org/x, is neither https:// nor file:///",
    "https://me:secret@example.org/x, has no password",
    "/nowhere/at/all, is no folder of this machine",
    "git@example.org:x, a git repository is written https://",
  })
  void onlyWhatNobodyOnTheWayCanChangeIsRead(String from, String words) {
    assertThatThrownBy(() -> template("add", "x", from))
        .isInstanceOf(Refused.class)
        .hasMessageContaining(words)
        .hasMessageNotContaining("secret");
  }

  @Test
  void aFolderWithARepositoryInItAndOneThatIsNoneOfATemplateAreRefused() throws Exception {
    Files.createDirectory(folder.resolve(".git"));
    assertThatThrownBy(() -> template("add", "any", folder.toString()))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("stands for .git");
    Path large = Files.createDirectory(temp.resolve("large"));
    Files.write(large.resolve("disk.img"), new byte[9 << 20]);
    assertThatThrownBy(() -> template("add", "any", large.toString()))
        .hasMessageContaining("or 8 MiB, which no template needs");
    Path linked = Files.createDirectory(temp.resolve("linked"));
    Path link = Files.createSymbolicLink(linked.resolve("passwords"), Path.of("/etc/passwd"));
    assertThatThrownBy(() -> template("add", "any", linked.toString()))
        .hasMessageContaining("leads out of");
    Files.delete(link);
    Files.createSymbolicLink(link, Path.of("nowhere"));
    assertThatThrownBy(() -> template("add", "any", linked.toString()))
        .hasMessageContaining("'passwords' in it is neither file nor folder, nor a link to one.");
    Files.delete(link);
    Files.write(linked.resolve("template.yml"), new byte[] {(byte) 0xff, (byte) 0xfe});
    assertThatThrownBy(() -> template("add", "any", linked.toString()))
        .hasMessageContaining("the file template.yml is not UTF-8");
  }

  @Test
  @RequiresTool("git")
  void aRepositoryIsPinnedByItsCommitUntilItIsUpdated() throws Exception {
    Path repository = temp.resolve("repository");
    git("init", "-q", "-b", "main", repository.toString());
    Files.createDirectories(repository.resolve("all/any"));
    Files.writeString(repository.resolve("all/any/template.yml"), TEMPLATE);
    Files.writeString(repository.resolve("all/any/start.sh"), "#!/bin/sh\n");
    git("-C", repository.toString(), "add", "-A");
    git("-C", repository.toString(), "commit", "-q", "-m", "one");

    List<String> said = template("add", "any", "file://" + repository, "--folder", "./all/any/");

    assertThat(said.getFirst()).contains(", commit ").contains("file://" + repository + " all/any");
    NamedTemplate before = named("any");
    Files.writeString(repository.resolve("all/any/start.sh"), "#!/bin/sh\necho\n");
    assertThat(template("update").getFirst()).startsWith("any is unchanged, commit ");
    git("-C", repository.toString(), "commit", "-q", "-a", "-m", "two");
    assertThat(template("update").getFirst()).contains("it was " + shortened(before));
    assertThat(named("any").digest()).isNotEqualTo(before.digest());
  }

  private static String shortened(NamedTemplate template) {
    return template.digest().hex().substring(0, 12);
  }

  private void git(String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(List.of("git", "-c", "user.name=Ada", "-c", "user.email=ada@example.com"));
    command.addAll(List.of(arguments));
    Process git = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(git.waitFor()).as(said).isZero();
  }

  @Test
  void theSettingsAddWhatIsMissingAndUpdateNothing() throws Exception {
    Path other = Files.createDirectory(temp.resolve("other"));
    Map<String, ListedTemplate> wanted =
        Map.of(
            "any", new ListedTemplate(folder.toString(), null, null),
            "broken", new ListedTemplate(other.toString(), null, null));
    ListedTemplates listed =
        new ListedTemplates(
            new AddedTemplates(database, temp.resolve("templates"), temp.resolve("data")), wanted);
    listed.add();
    assertThat(templates.names()).contains("any").doesNotContain("broken");
    NamedTemplate before = named("any");
    Files.writeString(folder.resolve("start.sh"), "#!/bin/sh\necho new\n");
    Files.writeString(
        other.resolve("template.yml"),
        TEMPLATE.replace("anything", "whole").replace("files: [{from: start.sh}]\n", ""));
    listed.add();
    assertThat(named("any")).isEqualTo(before);
    assertThat(templates.names()).contains("broken", "whole");
    new ListedTemplates(
            new AddedTemplates(database, temp.resolve("templates"), temp.resolve("data")),
            Map.of("broken", new ListedTemplate(folder.toString(), null, null)))
        .add();
    assertThat(named("broken").digest())
        .as("its alias is that of any")
        .isNotEqualTo(before.digest());
    assertThat(number("SELECT count(*) FROM templates")).isEqualTo(2);
  }

  @Test
  void aCommandLineThatIsNotUnderstoodSaysWhatIsExpected() {
    for (String[] wrong :
        new String[][] {
          {},
          {"sing"},
          {"add"},
          {"add", "x"},
          {"list", "x"},
          {"add", "x", "y", "z"},
          {"add", "x", "y", "--ref"},
          {"update", "--force"},
          {"remove"}
        }) {
      assertThatThrownBy(() -> template(wrong))
          .isInstanceOf(Misused.class)
          .hasMessageContaining("template list · template add NAME FOLDER|URL");
    }
  }
}
