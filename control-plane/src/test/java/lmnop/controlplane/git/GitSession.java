package lmnop.controlplane.git;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One person with git at one server: what they do, and what they see of it.
 *
 * <p>What the same actions show at two servers can be compared: commits have the same dates and so
 * the same names, and what is different by nature is left out, which is the URL, what the server
 * says in words of its own, and how far something has come.
 */
final class GitSession {
  private static final Pattern ITS_OWN_WORDS =
      Pattern.compile("(?m)^(remote:|warning: redirecting|hint:).*\\R?");
  private static final Pattern REASON =
      Pattern.compile("(?m)(\\[remote rejected\\].*|fatal: remote error):? .*$");
  private static final Pattern HOST = Pattern.compile("127\\.0\\.0\\.1:\\d+");
  private static final int LONGEST_SECONDS = 120;
  private static final long FIRST_SECOND = 1_700_000_000;

  private final Path folder;
  private final String url;
  private final String protocol;
  private final List<String> seen = new ArrayList<>();
  private Path here;
  private long commits;

  GitSession(Path folder, String url, String protocol) throws IOException {
    this.folder = Files.createDirectories(folder);
    this.here = this.folder;
    this.url = url;
    this.protocol = protocol;
  }

  /** All that was seen until now, one line for each action. */
  String seen() {
    return String.join("\n", seen);
  }

  String url() {
    return url;
  }

  /** Goes on in another working copy; made if there is none. */
  GitSession in(String name) throws IOException {
    here = Files.createDirectories(folder.resolve(name));
    if (!Files.exists(here.resolve(".git"))) {
      silent("init", "-q", "--template=", "-b", "main");
    }
    return this;
  }

  /** The same in another folder, which then has all that was made here. */
  GitSession copy(Path to, String toUrl, String withProtocol) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(file -> !file.equals(folder)).toList()) {
        Files.copy(file, to.resolve(folder.relativize(file)), StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
    GitSession copy = new GitSession(to, toUrl, withProtocol);
    copy.commits = commits;
    return copy;
  }

  /** Goes on where there is nothing yet, to clone. */
  GitSession nowhere(String name) throws IOException {
    here = Files.createDirectories(folder.resolve(name));
    return this;
  }

  GitSession commit(String file, String content) throws IOException {
    Path path = here.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, content);
    silent("add", "-A");
    commits++;
    silent("commit", "-q", "-m", "commit " + commits);
    return this;
  }

  /** Makes so many small commits at once. */
  GitSession commits(int count) throws IOException {
    StringBuilder stream = new StringBuilder();
    String from = run("rev-parse", "HEAD").output().strip();
    for (int i = 0; i < count; i++) {
      stream
          .append("commit refs/heads/main\ncommitter Ada <ada@example.com> ")
          .append(FIRST_SECOND + 1000 + i)
          .append(" +0000\ndata 1\nx\n");
      if (i == 0) {
        stream.append("from ").append(from).append('\n');
      }
      stream.append("M 644 inline many.txt\ndata <<E\n").append(i).append("\nE\n\n");
    }
    feed(stream.toString(), "fast-import", "--quiet");
    silent("reset", "-q", "--hard");
    return this;
  }

  /** Makes so many tags of the newest commit. */
  GitSession tags(int count) throws IOException {
    String head = run("rev-parse", "HEAD").output().strip();
    StringBuilder refs = new StringBuilder();
    for (int i = 0; i < count; i++) {
      refs.append("create refs/tags/many-%04d %s%n".formatted(i, head));
    }
    feed(refs.toString(), "update-ref", "--stdin");
    return this;
  }

  /** Runs git, which is to succeed at every server, and remembers nothing. */
  GitSession silent(String... arguments) throws IOException {
    Work.Run run = run(arguments);
    if (!run.succeeded()) {
      throw new AssertionError(
          "git " + String.join(" ", arguments) + " ended with " + run.exit() + "\n" + run.output());
    }
    return this;
  }

  /** Runs git and remembers how it ended and what it said. */
  GitSession git(String... arguments) throws IOException {
    Work.Run run = run(arguments);
    String told = ITS_OWN_WORDS.matcher(neutral(run.output())).replaceAll("");
    told = REASON.matcher(told).replaceAll("$1");
    seen.add(neutral("git " + String.join(" ", arguments)) + " -> " + run.exit());
    seen.add(told.strip().indent(4).stripTrailing());
    return this;
  }

  private String neutral(String text) {
    return HOST.matcher(text.replace(url, "URL").replace(url.replaceAll("//.*@", "//"), "URL"))
        .replaceAll("HOST");
  }

  /** Remembers what the server has, and what this working copy has. */
  void look() throws IOException {
    git("ls-remote", url);
    git("for-each-ref", "--format=%(refname) %(objectname)");
    git("rev-list", "--all", "--objects", "--count");
  }

  private Work.Run run(String... arguments) throws IOException {
    return feed("", arguments);
  }

  private Work.Run feed(String input, String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(List.of("-c", "protocol.version=" + protocol, "-c", "gc.auto=0"));
    command.addAll(Arrays.asList(arguments));
    String date = (FIRST_SECOND + commits) + " +0000";
    ProcessBuilder builder =
        Work.prepare(
            here,
            Map.of("GIT_AUTHOR_DATE", date, "GIT_COMMITTER_DATE", date),
            command.toArray(String[]::new));
    Path output = Files.createTempFile("lmnop-git", ".out");
    try {
      Process process = builder.redirectOutput(output.toFile()).start();
      process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().close();
      if (!process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("git did not end: " + command + Files.readString(output));
      }
      return new Work.Run(process.exitValue(), lines(Files.readString(output)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    } finally {
      Files.delete(output);
    }
  }

  /** Lines that a progress display wrote over are only their end. */
  private static String lines(String output) {
    return output
        .lines()
        .map(line -> line.substring(line.lastIndexOf('\r') + 1))
        .collect(Collectors.joining("\n"));
  }
}
