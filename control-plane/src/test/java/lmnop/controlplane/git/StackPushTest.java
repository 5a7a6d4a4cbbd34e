package lmnop.controlplane.git;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import lmnop.controlplane.configuration.ConfiguredFunction;
import lmnop.controlplane.configuration.FunctionConfiguration.Build.Included;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Repositories of several functions, pushed by the real git. */
@RequiresTool("git")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
class StackPushTest {
  private static final String STACK =
      """
      functions:
        cart:
          lang: python3
          handler: ./cart
        site:
          handler: ./shop/site
      """;

  @TempDir Path folder;
  private GitServer server;

  @BeforeAll
  void start() {
    server = new GitServer();
  }

  @AfterAll
  void stop() throws Exception {
    server.close();
  }

  private Work shop() {
    return Work.init(folder)
        .write("stack.yml", STACK)
        .write("cart/main.py", "print()\n")
        .write("shop/site/function.yml", "template: static\n");
  }

  private Work.Run push(Work work, String name) {
    return work.commit().tryGit("push", server.url(name), "main");
  }

  private String refused(Work work, String name) {
    Work.Run push = push(work, name);
    assertThat(push.exit()).as(push.output()).isNotZero();
    return push.output();
  }

  @Test
  void eachFunctionIsMadeOfItsFolderAndChangesWithItAlone() {
    Work work = shop();
    assertThat(push(work, "shop").succeeded()).isTrue();
    var first = server.deployer.pushes.getLast().functions();
    assertThat(first)
        .extracting(function -> function.name().value())
        .containsExactly("cart", "site");
    assertThat(first).extracting(ConfiguredFunction::root).containsExactly("cart", "shop/site");
    assertThat(first.getFirst().source()).isEqualTo(work.git("rev-parse", "HEAD:cart").strip());
    work.write("shop/site/index.html", "new");
    assertThat(push(work, "shop").succeeded()).isTrue();
    var second = server.deployer.pushes.getLast().functions();
    assertThat(second.getFirst().source()).isEqualTo(first.getFirst().source());
    assertThat(second.getLast().source()).isNotEqualTo(first.getLast().source());
  }

  @Test
  void whatAFunctionIncludesChangesItAsItsOwnFilesDo() {
    Work work =
        shop()
            .write("stack.yml", STACK.replace("cart:", "till:").replace("site:", "window:"))
            .write("shop/site/function.yml", "template: static\nbuild: {include: [common]}\n")
            .write("common/style.css", "h1 {}");
    assertThat(push(work, "included").succeeded()).isTrue();
    var first = server.deployer.pushes.getLast().functions();
    assertThat(first.getLast().include()).containsExactly(new Included("common", "common"));
    work.write("common/style.css", "h2 {}");
    assertThat(push(work, "included").succeeded()).isTrue();
    var second = server.deployer.pushes.getLast().functions();
    assertThat(second.getFirst().source()).isEqualTo(first.getFirst().source());
    assertThat(second.getLast().source()).isNotEqualTo(first.getLast().source());
    work.write("shop/site/function.yml", "template: static\nbuild: {include: [style.css]}\n");
    assertThat(refused(work, "included"))
        .contains("shop/site/function.yml:2:")
        .contains("`build.include` is 'style.css', and this commit has no such file or folder");
  }

  @Test
  void bothFilesAtTheTopAreOneTooMany() {
    assertThat(refused(shop().write("function.yml", Work.PYTHON), "both"))
        .contains("remote: stack.yml names the functions of a repository")
        .contains("(stack.yml and function.yml are both there)");
  }

  @Test
  void anEmptyFileNamesNoFunction() {
    assertThat(refused(shop().write("stack.yml", ""), "empty"))
        .contains("remote: stack.yml:1:1: `functions` is missing")
        .contains("(stack.yml has an error)");
  }

  @Test
  void aLinkIsNoFolderOfAFunction() throws IOException {
    Work work = shop();
    Files.createSymbolicLink(work.folder.resolve("link"), Path.of("cart"));
    work.write("stack.yml", STACK.replace("./cart", "link"));
    assertThat(refused(work, "linked"))
        .contains("`functions.cart.handler` is 'link', and this commit has no such folder");
    work.write("stack.yml", STACK.replace("./cart", "link/inner"));
    assertThat(refused(work, "linked")).contains("'link/inner', and this commit has no such");
  }

  @Test
  void errorsOfAllFilesAreSaidInOnePush() {
    Work work =
        shop()
            .write("stack.yml", STACK.replace("./cart", "../..").replace("python3", "cobol"))
            .write("shop/site/function.yml", "template: static\nlimit: 1\n");
    assertThat(refused(work, "many"))
        .contains("remote: shop/site/function.yml:2:1: `limit` is not a key")
        .contains("remote: stack.yml:3:11: there is no template 'cobol'")
        .contains("remote: stack.yml:4:14: `functions.cart.handler` is '../..'; it leads upwards")
        .contains("(shop/site/function.yml and stack.yml have 3 errors)");
  }

  @Test
  void theOtherNameOfTheFileIsNotRead() {
    Work work = shop();
    work.git("add", "-A");
    work.git("mv", "stack.yml", "stack.yaml");
    assertThat(refused(work, "named")).contains("(stack.yaml is not read: rename it to stack.yml)");
  }
}
