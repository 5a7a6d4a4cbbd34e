package lmnop.controlplane.templates;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import lmnop.operations.database.Database;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.core.io.Resource;
import reactor.core.publisher.Mono;

/**
 * The templates that pushes may name. Those that operators add are rows, so that every control
 * plane knows them from the moment of their transaction on; a worker fetches exactly the bytes that
 * a build was accepted with, also when the name stands for others meanwhile.
 */
public final class Templates {
  private static final Duration ANSWER = Duration.ofSeconds(10);

  private final BuiltInTemplates builtIn;
  private final TemplateStore added;

  /**
   * Knows all templates.
   *
   * @param folder has a folder for each that comes with lmnop
   */
  public Templates(Path folder, Database database) throws IOException {
    this.builtIn = new BuiltInTemplates(folder);
    this.added = new TemplateStore(database);
  }

  /** Every name that a push may use. Blocks. */
  public Set<String> names() {
    Set<String> names = builtIn.names();
    names.addAll(added.names().collectList().blockOptional(ANSWER).orElseThrow());
    return names;
  }

  /** Each template once, by name; one that was added stands for one of the same name. */
  public Mono<List<OfferedTemplate>> offered() {
    return added
        .all()
        .map(one ->
            new OfferedTemplate(
                one.name(), one.aliases(), one.digest(), false, one.commit(), one.updatedAt()))
        .collectList()
        .map(all -> {
          Map<String, OfferedTemplate> byName = new TreeMap<>();
          builtIn.offered().forEach(one -> byName.put(one.name(), one));
          all.forEach(one -> byName.put(one.name(), one));
          return List.copyOf(byName.values());
        });
  }

  /**
   * The template of a name or an alias; fails with {@link NoTemplate}. One that was added wins:
   * only a newer lmnop can bring one of the same name, and that changes nothing for who uses it.
   */
  public Mono<NamedTemplate> named(String name) {
    return added
        .named(name)
        .switchIfEmpty(Mono.defer(() -> Mono.justOrEmpty(builtIn.named(name))))
        .switchIfEmpty(Mono.error(() -> new NoTemplate(name)));
  }

  /** The tar of the template that a build was made for. */
  public Mono<Resource> content(String digest) {
    return Mono.<Resource>justOrEmpty(builtIn.content(digest))
        .switchIfEmpty(Mono.defer(() -> added.content(digest).map(ByteArrayResource::new)));
  }
}
