package lmnop.loadtest.simulation;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import lmnop.loadtest.platform.Polling;
import lmnop.loadtest.platform.Site;
import lmnop.loadtest.platform.WorkTree;

/** The functions that simulations ask, pushed when they are first needed. */
final class Functions {
  private static final Duration LIVE_WITHIN = Duration.ofSeconds(10);
  private static final String CONFIGURATION =
      """
      template: python3
      limits:
        cpu: 1000m
        memory: 256Mi
      """;

  private final Site site;
  private final Path scratch;
  private final String program;
  private final Map<String, WorkTree> trees = new HashMap<>();

  Functions(Site site, Path scratch) throws IOException {
    this.site = site;
    this.scratch = scratch;
    try (InputStream source =
        Objects.requireNonNull(Functions.class.getResourceAsStream("main.py"), "main.py")) {
      this.program = new String(source.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** The name under which a function is pushed. */
  static String name(String use) {
    return "loadtest-" + use;
  }

  /** Pushes a function unless that was done. */
  void ready(String use) throws IOException {
    if (!trees.containsKey(use)) {
      push(use, String.valueOf(System.currentTimeMillis()));
    }
  }

  /** Pushes a revision of a function, and waits until it answers. */
  void push(String use, String version) throws IOException {
    WorkTree tree = trees.get(use);
    if (tree == null) {
      tree = new WorkTree(scratch.resolve(name(use)), site.passwordFile());
      trees.put(use, tree);
    }
    tree.python(version)
        .file("function.yml", CONFIGURATION)
        .file("function/main.py", program.replace("VERSION", version))
        .commit(version);
    WorkTree.Pushed pushed = tree.push(site.remote(name(use)));
    if (!pushed.succeeded()) {
      throw new IOException("the push was refused:\n" + pushed.output());
    }
    Polling.until(
        "revision " + version + " of " + name(use) + " answers",
        LIVE_WITHIN,
        () -> site.ask(name(use)).equals("version " + version));
  }
}
