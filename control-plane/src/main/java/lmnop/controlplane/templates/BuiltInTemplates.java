package lmnop.controlplane.templates;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import lmnop.operations.archive.Digest;
import lmnop.operations.archive.TarWriter;
import lmnop.templates.TemplateFile;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.springframework.core.io.ByteArrayResource;

/**
 * The templates that come with lmnop: folders, read once at start, each known by the digest of its
 * tar.
 */
final class BuiltInTemplates {
  private final Map<String, NamedTemplate> byName = new LinkedHashMap<>();
  private final Map<String, ByteArrayResource> byDigest = new LinkedHashMap<>();

  /** Reads every folder that holds a {@code template.yml}. */
  BuiltInTemplates(Path folder) throws IOException {
    List<Path> folders;
    try (Stream<Path> list = Files.list(folder)) {
      folders =
          list.filter(path -> Files.isRegularFile(path.resolve(TemplateFile.NAME)))
              .sorted()
              .toList();
    }
    for (Path path : folders) {
      read(path, folder);
    }
    if (byName.isEmpty()) {
      throw new IOException(
          folder + " holds no template: no folder in it has a " + TemplateFile.NAME);
    }
  }

  private void read(Path folder, Path all) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarWriter tar = new TarWriter(bytes)) {
      tar.treeOfFiles(folder, all);
    }
    byte[] tar = bytes.toByteArray();
    NamedTemplate template =
        new NamedTemplate(String.valueOf(folder.getFileName()), Digest.of(tar));
    byDigest.put(template.digest().toString(), new ByteArrayResource(tar));
    byName.put(template.name(), template);
    for (String alias : aliases(folder.resolve(TemplateFile.NAME))) {
      byName.put(alias, template);
    }
  }

  private static List<String> aliases(Path manifest) throws IOException {
    Object content =
        new Load(LoadSettings.builder().setLabel(manifest.toString()).build())
            .loadFromString(Files.readString(manifest));
    if (content instanceof Map<?, ?> map && map.get("aliases") instanceof List<?> aliases) {
      return aliases.stream().map(String::valueOf).toList();
    }
    return List.of();
  }

  /** Every name and alias. */
  Set<String> names() {
    return new TreeSet<>(byName.keySet());
  }

  /** Each template once. */
  List<NamedTemplate> all() {
    return byName.values().stream().distinct().toList();
  }

  /** Each template once, with its aliases. */
  List<OfferedTemplate> offered() {
    return all().stream()
        .map(template ->
            new OfferedTemplate(
                template.name(),
                byName.entrySet().stream()
                    .filter(entry -> entry.getValue().equals(template))
                    .map(Map.Entry::getKey)
                    .filter(name -> !name.equals(template.name()))
                    .toList(),
                template.digest(),
                true,
                null,
                null))
        .toList();
  }

  /** The template of a name or an alias. */
  Optional<NamedTemplate> named(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  /** The content of a template. */
  Optional<ByteArrayResource> content(String digest) {
    return Optional.ofNullable(byDigest.get(digest));
  }
}
