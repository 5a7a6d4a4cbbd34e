package lmnop.builderworker.sandbox;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import lmnop.operations.archive.Digest;

/**
 * A variable in the environment of every process of a command, by which its descendants are found
 * again even after they left their parents.
 */
final class ProcessMark {
  static final String VARIABLE = "LMNOP_BUILD_MARK";
  private static final int MILLIS = 5_000; // a tree that forks for longer is not ended by us
  private static final Path PROC = Path.of("/proc");

  private ProcessMark() {}

  /** What all processes of one worker have in common. */
  static String of(Path files) throws IOException {
    return Digest.of(files.toRealPath().toString()).hex().substring(0, 12);
  }

  /** Ends every process whose mark begins so, until there is none. */
  static void endAll(String beginning) {
    Patience.until(
        MILLIS,
        () -> {
          List<ProcessHandle> marked = marked(beginning);
          marked.forEach(ProcessHandle::destroyForcibly);
          return marked.isEmpty();
        });
  }

  private static List<ProcessHandle> marked(String beginning) {
    byte[] mark = (VARIABLE + "=" + beginning).getBytes(StandardCharsets.UTF_8);
    List<ProcessHandle> marked = new ArrayList<>();
    if (!Files.isDirectory(PROC)) {
      return marked;
    }
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        if (contains(environment(process), mark)) {
          Stream.of(process.getFileName().toString())
              .flatMap(pid -> ProcessHandle.of(Long.parseLong(pid)).stream())
              .forEach(marked::add);
        }
      }
    } catch (IOException e) {
      // /proc is only a second look: a command's own tree is ended without it
    }
    return marked;
  }

  private static byte[] environment(Path process) {
    try {
      return Files.readAllBytes(process.resolve("environ"));
    } catch (IOException e) {
      return new byte[0]; // gone, or not ours
    }
  }

  private static boolean contains(byte[] bytes, byte[] part) {
    return new String(bytes, StandardCharsets.ISO_8859_1)
        .contains(new String(part, StandardCharsets.ISO_8859_1));
  }
}
