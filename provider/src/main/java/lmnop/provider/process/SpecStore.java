package lmnop.provider.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import lmnop.providerapi.Wire;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The workloads' specs on disk, one file each. */
final class SpecStore {
  private static final Logger log = LoggerFactory.getLogger(SpecStore.class);

  private final Path directory;

  SpecStore(Path directory) throws IOException {
    this.directory = directory;
    PrivateFiles.createDirectories(directory);
  }

  List<WorkloadSpec> load() throws IOException {
    List<WorkloadSpec> specs = new ArrayList<>();
    try (Stream<Path> files = Files.walk(directory, 2)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".json")).toList()) {
        try {
          specs.add(Wire.read(Files.readString(file), WorkloadSpec.class));
        } catch (IllegalArgumentException e) {
          log.error("{} is no workload and is left alone: {}", file, e.getMessage());
        }
      }
    }
    return specs;
  }

  /** Keeps a workload that was accepted; it is there after a power cut as well. */
  void save(WorkloadSpec spec) {
    try {
      Path folder = directory.resolve(spec.key().namespace());
      PrivateFiles.createDirectories(folder);
      PrivateFiles.replace(file(spec.key()), Wire.write(spec).getBytes(StandardCharsets.UTF_8));
      try (FileChannel names = FileChannel.open(folder, StandardOpenOption.READ)) {
        names.force(true);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the spec of " + spec.key() + " cannot be written", e);
    }
  }

  /** Keeps how many instances shall run: quickly, since requests may wait for the first one. */
  void saveScale(WorkloadSpec spec) {
    try {
      PrivateFiles.replaceQuickly(file(spec.key()), Wire.write(spec));
    } catch (IOException e) {
      throw new UncheckedIOException("the spec of " + spec.key() + " cannot be written", e);
    }
  }

  void delete(WorkloadKey key) {
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
