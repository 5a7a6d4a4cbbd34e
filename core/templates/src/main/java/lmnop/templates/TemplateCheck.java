package lmnop.templates;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * What is wrong with a template whose keys are all understood: with what it says of its own folder,
 * of options and of places, which a build would find out only when it is under way.
 */
final class TemplateCheck {
  private static final Pattern OPTION = Pattern.compile("\\$\\{options\\.([^}]*)}");
  private static final Pattern PROGRAM = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._+-]{0,63}");
  private static final Set<String> PLACES =
      Set.of("CODE", "SOURCE", "TEMPLATE", "DEPENDENCIES", "CACHE");
  private static final int LARGEST_PORT = 0xffff;

  private final Template template;
  private final Predicate<String> holds;
  private final List<String> problems = new ArrayList<>();

  private TemplateCheck(Template template, Predicate<String> holds) {
    this.template = template;
    this.holds = holds;
  }

  /**
   * Finds all problems.
   *
   * @param holds whether the template's folder has a file or directory of this path
   */
  static List<String> problems(Template template, Predicate<String> holds) {
    TemplateCheck check = new TemplateCheck(template, holds);
    check.names();
    check.copies();
    check.options();
    check.steps();
    check.start();
    return check.problems.stream().distinct().toList(); // a target is mostly the same path
  }

  private void names() {
    for (String alias : template.aliases()) {
      if (!Template.isName(alias)) {
        say("aliases: '%s' is no name of a template: %s".formatted(alias, Template.NAME_RULE));
      }
    }
    for (Template.Need need : template.needs()) {
      if (!PROGRAM.matcher(need.program()).matches()) {
        say(
            "needs: '%s' is no program: a name without a folder is expected"
                .formatted(need.program()));
      }
      if (!PROGRAM.matcher(need.debian()).matches()) {
        say("needs: '%s' is no name of a Debian package".formatted(need.debian()));
      }
    }
  }

  private void copies() {
    for (Template.Copy copy : template.code()) {
      inside("code", copy.from());
      inside("code", copy.target());
    }
    for (Template.Copy file : template.files()) {
      inside("files", file.target());
      if (inside("files", file.from()) && !holds.test(file.from())) {
        say("files: the template's folder has no '%s'".formatted(file.from()));
      }
    }
    template.requires().forEach(requirement -> inside("requires", requirement.path()));
  }

  private boolean inside(String key, String path) {
    boolean leaves = path.startsWith("/") || List.of(path.split("/")).contains("..");
    if (leaves) {
      say("%s: '%s' lies outside: write a path that stays inside".formatted(key, path));
    }
    return !leaves;
  }

  private void options() {
    template.code().forEach(copy -> options(copy.from()));
    template.requires().forEach(requirement -> options(requirement.path()));
    Template.Image image = template.image();
    if (image != null) {
      options(image.dockerfile());
    }
  }

  private void options(String text) {
    Matcher option = OPTION.matcher(text);
    while (option.find()) {
      if (!template.options().containsKey(option.group(1))) {
        say(
            "'%s' names the option %s, which options does not have"
                .formatted(text, option.group(1)));
      }
    }
  }

  private void steps() {
    template.build().forEach(this::step);
    Template.Dependencies dependencies = template.dependencies();
    if (dependencies != null) {
      step(dependencies.step());
      expression("dependencies.refers-on-when", dependencies.refersOnWhen());
    }
    Template.Image image = template.image();
    if (image != null) {
      expression("image.registry-trouble", image.registryTrouble());
    }
  }

  private void step(Template.Step step) {
    String place = step.startIn().split("/", 2)[0];
    if (!PLACES.contains(place)) {
      say(
          "the step '%s' starts in '%s': one of %s is expected, and a path below it"
              .formatted(
                  step.name(),
                  step.startIn(),
                  String.join(", ", PLACES.stream().sorted().toList())));
    }
    expression("registry-trouble of the step '" + step.name() + "'", step.registryTrouble());
  }

  private void expression(String key, @Nullable String expression) {
    if (expression != null) {
      try {
        Pattern.compile(expression);
      } catch (PatternSyntaxException e) {
        say("%s is no regular expression: %s".formatted(key, e.getDescription()));
      }
    }
  }

  private void start() {
    Template.Run run = template.run();
    if (run != null && (run.port() < 1 || run.port() > LARGEST_PORT)) {
      say("run.port = %d is no port: 1 to %d is expected".formatted(run.port(), LARGEST_PORT));
    }
  }

  private void say(String problem) {
    problems.add(problem);
  }
}
