package lmnop.provider.kept;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import lmnop.provider.api.WorkloadKey;
import lmnop.providerapi.Wire;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The workloads' specs on disk, one file each.
 *
 * @param <T> what an engine keeps of a workload, as a record that JSON can hold
 */
public final class SpecStore<T> {
  private static final Logger log = LoggerFactory.getLogger(SpecStore.class);

  private final Path directory;
  private final Class<T> type;
  private final Function<T, WorkloadKey> key;

  /**
   * The specs below a directory.
   *
   * @param key names the workload of a spec
   */
  public SpecStore(Path directory, Class<T> type, Function<T, WorkloadKey> key) throws IOException {
    this.directory = directory;
    this.type = type;
    this.key = key;
    PrivateFiles.createDirectories(directory);
  }

  /** All that were kept; a file that is none is left alone. */
  public List<T> load() throws IOException {
    List<T> specs = new ArrayList<>();
    try (Stream<Path> files = Files.walk(directory, 2)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".json")).toList()) {
        try {
          specs.add(Wire.read(Files.readString(file), type));
        } catch (IllegalArgumentException e) {
          log.error("{} is no workload and is left alone: {}", file, e.getMessage());
        }
      }
    }
    return specs;
  }

  /** Keeps a workload that was accepted; it is there after a power cut as well. */
  public void save(T spec) {
    WorkloadKey of = key.apply(spec);
    try {
      Path folder = directory.resolve(of.namespace());
      PrivateFiles.createDirectories(folder);
      PrivateFiles.replace(file(of), Wire.write(spec).getBytes(StandardCharsets.UTF_8));
      try (FileChannel names = FileChannel.open(folder, StandardOpenOption.READ)) {
        names.force(true);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the spec of " + of + " cannot be written", e);
    }
  }

  /** Keeps how many instances shall run: quickly, since requests may wait for the first one. */
  public void saveScale(T spec) {
    WorkloadKey of = key.apply(spec);
    try {
      PrivateFiles.replaceQuickly(file(of), Wire.write(spec));
    } catch (IOException e) {
      throw new UncheckedIOException("the spec of " + of + " cannot be written", e);
    }
  }

  /** Forgets a workload that is gone. */
  public void delete(WorkloadKey key) {
    try {
      Files.deleteIfExists(file(key));
    } catch (IOException e) {
      throw new UncheckedIOException("the spec of " + key + " cannot be removed", e);
    }
  }

  private Path file(WorkloadKey key) {
    return directory.resolve(key.namespace()).resolve(key.name() + ".json");
  }
}
