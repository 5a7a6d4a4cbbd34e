package lmnop.provider.output;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import lmnop.operations.archive.Trees;
import lmnop.operations.lifecycle.Loop;
import lmnop.provider.api.LogReader;
import lmnop.providerapi.LogRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The output of all instances: of those that run, and of the last ones that ended. */
public final class OutputStore implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(OutputStore.class);
  private static final Duration LOOK = Duration.ofMillis(100);
  private static final int LAST_LINES = 5;
  private static final int ENDED_KEPT = 5; // instances of one workload

  /** Whose output it is. */
  record Owner(String namespace, String workload) {}

  private final Path directory;
  private final Clock clock;
  private final Map<String, InstanceOutput> running = new ConcurrentHashMap<>();

  /** Every ring by instance, oldest first; guarded by this. */
  private final Map<Owner, Map<String, Ring>> rings = new HashMap<>();

  /** Grows with every line, so that readers who wait learn of it; guarded by this. */
  private long changes;

  private final Loop loop;

  /** The outputs below a directory, with those that an earlier process left. */
  public OutputStore(Path directory, Clock clock) throws IOException {
    this.directory = directory;
    this.clock = clock;
    Files.createDirectories(directory);
    load();
    this.loop = Loop.start("output", LOOK, this::takeAll);
  }

  private void load() throws IOException {
    try (Stream<Path> found = Files.walk(directory, 3)) {
      List<Path> instances =
          found
              .filter(path -> directory.relativize(path).getNameCount() == 3)
              .filter(Files::isDirectory)
              .sorted(Comparator.comparingLong(path -> path.toFile().lastModified()))
              .toList();
      for (Path instance : instances) {
        Path relative = directory.relativize(instance);
        Owner owner = new Owner(relative.getName(0).toString(), relative.getName(1).toString());
        ringsOf(owner).put(relative.getName(2).toString(), new Ring(instance));
      }
    }
  }

  private Map<String, Ring> ringsOf(Owner owner) {
    return rings.computeIfAbsent(owner, o -> new LinkedHashMap<>());
  }

  /**
   * Begins to take over what an instance prints.
   *
   * @param secrets what must not get into the log
   */
  public synchronized void begin(
      String namespace, String workload, String instance, Path printed, List<String> secrets)
      throws IOException {
    Map<String, Ring> known = ringsOf(new Owner(namespace, workload));
    Ring ring = known.get(instance);
    if (ring == null) {
      ring = new Ring(directory.resolve(namespace).resolve(workload).resolve(instance));
      known.put(instance, ring);
    }
    running.put(instance, new InstanceOutput(printed, ring, clock, secrets));
  }

  /** Adds a line of the platform's to an instance's output. */
  public void say(String instance, String text) {
    InstanceOutput output = running.get(instance);
    if (output != null) {
      try {
        output.take();
        output.say(text);
      } catch (IOException e) {
        log.warn("the output of {} cannot be kept: {}", instance, e.toString());
      }
      announce();
    }
  }

  /** What an instance printed last, as it is said behind how it ended. */
  public String lastWords(String instance) {
    List<String> lines = last(instance, LAST_LINES);
    return lines.isEmpty()
        ? "\nIt printed nothing."
        : "\nIts last lines:\n" + String.join("\n", lines);
  }

  /** The last lines of an instance. */
  public List<String> last(String instance, int count) {
    InstanceOutput output = running.get(instance);
    Deque<String> last = new ArrayDeque<>();
    if (output != null) {
      try {
        output.take();
        long place = 0;
        Ring.Chunk chunk = output.ring().read(place);
        while (!chunk.lines().isEmpty()) {
          for (Ring.Line line : chunk.lines()) {
            last.addLast(line.text());
            if (last.size() > count) {
              last.removeFirst();
            }
          }
          chunk = output.ring().read(chunk.next());
        }
      } catch (IOException e) {
        log.warn("the output of {} cannot be read: {}", instance, e.toString());
      }
    }
    return List.copyOf(last);
  }

  /** The instance printed its last line. */
  public void end(String namespace, String workload, String instance) {
    InstanceOutput output = running.remove(instance);
    if (output == null) {
      return;
    }
    try {
      output.finish();
      removeOldest(new Owner(namespace, workload));
    } catch (IOException e) {
      log.warn("the output of {} cannot be kept: {}", instance, e.toString());
    }
    announce();
  }

  private synchronized void removeOldest(Owner owner) throws IOException {
    List<String> ended =
        ringsOf(owner).keySet().stream().filter(name -> !running.containsKey(name)).toList();
    for (String instance : ended.subList(0, Math.max(0, ended.size() - ENDED_KEPT))) {
      remove(owner, instance);
    }
  }

  /** Removes what an instance of a deleted workload left. */
  public synchronized void remove(String namespace, String workload, String instance) {
    try {
      remove(new Owner(namespace, workload), instance);
    } catch (IOException e) {
      log.warn("the output of {} stays behind: {}", instance, e.toString());
    }
    changes++;
    notifyAll();
  }

  /** Removes what all instances of a workload left that is no more; those still there end. */
  public synchronized void removeAll(String namespace, String workload) {
    for (String instance : List.copyOf(rings(namespace, workload).keySet())) {
      running.remove(instance);
      remove(namespace, workload, instance);
    }
  }

  private void remove(Owner owner, String instance) throws IOException {
    Map<String, Ring> known = ringsOf(owner);
    known.remove(instance);
    Path folder = directory.resolve(owner.namespace()).resolve(owner.workload());
    Trees.delete(folder.resolve(instance));
    if (known.isEmpty()) {
      rings.remove(owner);
      Trees.delete(folder);
    }
  }

  /** Opens the lines of a workload, what was printed a moment ago included. */
  public LogReader read(LogRequest request) {
    rings(request.namespace(), request.name()).keySet().forEach(this::takeNow);
    return new OutputReader(this, request);
  }

  private boolean takeNow(String instance) {
    InstanceOutput output = running.get(instance);
    try {
      return output != null && output.take();
    } catch (IOException e) {
      log.warn("the output of {} cannot be taken over: {}", instance, e.toString());
      return false;
    }
  }

  synchronized Map<String, Ring> rings(String namespace, String workload) {
    return Map.copyOf(rings.getOrDefault(new Owner(namespace, workload), Map.of()));
  }

  /** A number that is another one when there are new lines. */
  synchronized long changes() {
    return changes;
  }

  synchronized void awaitChange(long seen, Duration patience) throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    long left = patience.toMillis();
    while (changes == seen && left > 0) {
      wait(left);
      left = (deadline - System.nanoTime()) / 1_000_000;
    }
  }

  private synchronized void announce() {
    changes++;
    notifyAll();
  }

  private void takeAll() {
    boolean any = false;
    for (String instance : new ArrayList<>(running.keySet())) {
      any |= takeNow(instance);
    }
    if (any) {
      announce();
    }
  }

  @Override
  public void close() {
    loop.close();
    takeAll();
  }
}
