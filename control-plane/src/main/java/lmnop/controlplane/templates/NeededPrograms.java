package lmnop.controlplane.templates;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import lmnop.templates.Template;

/**
 * What added templates need of the machine, in a file for each that holds lines of a program and
 * its Debian package: the doctor reads them where neither database nor anything else of lmnop runs.
 */
final class NeededPrograms {
  private final Path folder;

  NeededPrograms(Path data) {
    this.folder = data.resolve("template-needs");
  }

  void write(String template, List<Template.Need> needs) {
    String lines =
        needs.stream()
            .map(need -> need.program() + " " + need.debian() + "\n")
            .collect(Collectors.joining());
    try {
      Files.createDirectories(folder);
      Files.writeString(folder.resolve(template), lines);
    } catch (IOException e) {
      throw new UncheckedIOException("what " + template + " needs cannot be noted", e);
    }
  }

  void remove(String template) {
    try {
      Files.deleteIfExists(folder.resolve(template));
    } catch (IOException e) {
      throw new UncheckedIOException("what " + template + " needed cannot be forgotten", e);
    }
  }
}
