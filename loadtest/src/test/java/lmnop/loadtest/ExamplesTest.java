package lmnop.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import lmnop.loadtest.load.SteadyLoad;
import lmnop.loadtest.platform.WorkTree;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every example, as somebody copies and pushes it, with its real dependencies. */
@RequiresTool({
  "git",
  "python3",
  "node",
  "npm",
  "go",
  "mvn",
  "root",
  "buildah",
  "busybox",
  "docker-registry"
})
@Timeout(600)
final class ExamplesTest {
  private static final int PER_SECOND = 10;
  private static final Path EXAMPLES = Path.of("..", "examples");

  private static final Map<String, String> WORDS =
      Map.of(
          "hello-dockerfile", "<h1>Hello from a Dockerfile</h1>",
          "hello-go", "Hello from Go",
          "hello-hugo", "<h1>Hello from Hugo</h1>",
          "hello-java", "Hello from Java",
          "hello-node", "Hello from Node.js",
          "hello-python", "Hello",
          "hello-secret", "Hello from a function with a secret: / is signed ",
          "hello-react", "<title>Hello from React</title>",
          "hello-static", "<h1>Hello</h1>",
          "hello-typescript", "from Deno");

  /** Under load all the while: pushed again, rolled back, and deleted without a trace. */
  @Test
  void everyExampleLivesItsWholeLife() throws Exception {
    Path scratch = Files.createTempDirectory("lmnop-examples");
    try (BaseImages images = BaseImages.in(scratch.resolve("data"));
        PlatformUnderTest it = PlatformUnderTest.startIn(scratch);
        ExecutorService many = Executors.newVirtualThreadPerTaskExecutor()) {
      Path key = Files.writeString(scratch.resolve("key"), "a key of the signer");
      it.operator("secret", "add", "hello-secret", "--file", key.toString());
      Map<String, Future<?>> deployed = new LinkedHashMap<>();
      for (Path example : examples()) {
        String name = String.valueOf(example.getFileName());
        deployed.put(name, many.submit(() -> deploy(it, name)));
      }
      assertThat(deployed.keySet())
          .as("each example has its words")
          .containsExactlyInAnyOrderElementsOf(WORDS.keySet());
      for (Future<?> one : deployed.values()) {
        one.get();
      }
      assertThat(it.number("SELECT count(*) FROM revisions")).isEqualTo(2L * WORDS.size());
      assertThat(it.number("SELECT count(DISTINCT artifact) FROM revisions"))
          .as("the same source, the same artifact")
          .isEqualTo(WORDS.size());
      for (String name : WORDS.keySet()) {
        said(it, "delete", name, "--yes");
      }
      it.assertNothingIsLeftOf(WORDS.keySet().toArray(String[]::new));
    }
  }

  /** Both are called; then one changes and the other does not; then one leaves. */
  @Test
  void theFunctionsOfAStackAreDeployedTogetherAndBuiltWhereTheyChanged() throws Exception {
    try (PlatformUnderTest it = PlatformUnderTest.start()) {
      WorkTree tree = it.tree("stack").copy(EXAMPLES.resolve("hello-stack"));
      pushed(it, tree, "two functions");
      serves(it, "greeter", "Hello from a stack");
      serves(it, "greeting-page", "<h1>Hello from a page of a stack</h1>");
      URI style = URI.create(it.platform.function("greeting-page") + "/style.css");
      assertThat(it.platform.get(style).body()).contains("h1 {");
      tree.file("page/public/index.html", "<h1>changed</h1>");
      assertThat(pushed(it, tree, "one changes"))
          .contains("greeter: unchanged, revision 1 goes on", "greeting-page: is built");
      serves(it, "greeter", "Hello from a stack");
      serves(it, "greeting-page", "<h1>changed</h1>");
      assertThat(it.number("SELECT count(*) FROM revisions")).isEqualTo(3);
      tree.file("stack.yml", "functions:\n  greeting-page:\n    handler: page\n");
      assertThat(pushed(it, tree, "one leaves"))
          .contains("greeter: is not in this commit any more", "greeter stops");
      assertThat(it.platform.get(it.platform.function("greeter")).statusCode()).isEqualTo(503);
      serves(it, "greeting-page", "<h1>changed</h1>");
      tree.file("page/function.yml", "template: static\nhealth: /not-there\n");
      assertThat(tree.commit("broken").push(it.platform.remote("stack")).succeeded()).isFalse();
      serves(it, "greeting-page", "<h1>changed</h1>");
    }
  }

  private static String pushed(PlatformUnderTest it, WorkTree tree, String message)
      throws IOException {
    WorkTree.Pushed pushed = tree.commit(message).push(it.platform.remote("stack"));
    assertThat(pushed.succeeded()).as(pushed.output()).isTrue();
    return pushed.output();
  }

  private static void serves(PlatformUnderTest it, String function, String words) throws Exception {
    assertThat(it.platform.get(it.platform.function(function)).body()).as(function).contains(words);
  }

  /** Those of one function. */
  private static Path[] examples() throws IOException {
    try (Stream<Path> folders = Files.list(EXAMPLES)) {
      return folders
          .filter(folder -> Files.exists(folder.resolve("function.yml")))
          .sorted()
          .toArray(Path[]::new);
    }
  }

  private static Void deploy(PlatformUnderTest it, String name) throws Exception {
    WorkTree tree = it.tree(name).copy(EXAMPLES.resolve(name)).commit("one");
    push(it, tree, name);
    SteadyLoad load = SteadyLoad.start(it.platform.function(name), PER_SECOND);
    push(it, tree.commit("nothing changed"), name);
    said(it, "rollback", name, "1");
    SteadyLoad.Report report = load.stop();
    assertThat(report.failures()).as(name + ": what failed of " + report.sent()).isEmpty();
    assertThat(it.platform.get(it.platform.function(name)).statusCode()).isEqualTo(200);
    return null;
  }

  private static void said(PlatformUnderTest it, String... words) throws Exception {
    PlatformUnderTest.Said said = it.operator(words);
    assertThat(said.exitCode()).as(said.output()).isZero();
  }

  private static void push(PlatformUnderTest it, WorkTree tree, String name) throws Exception {
    WorkTree.Pushed pushed = tree.push(it.platform.remote(name));
    assertThat(pushed.succeeded()).as(pushed.output()).isTrue();
    it.assertServesWords(name, String.valueOf(WORDS.get(name)), pushed);
  }
}
