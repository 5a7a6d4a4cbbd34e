package lmnop.builderworker.sandbox;

import java.io.File;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import lmnop.operations.archive.Trees;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A command that runs; closing it ends it with everything that it started. */
final class Running implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Running.class);
  private static final Duration QUIET = Duration.ofSeconds(10); // then we say that it still runs
  private static final Duration LOOK = Duration.ofMillis(250);
  private static final Duration LAST_WORDS = Duration.ofSeconds(2);

  private final Walls walls;
  private final Command command;
  private final ControlGroup group;
  private final Optional<Path> scratch;
  private final String mark;
  private final Consumer<String> lines;
  private final CompletableFuture<Process> started = new CompletableFuture<>();
  private final CompletableFuture<Integer> exited = new CompletableFuture<>();
  private final CompletableFuture<Ended.How> overstepped = new CompletableFuture<>();
  private final CompletableFuture<Void> outputEnded = new CompletableFuture<>();
  private final AtomicLong printed = new AtomicLong();
  private final long begin = System.nanoTime();
  private volatile long lastLine = begin;

  private Running(
      Walls walls,
      Command command,
      ControlGroup group,
      Optional<Path> scratch,
      String mark,
      Consumer<String> lines) {
    this.walls = walls;
    this.command = command;
    this.group = group;
    this.scratch = scratch;
    this.mark = mark;
    this.lines = lines;
  }

  static Running start(
      Walls walls, Command command, ControlGroup group, String worker, Consumer<String> lines)
      throws IOException {
    Walls.Prepared prepared = walls.prepare(command, group.counts());
    String mark = worker + "-" + UUID.randomUUID();
    Running running = new Running(walls, command, group, prepared.scratch(), mark, lines);
    List<String> arguments = new ArrayList<>(group.entrance());
    arguments.addAll(prepared.arguments());
    ProcessBuilder builder =
        new ProcessBuilder(arguments)
            .directory(prepared.directory().toFile())
            .redirectErrorStream(true)
            .redirectInput(new File("/dev/null"));
    builder.environment().clear();
    builder.environment().putAll(prepared.environment());
    builder.environment().put(ProcessMark.VARIABLE, mark);
    // The kernel ends a process whose parent thread ends, so that thread lives as long as it does.
    Thread.ofPlatform().daemon().name("command").start(() -> running.follow(builder));
    running.process();
    Thread.ofVirtual().name("disk").start(running::watchDisk);
    return running;
  }

  private void follow(ProcessBuilder builder) {
    try {
      Process process = builder.start();
      started.complete(process);
      Thread.ofPlatform().daemon().name("output").start(() -> read(process.getInputStream()));
      exited.complete(process.waitFor());
    } catch (IOException | InterruptedException | RuntimeException e) {
      started.completeExceptionally(e);
      exited.completeExceptionally(e);
    }
  }

  private void read(InputStream output) {
    try (output) {
      new Lines(this::line).read(new Counted(output));
    } catch (IOException e) {
      // the end of the output, as for a process that was ended
    } finally {
      outputEnded.complete(null);
    }
  }

  private void line(String text) {
    lastLine = System.nanoTime();
    if (!overstepped.isDone()) {
      lines.accept(text);
    }
  }

  private Process process() throws IOException {
    try {
      return started.join();
    } catch (RuntimeException e) {
      throw new IOException(command.what() + " could not be started: " + e.getMessage(), e);
    }
  }

  /** Waits for the end; a command that says nothing for long is spoken for. */
  Ended await() throws InterruptedException {
    long deadline = begin + command.limits().time().toNanos();
    while (true) {
      long now = System.nanoTime();
      if (now >= deadline) {
        return new Ended(Ended.How.OUT_OF_TIME, 0);
      }
      long wait = Math.min(deadline - now, Math.max(1, lastLine + QUIET.toNanos() - now));
      try {
        CompletableFuture.anyOf(exited, overstepped).get(wait, TimeUnit.NANOSECONDS);
        return overstepped.isDone() ? new Ended(overstepped.join(), 0) : ended(exited.join());
      } catch (TimeoutException e) {
        if (group.ranOutOfMemory()) {
          return new Ended(Ended.How.OUT_OF_MEMORY, 0); // the rest may wait for the dead for ever
        }
        speakIfQuiet();
      } catch (ExecutionException e) {
        throw new IllegalStateException(command.what() + " could not be watched", e);
      }
    }
  }

  /**
   * Looks again and again how much the command's places have grown: no quota of a file system is
   * there without root, and none that all machines have with it.
   */
  private void watchDisk() {
    List<Path> writable =
        Stream.concat(
                scratch.stream(),
                command.places().stream().filter(Command.Place::writable).map(Command.Place::host))
            .toList();
    long before = walls.diskUse(writable);
    while (!exited.isDone() && !overstepped.isDone()) {
      long start = System.nanoTime();
      long grown = walls.diskUse(writable) - before + DiskUse.ofNameless(processes());
      if (grown > command.limits().disk()) {
        overstepped.complete(Ended.How.OUT_OF_DISK);
      }
      // A tree of many files is looked at less often.
      Duration took = Duration.ofNanos(System.nanoTime() - start);
      Duration pause = took.compareTo(LOOK) < 0 ? LOOK : took.multipliedBy(2);
      Patience.uninterrupted(() ->
          CompletableFuture.anyOf(exited, overstepped)
              .get(pause.toMillis(), TimeUnit.MILLISECONDS));
    }
  }

  private List<Long> processes() {
    return group.counts()
        ? group.processes()
        : started.join().descendants().map(ProcessHandle::pid).toList();
  }

  private void speakIfQuiet() {
    long now = System.nanoTime();
    if (now - lastLine >= QUIET.toNanos()) {
      lastLine = now;
      long seconds = TimeUnit.NANOSECONDS.toSeconds(now - begin);
      lines.accept("… " + command.what() + " is still running after " + seconds + " s");
    }
  }

  private Ended ended(int exitCode) {
    boolean memory = exitCode != 0 && group.ranOutOfMemory();
    return new Ended(memory ? Ended.How.OUT_OF_MEMORY : Ended.How.EXITED, exitCode);
  }

  /** Ends the whole tree; what it said until then is passed on. */
  @Override
  public void close() {
    if (started.isCompletedExceptionally()) {
      return;
    }
    Process process = started.join();
    if (process.isAlive()) {
      List<ProcessHandle> tree = new ArrayList<>(process.descendants().toList());
      tree.addFirst(process.toHandle());
      tree.forEach(ProcessHandle::destroyForcibly);
    }
    group.end();
    if (!walls.holdDescendants()) {
      ProcessMark.endAll(mark);
    }
    Patience.uninterrupted(() -> outputEnded.get(LAST_WORDS.toMillis(), TimeUnit.MILLISECONDS));
    scratch.ifPresent(Running::remove);
  }

  private static void remove(Path folder) {
    try {
      Trees.delete(folder);
    } catch (IOException e) {
      log.warn("{} stays until this worker starts again: {}", folder, e.toString());
    }
  }

  /** Notices when too much was printed; the rest is read all the same, so that nothing hangs. */
  private final class Counted extends FilterInputStream {
    Counted(InputStream output) {
      super(output);
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int count = super.read(buffer, offset, length);
      if (printed.addAndGet(Math.max(0, count)) > command.limits().output()) {
        overstepped.complete(Ended.How.OUT_OF_OUTPUT);
      }
      return count;
    }
  }
}
