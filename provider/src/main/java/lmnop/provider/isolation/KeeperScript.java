package lmnop.provider.isolation;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import lmnop.operations.archive.Digest;
import lmnop.provider.artifacts.UnusableArtifact;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One of our shell scripts, written where a shell can read it.
 *
 * <p>A shell reads its script as it goes. So a script's name has its digest in it, and a keeper
 * that was started by an older provider goes on with its own.
 */
record KeeperScript(Path path) {
  private static final Logger log = LoggerFactory.getLogger(KeeperScript.class);

  static KeeperScript install(String name, Path directory) throws IOException {
    byte[] script;
    try (InputStream in = KeeperScript.class.getResourceAsStream("keeper-" + name + ".sh")) {
      if (in == null) {
        throw new IOException("keeper-" + name + ".sh is not in this jar");
      }
      script = in.readAllBytes();
    }
    String version = Digest.of(script).hex().substring(0, 12);
    Path path = directory.resolve("keeper-%s-%s.sh".formatted(name, version));
    Path fresh = directory.resolve(path.getFileName() + ".new");
    Files.write(fresh, script);
    Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    return new KeeperScript(path);
  }

  /** What is made ready while the keeper begins already. */
  @FunctionalInterface
  interface Rest {
    void make() throws IOException, UnusableArtifact;
  }

  /** Starts a keeper, whose children have only the given variables. */
  Keeper start(
      List<String> before, Path directory, List<String> arguments, Map<String, String> environment)
      throws IOException {
    ProcessBuilder builder = builder(before, directory, arguments, environment);
    builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    return Keeper.started(builder.start(), directory);
  }

  /** The same for a script that can begin before all is ready, and waits for a word then. */
  Keeper start(
      List<String> before,
      Path directory,
      List<String> arguments,
      Map<String, String> environment,
      Rest rest)
      throws IOException, UnusableArtifact {
    Process process = builder(before, directory, arguments, environment).start();
    try {
      rest.make();
    } catch (IOException | UnusableArtifact | RuntimeException e) {
      Processes.killTree(process.toHandle());
      throw e;
    }
    try (OutputStream word = process.getOutputStream()) {
      word.write("go\n".getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      log.debug("{} has ended, and said why: {}", directory, e.toString());
    }
    return Keeper.started(process, directory);
  }

  private ProcessBuilder builder(
      List<String> before,
      Path directory,
      List<String> arguments,
      Map<String, String> environment) {
    List<String> command = new ArrayList<>(before);
    command.add("/bin/sh");
    command.add(path.toString());
    command.add(directory.toString());
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true);
    builder.redirectOutput(Keeper.complaintsFile(directory).toFile());
    return builder;
  }
}
