package lmnop.provider.isolation;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import lmnop.operations.archive.Digest;

/**
 * One of our shell scripts, written where a shell can read it.
 *
 * <p>A shell reads its script as it goes. So a script's name has its digest in it, and a keeper
 * that was started by an older provider goes on with its own.
 */
record Script(Path path) {
  static Script install(String name, Path directory) throws IOException {
    byte[] script;
    try (InputStream in = Script.class.getResourceAsStream(name + ".sh")) {
      if (in == null) {
        throw new IOException(name + ".sh is not in this jar");
      }
      script = in.readAllBytes();
    }
    String version = Digest.of(script).hex().substring(0, 12);
    Path path = directory.resolve("%s-%s.sh".formatted(name, version));
    Path fresh = directory.resolve(path.getFileName() + ".new");
    Files.write(fresh, script);
    Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    return new Script(path);
  }

  /** Starts a keeper, whose program has only the given variables and waits for its word. */
  Keeper start(
      List<String> before, Path directory, List<String> arguments, Map<String, String> environment)
      throws IOException {
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
    return Keeper.started(builder.start(), directory);
  }
}
