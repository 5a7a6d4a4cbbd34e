package lmnop.controlplane.builds;

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
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.springframework.core.io.ByteArrayResource;

/**
 * The templates that pushes may name: folders, read once at start, each known by the digest of its
 * tar. A worker fetches exactly these bytes.
 */
public final class Templates {
  private static final String MANIFEST = "template.yml";

  /** A template's content under its own name. */
  record Template(String name, Digest digest, ByteArrayResource tar) {}

  private final Map<String, Template> byName = new LinkedHashMap<>();
  private final Map<String, Template> byDigest = new LinkedHashMap<>();

  /** Reads every folder that holds a {@code template.yml}. */
  public Templates(Path folder) throws IOException {
    List<Path> folders;
    try (Stream<Path> list = Files.list(folder)) {
      folders = list.filter(path -> Files.isRegularFile(path.resolve(MANIFEST))).sorted().toList();
    }
    for (Path path : folders) {
      read(path, folder);
    }
    if (byName.isEmpty()) {
      throw new IOException(folder + " holds no template: no folder in it has a " + MANIFEST);
    }
  }

  private void read(Path folder, Path all) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarWriter tar = new TarWriter(bytes)) {
      tar.treeOfFiles(folder, all);
    }
    byte[] tar = bytes.toByteArray();
    Template template =
        new Template(
            String.valueOf(folder.getFileName()), Digest.of(tar), new ByteArrayResource(tar));
    byDigest.put(template.digest().toString(), template);
    byName.put(template.name(), template);
    for (String alias : aliases(folder.resolve(MANIFEST))) {
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

  /** Every name that a push may use. */
  public Set<String> names() {
    return new TreeSet<>(byName.keySet());
  }

  /** The template of a name or an alias. */
  Optional<Template> named(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  /** The template that a build was made for. */
  Optional<Template> withDigest(String digest) {
    return Optional.ofNullable(byDigest.get(digest));
  }
}
