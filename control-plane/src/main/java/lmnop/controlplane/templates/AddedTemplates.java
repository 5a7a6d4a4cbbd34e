package lmnop.controlplane.templates;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import lmnop.controlplane.accounts.Refused;
import lmnop.operations.archive.Digest;
import lmnop.operations.database.Database;
import lmnop.templates.Template;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The templates that operators add, as they manage them. Everything here blocks.
 *
 * <p>A change is seen by the next push. What runs, and what is being built, stays as it is: each
 * revision and each build names its template by digest.
 */
public final class AddedTemplates {
  private static final Duration ANSWER = Duration.ofSeconds(30);
  private static final String ACTOR = "operator";

  private final Database database;
  private final TemplateStore store;
  private final BuiltInTemplates builtIn;
  private final NeededPrograms needs;

  /**
   * Manages the templates of a database.
   *
   * @param folder of those that come with lmnop
   * @param data the control plane's own directory, in which the doctor finds what they need
   */
  public AddedTemplates(Database database, Path folder, Path data) throws IOException {
    this.database = database;
    this.store = new TemplateStore(database);
    this.builtIn = new BuiltInTemplates(folder);
    this.needs = new NeededPrograms(data);
  }

  /**
   * What a change did.
   *
   * @param before what the name stood for; null where it is new
   */
  record Changed(
      String name,
      TemplateSource source,
      ReadTemplate read,
      @Nullable Digest before,
      List<String> functions) {
    boolean isSame() {
      return read.digest().equals(before);
    }
  }

  List<NamedTemplate> builtIn() {
    return builtIn.all();
  }

  List<TemplateStore.Added> all() {
    return store.all().collectList().blockOptional(ANSWER).orElseThrow();
  }

  /** Adds a template, or lets it come from elsewhere; false if it comes from there already. */
  boolean require(String name, TemplateSource source) {
    if (all().stream()
        .anyMatch(added -> added.name().equals(name) && added.source().equals(source))) {
      return false;
    }
    write(name, source, read(name, source), "template.added");
    return true;
  }

  /** Adds a template; its name and aliases must be nobody else's. */
  Changed add(String name, TemplateSource source) {
    if (all().stream().anyMatch(added -> added.name().equals(name))) {
      throw new Refused(
          "There is a template %s already: ./lmnop template update %s reads it again, remove makes room."
              .formatted(name, name));
    }
    ReadTemplate read = read(name, source);
    write(name, source, read, "template.added");
    return new Changed(name, source, read, null, List.of());
  }

  /** Reads a template again from where it came from. */
  Changed update(String name) {
    TemplateStore.Added before = named(name);
    ReadTemplate read = read(name, before.source());
    Changed changed = new Changed(name, before.source(), read, before.digest(), before.functions());
    if (!changed.isSame()) {
      write(name, before.source(), read, "template.updated");
    }
    return changed;
  }

  private static ReadTemplate read(String name, TemplateSource source) {
    if (!Template.isName(name)) {
      throw new Refused(
          "'%s' is no name for a template: %s."
              .formatted(name.replaceAll("[^\\x20-\\x7e]", "?"), Template.NAME_RULE));
    }
    return TemplateReader.read(source);
  }

  private void write(String name, TemplateSource source, ReadTemplate read, String action) {
    change(
        store
            .lock()
            .then(store.all().collectList())
            .doOnNext(others -> checkNames(name, read.template(), others))
            .then(store.write(name, source, read))
            .then(store.note(ACTOR, action, name, read.digest())));
    needs.write(name, read.template().needs());
  }

  /** Removes a template; one that functions use only if it is meant. */
  void remove(String name, boolean evenIfUsed) {
    TemplateStore.Added before = named(name);
    if (!evenIfUsed && !before.functions().isEmpty()) {
      throw new Refused(
          """
          %s is used by %s. They would go on running and could be rolled back, but not be pushed
          again until function.yml names another template.
          ./lmnop template remove %s --force removes it nevertheless.\
          """
              .formatted(name, String.join(", ", before.functions()), name));
    }
    change(
        store
            .lock()
            .then(store.remove(name))
            .then(store.note(ACTOR, "template.removed", name, before.digest())));
    needs.remove(name);
  }

  private TemplateStore.Added named(String name) {
    if (builtIn.named(name).filter(template -> template.name().equals(name)).isPresent()
        && all().stream().noneMatch(added -> added.name().equals(name))) {
      throw new Refused("%s comes with lmnop, and changes with it alone.".formatted(name));
    }
    return all().stream()
        .filter(added -> added.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new Refused(
                "There is no template '%s' that was added: ./lmnop template list shows all."
                    .formatted(name)));
  }

  /** A name that pushes use already keeps its meaning, whoever gave it. */
  private void checkNames(String name, Template template, List<TemplateStore.Added> others) {
    Map<String, String> taken = new HashMap<>();
    builtIn.names().forEach(known -> taken.put(known, "one that comes with lmnop"));
    for (TemplateStore.Added other : others) {
      if (other.name().equals(name)) {
        Stream.concat(Stream.of(name), other.aliases().stream()).forEach(taken::remove);
      }
    }
    for (TemplateStore.Added other : others) {
      if (!other.name().equals(name)) {
        taken.put(other.name(), "that of " + other.name());
        other.aliases().forEach(alias -> taken.put(alias, "that of " + other.name()));
      }
    }
    List<String> clashes =
        Stream.concat(Stream.of(name), template.aliases().stream())
            .filter(taken::containsKey)
            .map(known -> "'%s' is %s".formatted(known, taken.get(known)))
            .toList();
    if (!clashes.isEmpty()) {
      throw new Refused(
          "A template takes no other's name: %s. Choose another one, or leave out the alias."
              .formatted(String.join("; ", clashes)));
    }
  }

  private void change(Mono<?> work) {
    database.inTransaction(work.then(store.removeUnused())).block(ANSWER);
  }
}
