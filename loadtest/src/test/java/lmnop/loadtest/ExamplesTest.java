package lmnop.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
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
  private static final Path EXAMPLES = Path.of("..", "examples");

  private static final Map<String, String> WORDS =
      Map.of(
          "hello-dockerfile", "<h1>Hello from a Dockerfile</h1>",
          "hello-go", "Hello from Go",
          "hello-hugo", "<h1>Hello from Hugo</h1>",
          "hello-java", "Hello from Java",
          "hello-node", "Hello from Node.js",
          "hello-python", "Hello",
          "hello-react", "<title>Hello from React</title>",
          "hello-static", "<h1>Hello</h1>",
          "hello-typescript", "from Deno");

  @Test
  void everyExampleIsDeployedAndAnswersAndIsBuiltTheSameAgain() throws Exception {
    Path scratch = Files.createTempDirectory("lmnop-examples");
    try (BaseImages images = BaseImages.in(scratch.resolve("data"));
        PlatformUnderTest it = PlatformUnderTest.startIn(scratch);
        ExecutorService many = Executors.newVirtualThreadPerTaskExecutor()) {
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
    }
  }

  private static Path[] examples() throws IOException {
    try (Stream<Path> folders = Files.list(EXAMPLES)) {
      return folders.filter(Files::isDirectory).sorted().toArray(Path[]::new);
    }
  }

  private static Void deploy(PlatformUnderTest it, String name) throws Exception {
    WorkTree tree = it.tree(name).copy(EXAMPLES.resolve(name)).commit("one");
    push(it, tree, name);
    push(it, tree.commit("nothing changed"), name);
    return null;
  }

  private static void push(PlatformUnderTest it, WorkTree tree, String name) throws Exception {
    WorkTree.Pushed pushed = tree.push(it.platform.remote(name));
    assertThat(pushed.succeeded()).as(pushed.output()).isTrue();
    assertThat(it.platform.get(it.platform.function(name)).body())
        .as(name)
        .contains(String.valueOf(WORDS.get(name)));
  }
}
