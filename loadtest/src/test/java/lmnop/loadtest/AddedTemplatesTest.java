package lmnop.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import lmnop.loadtest.platform.WorkTree;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Templates that an operator adds to a platform that runs, from both places they can come from. */
@RequiresTool({"git", "python3"})
@Timeout(240)
final class AddedTemplatesTest {
  /** Serves the words of a file of the template and of a file of the function. */
  private static final String TEMPLATE =
      """
      about: Words in a file.
      aliases: [ALIAS]
      requires: [{path: words.txt, because: it is what is served, remedy: write and commit it}]
      needs: [{program: python3, debian: python3}NEED]
      code: [{from: words.txt}]
      files: [{from: greeting.txt}]
      build:
        - {name: joining, run: 'mkdir all && cat greeting.txt words.txt >all/index.html'}
      run:
        command: [/usr/bin/python3, -m, http.server, --bind, 127.0.0.1, --directory, '${code}/all', '8000']
        working-directory: ${code}
        port: 8000
        port-fixed: always
      """;

  private static PlatformUnderTest it;

  @BeforeAll
  static void start() throws IOException {
    it = PlatformUnderTest.start();
  }

  @AfterAll
  static void stop() throws Exception {
    it.close();
  }

  private static void template(Path folder, String alias, String need, String greeting)
      throws IOException {
    Files.createDirectories(folder);
    Files.writeString(
        folder.resolve("template.yml"), TEMPLATE.replace("ALIAS", alias).replace("NEED", need));
    Files.writeString(folder.resolve("greeting.txt"), greeting);
  }

  private static WorkTree function(String name, String template) throws IOException {
    return it.tree(name)
        .file("function.yml", "template: " + template + "\n")
        .file("words.txt", "world")
        .commit("one");
  }

  private static String operator(String... words) throws Exception {
    PlatformUnderTest.Said said = it.operator(words);
    assertThat(said.exitCode()).as(said.output()).isZero();
    return said.output();
  }

  private static String pushed(WorkTree tree, String name) throws Exception {
    WorkTree.Pushed pushed = tree.push(it.platform.remote(name));
    assertThat(pushed.succeeded()).as(pushed.output()).isTrue();
    return pushed.output();
  }

  private static String body(String name) throws Exception {
    return it.platform.get(it.platform.function(name)).body();
  }

  @Test
  void aTemplateOfARepositoryIsAddedAndUsedAndUpdatedAndRemoved() throws Exception {
    Path repository = it.scratch.resolve("templates");
    template(repository.resolve("words"), "wordy", "", "hello ");
    WorkTree theirs = new WorkTree(repository, it.platform.passwordFile()).commit("one");
    String url = "file://" + repository;
    assertThat(operator("template", "add", "words", url, "--folder", "words", "--ref", "main"))
        .contains("Template words is there", "python3 (Debian: python3)");
    WorkTree tree = function("spoken", "wordy");
    pushed(tree, "spoken");
    assertThat(body("spoken")).isEqualTo("hello world");

    template(repository.resolve("words"), "wordy", "", "goodbye ");
    theirs.commit("two");
    assertThat(operator("template", "update"))
        .contains("What runs stays as it is", "default/spoken");
    assertThat(body("spoken")).isEqualTo("hello world");
    assertThat(pushed(tree.commit("nothing changed"), "spoken"))
        .contains("different from revision 1 of spoken: artifact, commit, template");
    assertThat(body("spoken")).isEqualTo("goodbye world");
    assertThat(operator("rollback", "spoken", "1")).contains("spoken serves with revision 1");

    PlatformUnderTest.Said used = it.operator("template", "remove", "words");
    assertThat(used.exitCode()).isEqualTo(1);
    assertThat(used.output()).contains("words is used by default/spoken", "--force");
    operator("template", "remove", "words", "--force");
    WorkTree.Pushed refused = tree.commit("again").push(it.platform.remote("spoken"));
    assertThat(refused.succeeded()).isFalse();
    assertThat(refused.output()).contains("there is no template 'wordy'; available are");
    assertThat(it.platform.status(it.platform.function("spoken"))).isEqualTo(200);
  }

  @Test
  void ofAStackAnUpdateConcernsThoseFunctionsThatUseTheTemplate() throws Exception {
    Path folder = it.scratch.resolve("stacked");
    template(folder, "stacky", "", "hello ");
    operator("template", "add", "stacked", folder.toString());
    WorkTree tree =
        it.tree("stack")
            .file(
                "stack.yml",
                """
                functions:
                  stacked-words: {lang: stacky, handler: ./words}
                  stacked-page: {lang: static, handler: ./page}
                """)
            .file("words/words.txt", "world")
            .file("page/public/index.html", "page")
            .commit("one");
    pushed(tree, "stack");
    assertThat(body("stacked-words")).isEqualTo("hello world");
    assertThat(body("stacked-page")).isEqualTo("page");

    template(folder, "stacky", "", "goodbye ");
    assertThat(operator("template", "update", "stacked")).endsWith(": default/stacked-words\n");
    assertThat(pushed(tree.commit("nothing changed"), "stack"))
        .contains("stacked-words: is built", "stacked-page: unchanged, revision 1 goes on");
    assertThat(body("stacked-words")).isEqualTo("goodbye world");
    assertThat(body("stacked-page")).isEqualTo("page");
  }

  @Test
  void whatTheMachineLacksIsSaidBeforeAnythingIsBuilt() throws Exception {
    Path folder = it.scratch.resolve("lacking");
    template(
        folder,
        "lacks",
        ", {program: no-such-cobol, debian: gnucobol}, {program: no-such-ada, debian: gnat}",
        "");
    operator("template", "add", "lacking", folder.toString());
    WorkTree.Pushed refused = function("lacking", "lacking").push(it.platform.remote("lacking"));
    assertThat(refused.succeeded()).isFalse();
    assertThat(refused.output())
        .contains("needs no-such-cobol, no-such-ada", "its operator installs gnucobol gnat")
        .doesNotContain("joining");
    assertThat(it.platform.data().resolve("control-plane/template-needs/lacking"))
        .content()
        .contains("no-such-cobol gnucobol");
  }
}
