package lmnop.provider.kept;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import lmnop.operations.archive.Trees;
import lmnop.providerapi.Crash;
import lmnop.providerapi.Wire;
import lmnop.providerapi.WorkloadLabels;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Crashes on disk, a file for each, below a folder for each namespace and function. They stay when
 * the instance, its workload and this process are gone.
 */
public final class CrashStore {
  private static final Logger log = LoggerFactory.getLogger(CrashStore.class);
  private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
  private static final Pattern ID = Pattern.compile("[0-9]{1,18}");
  private static final int LARGEST = 64 * 1024; // characters of all lines together
  private static final String ENDING = ".json";

  private final Path directory;
  private final CrashSettings settings;
  private final Clock clock;

  /** Those below a directory; what is too old goes. */
  public CrashStore(Path directory, CrashSettings settings, Clock clock) throws IOException {
    this.directory = directory;
    this.settings = settings;
    this.clock = clock;
    PrivateFiles.createDirectories(directory);
    sweep();
  }

  /** How many of an instance's last lines are kept. */
  public int lines() {
    return settings.lines();
  }

  public Instant now() {
    return clock.instant();
  }

  /** By what a function's crashes are asked for: its numeric id, or else its workload's name. */
  public static String function(Map<String, String> labels, String workload) {
    String id = labels.getOrDefault(WorkloadLabels.FUNCTION_ID, "");
    return ID.matcher(id).matches() ? id : workload;
  }

  /** The numeric id of a workload's revision, if it has one. */
  public static @Nullable Long revision(Map<String, String> labels) {
    String id = labels.getOrDefault(WorkloadLabels.REVISION, "");
    return ID.matcher(id).matches() ? Long.valueOf(id) : null;
  }

  /** The newest of the lines, as many as one crash keeps. */
  public static List<String> newest(List<String> lines) {
    int left = LARGEST;
    int from = lines.size();
    while (from > 0 && left >= lines.get(from - 1).length()) {
      from--;
      left -= lines.get(from).length();
    }
    return lines.subList(from, lines.size());
  }

  /** Keeps a crash; that it cannot be kept stops nothing. */
  public synchronized void note(String namespace, String function, Crash crash) {
    try {
      List<Crash> known = of(namespace, function);
      Crash kept =
          known.stream()
              .filter(crash::isLike)
              .findFirst()
              .map(crash::after)
              .orElseGet(
                  () -> crash.numbered(1 + known.stream().mapToInt(Crash::number).max().orElse(0)));
      Path folder = directory.resolve(namespace).resolve(function);
      PrivateFiles.createDirectories(folder);
      PrivateFiles.replaceQuickly(file(folder, kept), Wire.write(kept));
      List<Crash> now = of(namespace, function);
      for (Crash old : now.subList(Math.min(settings.perFunction(), now.size()), now.size())) {
        Files.deleteIfExists(file(folder, old));
      }
      sweep();
    } catch (IOException | UncheckedIOException e) {
      log.warn("the crash of {} cannot be kept: {}", crash.instance(), e.toString());
    }
  }

  private static Path file(Path folder, Crash crash) {
    return folder.resolve(crash.number() + ENDING);
  }

  /** A function's crashes, the one that happened last first. */
  public synchronized List<Crash> of(String namespace, String function) {
    if (!NAME.matcher(namespace).matches() || !NAME.matcher(function).matches()) {
      return List.of();
    }
    List<Crash> crashes = new ArrayList<>();
    try {
      for (Path file : Trees.children(directory.resolve(namespace).resolve(function))) {
        if (file.toString().endsWith(ENDING)) {
          read(file, crashes);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the crashes of " + function + " cannot be read", e);
    }
    crashes.sort(Comparator.comparing(Crash::lastAt).thenComparingInt(Crash::number).reversed());
    return crashes;
  }

  /** Removes a function's crashes. */
  public synchronized void forget(String namespace, String function) {
    if (!NAME.matcher(namespace).matches() || !NAME.matcher(function).matches()) {
      return;
    }
    try {
      Trees.delete(directory.resolve(namespace).resolve(function));
    } catch (IOException e) {
      throw new UncheckedIOException("the crashes of " + function + " cannot be removed", e);
    }
  }

  private static void read(Path file, List<Crash> into) throws IOException {
    try {
      into.add(Wire.read(Files.readString(file), Crash.class));
    } catch (IllegalArgumentException e) {
      log.warn("{} is no crash and goes: {}", file, e.getMessage());
      Files.deleteIfExists(file);
    }
  }

  /** Removes what is too old, and then the oldest until the others have room. */
  public synchronized void sweep() {
    Instant oldest = clock.instant().minus(settings.age());
    try (Stream<Path> all = Files.walk(directory)) {
      List<Path> files = new ArrayList<>(all.filter(Files::isRegularFile).toList());
      files.sort(Comparator.comparingLong(file -> file.toFile().lastModified()));
      long size = files.stream().mapToLong(file -> file.toFile().length()).sum();
      for (Path file : files) {
        boolean old = Files.getLastModifiedTime(file).toInstant().isBefore(oldest);
        if (old || size > settings.size().toBytes()) {
          size -= Files.size(file);
          Files.delete(file);
        }
      }
    } catch (IOException | UncheckedIOException e) {
      log.warn("old crashes stay for now: {}", e.toString());
    }
  }
}
