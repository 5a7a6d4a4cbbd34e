package lmnop.builderworker.build;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import lmnop.templates.Template;

/**
 * Checks that repository and machine have what a template asks for, and says all that is missing.
 */
final class Requirements {
  private static final int FIRST_LINE = 256; // bytes that are looked at

  private Requirements() {}

  static void check(Build build, FunctionBuild function) throws BuildFailure, IOException {
    Template template = function.template().template();
    Path source = build.workspace().sourceOf(function.order());
    List<String> problems = new ArrayList<>();
    for (Template.Requirement requirement : template.requires()) {
      String path = Options.fill(requirement.path(), function);
      problems.addAll(problems(source, path, requirement));
    }
    if (!problems.isEmpty()) {
      throw BuildFailure.user(build.about(function) + String.join("; ", problems));
    }
    checkPrograms(function);
  }

  private static List<String> problems(Path source, String path, Template.Requirement requirement)
      throws IOException {
    Path file = source.resolve(path).normalize();
    boolean directory = path.endsWith("/");
    String name = directory ? path.substring(0, path.length() - 1) : path;
    if (!file.startsWith(source) || !Files.exists(file)) {
      return List.of(
          "%s %s is missing: %s; %s"
              .formatted(
                  directory ? "the directory" : "the file",
                  name,
                  requirement.because(),
                  requirement.remedy()));
    }
    if (directory != Files.isDirectory(file)) {
      return List.of(
          "%s is %s: %s; %s"
              .formatted(
                  name,
                  directory ? "a file, not a directory" : "a directory, not a file",
                  requirement.because(),
                  requirement.remedy()));
    }
    return requirement.program() ? programProblems(file, name) : List.of();
  }

  private static List<String> programProblems(Path file, String name) throws IOException {
    List<String> problems = new ArrayList<>();
    if (!Files.isExecutable(file)) {
      problems.add(
          "the file %s is not executable: run git update-index --chmod=+x %s, commit and push again"
              .formatted(name, name));
    }
    String beginning;
    try (InputStream in = Files.newInputStream(file)) {
      beginning = new String(in.readNBytes(FIRST_LINE), StandardCharsets.ISO_8859_1);
    }
    String firstLine = beginning.lines().findFirst().orElse("");
    if (!firstLine.startsWith("#!") && !firstLine.startsWith("\u007fELF")) {
      problems.add(
          "the file %s does not say what runs it: begin it with a line such as #!/usr/bin/python3"
              .formatted(name));
    } else if (beginning.startsWith("#!") && beginning.indexOf('\r') >= 0) {
      problems.add(
          "the file %s has line ends of Windows, with which it cannot start: save it with LF"
              .formatted(name));
    }
    return problems;
  }

  private static void checkPrograms(FunctionBuild function) throws BuildFailure {
    List<Template.Need> missing =
        function.template().template().needs().stream()
            .filter(need -> Programs.find(need.program()).isEmpty())
            .toList();
    if (!missing.isEmpty()) {
      throw BuildFailure.platform(
          "the template %s needs %s, which this machine does not have: its operator installs %s"
              .formatted(
                  function.order().template(),
                  missing.stream().map(Template.Need::program).collect(Collectors.joining(", ")),
                  missing.stream().map(Template.Need::debian).collect(Collectors.joining(" "))));
    }
  }
}
