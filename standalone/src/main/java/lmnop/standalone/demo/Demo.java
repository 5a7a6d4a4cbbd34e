package lmnop.standalone.demo;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.Locale;
import java.util.stream.Stream;
import lmnop.standalone.apps.Credentials;
import lmnop.standalone.apps.Hosts;
import lmnop.standalone.apps.Urls;
import lmnop.standalone.data.Options;
import lmnop.standalone.terminal.Terminal;
import lmnop.standalone.terminal.Terminal.Tone;

/**
 * Pushes an example as a user would, calls it, and says of each step whether it was seen to work.
 */
public final class Demo {
  private static final String EXAMPLE = "examples/hello-python";
  private static final String FUNCTION = "hello";
  private static final Duration LONGEST_CALL = Duration.ofSeconds(30);
  private static final int OK = 200;

  private final Options options;
  private final Urls urls;
  private final Credentials credentials;
  private final Terminal terminal;

  public Demo(Options options, Urls urls, Credentials credentials, Terminal terminal) {
    this.options = options;
    this.urls = urls;
    this.credentials = credentials;
    this.terminal = terminal;
  }

  /** One step; true if it was seen to work. */
  @FunctionalInterface
  private interface Step {
    boolean take() throws IOException, InterruptedException;
  }

  /** Takes every step; the first that fails is the last. True if all were seen to work. */
  public boolean run() throws InterruptedException {
    terminal.line(terminal.toned(Tone.STRONG, "Demo"));
    Path workTree;
    try {
      workTree = Files.createTempDirectory("lmnop-demo");
    } catch (IOException e) {
      terminal.line("  there is no temporary folder: " + e.getMessage());
      return false;
    }
    try {
      Git git =
          new Git(
              workTree,
              credentials.adminPassword().path(),
              Hosts.PORTAL + ":" + options.ports().router());
      return step("copied " + EXAMPLE + " into a git repository", () -> prepare(git, workTree))
          && step("pushed it to " + urls.remote(FUNCTION), () -> push(git))
          && step("called " + urls.function(FUNCTION), this::call);
    } finally {
      remove(workTree);
    }
  }

  private boolean step(String done, Step step) throws InterruptedException {
    long begin = System.nanoTime();
    boolean worked;
    try {
      worked = step.take();
    } catch (IOException e) {
      terminal.line("    " + e.getMessage());
      worked = false;
    }
    String seconds = String.format(Locale.ROOT, "%.1f s", (System.nanoTime() - begin) / 1e9);
    terminal.line(
        worked
            ? "  " + terminal.toned(Tone.GOOD, "✓") + " " + done + " (" + seconds + ")"
            : "  " + terminal.toned(Tone.BAD, "✗") + " failed: " + done + " (" + seconds + ")");
    return worked;
  }

  /** A new history, or, where the function is there already, one more commit upon its history. */
  private boolean prepare(Git git, Path workTree) throws IOException {
    copy(options.home().resolve(EXAMPLE), workTree);
    Files.writeString(
        workTree.resolve("demo.txt"), "Pushed by the demo at " + Instant.now() + "\n");
    if (!quietly(git, "init") || !quietly(git, "remote", "add", "origin", urls.remote(FUNCTION))) {
      return false;
    }
    if (git.run(line -> {}, "fetch", "--quiet", "origin", "main")
        && !quietly(git, "reset", "--quiet", "--soft", "FETCH_HEAD")) {
      return false;
    }
    return quietly(git, "add", "--all")
        && quietly(git, "commit", "--quiet", "-m", "The demo's function");
  }

  private boolean push(Git git) throws IOException {
    terminal.line(
        "    " + terminal.toned(Tone.FIRST, "git push " + urls.remote(FUNCTION) + " main"));
    return git.run(line -> terminal.line("    " + line), "push", "origin", "HEAD:refs/heads/main");
  }

  /** Shows what a command printed only if it failed. */
  private boolean quietly(Git git, String... arguments) throws IOException {
    Deque<String> lines = new ArrayDeque<>();
    boolean worked = git.run(lines::add, arguments);
    if (!worked) {
      lines.forEach(line -> terminal.line("    " + line));
    }
    return worked;
  }

  /** Calls the URL at 127.0.0.1 under the function's host, as a browser does. */
  private boolean call() throws IOException, InterruptedException {
    System.setProperty("jdk.httpclient.allowRestrictedHeaders", "host");
    URI url = URI.create(urls.function(FUNCTION));
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> answer =
          client.send(
              HttpRequest.newBuilder(
                      URI.create("http://127.0.0.1:" + url.getPort() + url.getPath()))
                  .header("Host", url.getAuthority())
                  .timeout(LONGEST_CALL)
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      terminal.line("    HTTP " + answer.statusCode());
      answer.body().lines().limit(10).forEach(line -> terminal.line("    " + line));
      return answer.statusCode() == OK;
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    if (!Files.isDirectory(from)) {
      throw new IOException("the example " + from + " is missing");
    }
    try (Stream<Path> paths = Files.walk(from)) {
      for (Path path : paths.filter(p -> !p.equals(from)).toList()) {
        Files.copy(path, to.resolve(from.relativize(path)));
      }
    }
  }

  private static void remove(Path tree) {
    try (Stream<Path> paths = Files.walk(tree)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      tree.toFile().deleteOnExit(); // the system empties its temporary folder anyway
    }
  }
}
