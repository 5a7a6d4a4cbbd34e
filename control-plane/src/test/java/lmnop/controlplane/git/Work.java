package lmnop.controlplane.git;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Somebody's working copy, and the real git in it. */
final class Work {
  static final String PYTHON = "template: python3\n";

  /** How a run of git ended. */
  record Run(int exit, String output) {
    boolean succeeded() {
      return exit == 0;
    }
  }

  final Path folder;

  private Work(Path folder) {
    this.folder = folder;
  }

  /** A new repository on branch main without a commit. */
  static Work init(Path parent) {
    try {
      Work work = new Work(Files.createTempDirectory(parent, "work"));
      work.git("init", "-q", "-b", "main");
      return work;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A new repository with one commit that may be deployed. */
  static Work function(Path parent) {
    return init(parent).commit("function.yml", PYTHON);
  }

  /** A place that is no repository yet, to clone into. */
  static Work empty(Path parent) {
    try {
      return new Work(Files.createTempDirectory(parent, "clone"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Work write(String file, String content) {
    try {
      Path path = folder.resolve(file);
      Files.createDirectories(path.getParent());
      Files.writeString(path, content);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Work commit(String file, String content) {
    write(file, content);
    return commit();
  }

  Work commit() {
    git("add", "-A");
    git("commit", "-q", "--allow-empty", "-m", "work");
    return this;
  }

  /** Makes so many tags on the newest commit. */
  Work tags(int count) {
    String head = head();
    StringBuilder refs = new StringBuilder();
    for (int i = 0; i < count; i++) {
      refs.append("create refs/tags/v%04d %s%n".formatted(i, head));
    }
    feed(refs.toString(), "update-ref", "--stdin");
    return this;
  }

  /** Runs git, which must succeed, on an input, and gives its output. */
  String feed(String input, String... arguments) {
    try {
      Process process = start(Map.of(), arguments);
      try (OutputStream in = process.getOutputStream()) {
        in.write(input.getBytes(StandardCharsets.UTF_8));
      }
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new AssertionError(String.join(" ", arguments) + " failed:\n" + output);
      }
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  Run push(String url, String... arguments) {
    List<String> all = new ArrayList<>(List.of("push", url));
    all.addAll(List.of(arguments));
    return run(Map.of(), all.toArray(String[]::new));
  }

  String head() {
    return git("rev-parse", "HEAD").strip();
  }

  /** Runs git, which must succeed, and gives its output. */
  String git(String... arguments) {
    Run run = tryGit(arguments);
    if (!run.succeeded()) {
      throw new AssertionError(String.join(" ", arguments) + " failed:\n" + run.output());
    }
    return run.output();
  }

  /** Runs git; its output and its errors together. */
  Run tryGit(String... arguments) {
    return run(Map.of(), arguments);
  }

  Run run(Map<String, String> environment, String... arguments) {
    try {
      Process process = start(environment, arguments);
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("git did not end:\n" + output);
      }
      return new Run(process.exitValue(), output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  Process start(Map<String, String> environment, String... arguments) throws IOException {
    return prepare(folder, environment, arguments).start();
  }

  /** A run of git in a folder, for somebody who has no settings of their own. */
  static ProcessBuilder prepare(Path folder, Map<String, String> environment, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add("git");
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
    builder
        .environment()
        .putAll(
            Map.of(
                "HOME", folder.toString(),
                "GIT_CONFIG_NOSYSTEM", "1",
                "GIT_TERMINAL_PROMPT", "0",
                "GIT_AUTHOR_NAME", "Ada",
                "GIT_AUTHOR_EMAIL", "ada@example.com",
                "GIT_COMMITTER_NAME", "Ada",
                "GIT_COMMITTER_EMAIL", "ada@example.com",
                "LC_ALL", "C"));
    builder.environment().putAll(environment);
    return builder;
  }
}
