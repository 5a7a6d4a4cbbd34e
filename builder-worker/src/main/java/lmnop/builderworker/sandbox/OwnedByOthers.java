package lmnop.builderworker.sandbox;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Folders in which the users of an image own files. A worker that is root reaches them all; another
 * one becomes the root of those users for it.
 */
final class OwnedByOthers {
  private final List<String> entrance;

  OwnedByOthers(UserRange users) {
    this.entrance = users.outside();
  }

  /** Removes a tree of which others may own parts. */
  void remove(Path tree) throws IOException {
    output("rm", "-rf", "--", tree.toString());
  }

  /** The bytes of everything below, as far as they are known; nothing where no user is given. */
  long use(List<Path> folders) {
    List<String> command = new ArrayList<>(List.of("du", "-s", "--apparent-size", "-B1", "--"));
    folders.forEach(folder -> command.add(folder.toString()));
    try {
      return output(command.toArray(String[]::new))
          .lines()
          .mapToLong(line -> Long.parseLong(line.substring(0, line.indexOf('\t'))))
          .sum();
    } catch (IOException e) {
      return 0; // there is no python3 here
    }
  }

  /** What a program says; that files went away while it looked at them is no trouble. */
  private String output(String... command) throws IOException {
    List<String> arguments = new ArrayList<>(entrance);
    arguments.addAll(List.of(command));
    ProcessBuilder builder =
        new ProcessBuilder(arguments)
            .redirectInput(new File("/dev/null"))
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().clear();
    builder.environment().put("PATH", Walls.PATH);
    Process process = builder.start();
    try {
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } finally {
      process.destroyForcibly();
    }
  }
}
