package lmnop.loadtest.platform;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A git repository of a function's source, pushed with the real git. */
public final class WorkTree {
  /** How a push ended, with all that git printed. */
  public record Pushed(boolean succeeded, String output) {}

  private static final String PROGRAM =
      """
      import asyncio, os

      ANSWER = b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n%s"
      BODY = b"version VERSION"

      async def serve(reader, writer):
          try:
              while True:
                  await reader.readuntil(b"\\r\\n\\r\\n")
                  writer.write(ANSWER % (len(BODY), BODY))
                  await writer.drain()
          except (asyncio.IncompleteReadError, ConnectionError):
              pass
          finally:
              writer.close()

      async def main():
          port = int(os.environ.get("PORT", "5000"))
          server = await asyncio.start_server(serve, "127.0.0.1", port, backlog=1024)
          await server.serve_forever()

      asyncio.run(main())
      """;

  private final Path folder;
  private final Path passwordFile;

  /** Makes an empty repository in a folder. */
  public WorkTree(Path folder, Path passwordFile) throws IOException {
    this.folder = folder;
    this.passwordFile = passwordFile;
    Files.createDirectories(folder);
    git("init", "-q", "-b", "main");
  }

  /** Writes a Python function that answers {@code version <text>}. */
  public WorkTree python(String version) throws IOException {
    file("function.yml", "template: python3\nlimits:\n  cpu: 1000m\n");
    file("function/main.py", PROGRAM.replace("VERSION", version));
    return program("entrypoint", "#!/bin/sh\nexec python3 main.py\n");
  }

  /** Writes a file that can be executed. */
  public WorkTree program(String name, String content) throws IOException {
    file(name, content);
    Files.setPosixFilePermissions(
        folder.resolve(name), PosixFilePermissions.fromString("rwxr-xr-x"));
    return this;
  }

  /** Where it is. */
  public Path folder() {
    return folder;
  }

  /** Sets one of git's settings of this repository. */
  public WorkTree configure(String key, String value) throws IOException {
    git("config", key, value);
    return this;
  }

  /** Copies everything that is in another folder. */
  public WorkTree copy(Path other) throws IOException {
    try (Stream<Path> files = Files.walk(other)) {
      for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        Path target = folder.resolve(other.relativize(file));
        Files.createDirectories(target.getParent());
        Files.copy(file, target, StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
    return this;
  }

  /** Writes a file. */
  public WorkTree file(String name, String content) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
    return this;
  }

  /** Removes a file. */
  public WorkTree without(String name) throws IOException {
    Files.delete(folder.resolve(name));
    return this;
  }

  /** Commits everything. */
  public WorkTree commit(String message) throws IOException {
    git("add", "-A");
    git("commit", "-q", "--allow-empty", "-m", message);
    return this;
  }

  /** Pushes {@code main}. */
  public Pushed push(String remote) throws IOException {
    return push(remote, "main");
  }

  /** Pushes what a refspec names. */
  public Pushed push(String remote, String refspec) throws IOException {
    return push(remote, refspec, passwordFile);
  }

  /** Pushes {@code main} with the password of a file. */
  public Pushed push(String remote, Path password) throws IOException {
    return push(remote, "main", password);
  }

  private Pushed push(String remote, String refspec, Path password) throws IOException {
    return run(
        "-c",
        "credential.helper=!f() { echo username=admin; echo \"password=$(cat '"
            + password
            + "')\"; }; f",
        "push",
        remote,
        refspec);
  }

  private void git(String... arguments) throws IOException {
    Pushed done = run(arguments);
    if (!done.succeeded()) {
      throw new IOException("git " + String.join(" ", arguments) + ": " + done.output());
    }
  }

  private Pushed run(String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of("git", "-c", "user.name=nobody", "-c", "user.email=nobody@example.com"));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> name.startsWith("GIT_"));
    environment.put("GIT_CONFIG_GLOBAL", "/dev/null");
    environment.put("GIT_CONFIG_NOSYSTEM", "1");
    environment.put("GIT_TERMINAL_PROMPT", "0");
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      return new Pushed(process.waitFor(5, TimeUnit.MINUTES) && process.exitValue() == 0, output);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Pushed(false, output);
    }
  }
}
