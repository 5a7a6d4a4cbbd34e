package lmnop.standalone.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import lmnop.standalone.processes.Lines;

/**
 * The real git in one work tree, with nothing of the user's own configuration. The password comes
 * from its file by a credential helper, so it is on no command line.
 */
final class Git {
  private static final long LONGEST_COMMAND = 10; // minutes: a first push installs dependencies

  private final Path workTree;
  private final List<String> configuration;

  /**
   * @param host the portal's name and port, which is found at 127.0.0.1 whatever the resolver says
   */
  Git(Path workTree, Path passwordFile, String host) {
    this.workTree = workTree;
    String quoted = "'" + passwordFile.toString().replace("'", "'\\''") + "'";
    this.configuration =
        List.of(
            "user.name=lmnop demo",
            "user.email=demo@localhost",
            "init.defaultBranch=main",
            "http.proxy=",
            "http.curloptResolve=" + host + ":127.0.0.1",
            "credential.helper=",
            "credential.helper=!f() { echo username=admin; echo \"password=$(cat "
                + quoted
                + ")\"; }; f");
  }

  /** Runs a git command and hands on each line that it prints; true if it ended well. */
  boolean run(Consumer<String> lines, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("git"));
    for (String entry : configuration) {
      command.addAll(List.of("-c", entry));
    }
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(workTree.toFile()).redirectErrorStream(true);
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> name.startsWith("GIT_"));
    environment.put("GIT_CONFIG_GLOBAL", "/dev/null");
    environment.put("GIT_CONFIG_NOSYSTEM", "1");
    environment.put("GIT_TERMINAL_PROMPT", "0");
    Process process = builder.start();
    try {
      process.getOutputStream().close();
      Lines.pump(process.getInputStream(), line -> lines.accept(line.stripTrailing()));
      return process.waitFor(LONGEST_COMMAND, TimeUnit.MINUTES) && process.exitValue() == 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }
}
