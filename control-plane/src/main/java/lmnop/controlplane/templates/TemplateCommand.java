package lmnop.controlplane.templates;

import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lmnop.controlplane.accounts.Arguments;
import lmnop.controlplane.accounts.Misused;
import lmnop.controlplane.accounts.Refused;
import lmnop.operations.archive.Digest;
import lmnop.templates.Template;

/** {@code lmnop template}: understands its arguments and says what was done. */
public final class TemplateCommand {
  private static final String USAGE =
      "template list · template add NAME FOLDER|URL [--ref REF] [--folder FOLDER]"
          + " · template update [NAME] · template remove NAME [--force]";
  private static final int SHORT_DIGEST = 12; // hexadecimal digits
  private static final int SHORT_COMMIT = 7;

  private final AddedTemplates templates;
  private final Consumer<String> out;

  public TemplateCommand(AddedTemplates templates, Consumer<String> out) {
    this.templates = templates;
    this.out = out;
  }

  /** Does what the arguments say. */
  public void run(String... arguments) {
    Deque<String> rest = new ArrayDeque<>(Arrays.asList(arguments));
    String verb = rest.isEmpty() ? "" : rest.removeFirst();
    switch (verb) {
      case "list" -> {
        Arguments.parse(USAGE, rest).requireNoName();
        list();
      }
      case "add" -> add(Arguments.parse(USAGE, 2, rest, "--ref=", "--folder="));
      case "update" -> update(Arguments.parse(USAGE, rest));
      case "remove" -> remove(Arguments.parse(USAGE, rest, "--force"));
      default -> throw new Misused("expected " + USAGE);
    }
  }

  private void list() {
    line("TEMPLATE", "DIGEST", "UPDATED", "USED BY", "FROM");
    for (NamedTemplate template : templates.builtIn()) {
      line(template.name(), shortened(template.digest()), "", "", "lmnop");
    }
    for (TemplateStore.Added added : templates.all()) {
      String commit = added.commit() == null ? "" : ", commit " + shortened(added.commit());
      line(
          Stream.concat(Stream.of(added.name()), added.aliases().stream())
              .collect(Collectors.joining(", ")),
          shortened(added.digest()),
          String.valueOf(added.updatedAt().truncatedTo(ChronoUnit.SECONDS)),
          String.valueOf(added.functions().size()),
          added.source().inWords() + commit);
    }
  }

  private void line(String name, String digest, String updated, String used, String from) {
    out.accept(
        "%-24s %-14s %-22s %-8s %s".formatted(name, digest, updated, used, from).stripTrailing());
  }

  private void add(Arguments arguments) {
    String name = arguments.name(0, "a name");
    String from = arguments.name(1, "where the template comes from");
    AddedTemplates.Changed added =
        templates.add(
            name,
            TemplateSource.of(
                from,
                arguments.value("--ref").orElse(null),
                arguments.value("--folder").orElse(null)));
    out.accept(
        "Template %s is there: %s%s, from %s."
            .formatted(
                name, shortened(added.read().digest()), commit(added), added.source().inWords()));
    out.accept(
        "Functions ask for it by template: "
            + Stream.concat(Stream.of(name), added.read().template().aliases().stream())
                .collect(Collectors.joining(", or ")));
    sayNeeds(added.read().template());
    out.accept(
        "It runs in builds: whoever can change what it comes from decides what an update brings.");
  }

  private void sayNeeds(Template template) {
    if (!template.needs().isEmpty()) {
      out.accept(
          "Machines that build with it need %s; ./lmnop doctor says whether this one has all."
              .formatted(
                  template.needs().stream()
                      .map(need -> need.program() + " (Debian: " + need.debian() + ")")
                      .collect(Collectors.joining(", "))));
    }
  }

  private void update(Arguments arguments) {
    List<String> names =
        arguments
            .optional(0)
            .map(name -> List.of(name))
            .orElseGet(() -> templates.all().stream().map(TemplateStore.Added::name).toList());
    if (names.isEmpty()) {
      out.accept("No template was added, so none can be updated.");
    }
    List<String> failures = new ArrayList<>();
    for (String name : names) {
      try {
        update(templates.update(name));
      } catch (Refused e) {
        failures.add(name + " stays as it is. " + e.getMessage());
      }
    }
    if (!failures.isEmpty()) {
      throw new Refused(String.join("\n", failures));
    }
  }

  private void update(AddedTemplates.Changed changed) {
    if (changed.isSame()) {
      out.accept("%s is unchanged%s.".formatted(changed.name(), commit(changed)));
      return;
    }
    out.accept(
        "%s is %s now%s; it was %s."
            .formatted(
                changed.name(),
                shortened(changed.read().digest()),
                commit(changed),
                changed.before() == null ? "nothing" : shortened(changed.before())));
    sayNeeds(changed.read().template());
    out.accept(
        changed.functions().isEmpty()
            ? "No function uses it."
            : "What runs stays as it is; the next push of each of these uses it: "
                + String.join(", ", changed.functions()));
  }

  private void remove(Arguments arguments) {
    String name = arguments.name(0, "a name");
    templates.remove(name, arguments.has("--force"));
    out.accept("Template %s is removed; what was built with it goes on running.".formatted(name));
  }

  private static String commit(AddedTemplates.Changed changed) {
    String commit = changed.read().commit();
    return commit == null ? "" : ", commit " + shortened(commit);
  }

  private static String shortened(Digest digest) {
    return digest.hex().substring(0, SHORT_DIGEST);
  }

  private static String shortened(String commit) {
    return commit.substring(0, Math.min(SHORT_COMMIT, commit.length()));
  }
}
