package lmnop.provider.kubernetes;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.LogWatch;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import lmnop.provider.api.Refused;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes what one pod prints to a file, from its beginning to its end. Where the connection breaks
 * it goes on after the last line that came, which it knows by its time; so does the next provider
 * process, since that time is in a file as well.
 */
final class LogFollower {
  private static final Logger log = LoggerFactory.getLogger(LogFollower.class);
  private static final Duration AGAIN = Duration.ofSeconds(1);

  /** What ended without a word, as of a program that waits to be started again, is left alone. */
  private static final Duration SELDOM = Duration.ofSeconds(30);

  private static final Duration LONGEST_END = Duration.ofSeconds(2);
  private static final int LONGEST_LINE = 16 * 1024; // characters; the rest is another line

  /** What is done before the first line. */
  interface Beginning {
    void run() throws IOException;
  }

  private final KubernetesClient client;
  private final Pod pod;
  private final Path file;
  private final Path reached;
  private final Beginning beginning;
  private final Semaphore nudges = new Semaphore(0);
  private Instant last = Instant.EPOCH;
  private volatile boolean gone;
  private volatile boolean stopped;
  private volatile Thread thread = Thread.currentThread();

  LogFollower(KubernetesClient client, Pod pod, Path file, Beginning beginning) {
    this.client = client;
    this.pod = pod;
    this.file = file;
    this.reached = file.resolveSibling(file.getFileName() + ".reached");
    this.beginning = beginning;
  }

  /** Begins, in the background. */
  void start(Runnable end) {
    thread =
        Thread.ofVirtual().name("log-" + pod.getMetadata().getName()).unstarted(() -> follow(end));
    thread.start();
  }

  /** Something happened to the pod: perhaps its program was started again. */
  void nudge() {
    nudges.release();
  }

  /** Nothing more comes: ends once what came is written. */
  void finish() {
    gone = true;
    nudges.release();
  }

  /** Ends at once; {@link #awaitEnd} says when it has. */
  void stop() {
    stopped = true;
    thread.interrupt();
  }

  /** Waits until nothing is read or written any more, but not for long. */
  void awaitEnd() throws InterruptedException {
    if (!thread.join(LONGEST_END)) {
      log.warn("what {} prints is still read", pod.getMetadata().getName());
    }
  }

  private void follow(Runnable end) {
    try {
      begin();
      Duration pause = AGAIN;
      while (!stopped) {
        pause = read() ? AGAIN : longer(pause);
        if (gone) {
          break;
        }
        if (nudges.tryAcquire(pause.toMillis(), TimeUnit.MILLISECONDS)) {
          nudges.drainPermits();
          pause = AGAIN;
        }
      }
      end.run();
      Files.deleteIfExists(file);
      Files.deleteIfExists(reached);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      if (!stopped) {
        log.warn("what {} prints cannot be kept: {}", pod.getMetadata().getName(), e.toString());
      }
    }
  }

  private void begin() throws IOException, InterruptedException {
    last = readReached();
    boolean begun = false;
    while (!begun && !stopped) {
      try {
        beginning.run();
        begun = true;
      } catch (Refused e) {
        log.debug("{} is not followed yet: {}", pod.getMetadata().getName(), e.getMessage());
        nudges.tryAcquire(AGAIN.toMillis(), TimeUnit.MILLISECONDS);
      }
    }
  }

  private static Duration longer(Duration pause) {
    Duration twice = pause.multipliedBy(2);
    return twice.compareTo(SELDOM) < 0 ? twice : SELDOM;
  }

  /** Follows until it ends; whether it is to be tried again soon. */
  private boolean read() throws IOException {
    Instant known = last;
    try (LogWatch watch =
            client
                .pods()
                .inNamespace(pod.getMetadata().getNamespace())
                .withName(pod.getMetadata().getName())
                .inContainer(PodTemplates.CONTAINER)
                .withReadyWaitTimeout(0) // it has started: nobody has to look
                .usingTimestamps()
                .sinceTime(known.toString())
                .watchLog();
        Reader printed =
            new BufferedReader(new InputStreamReader(watch.getOutput(), StandardCharsets.UTF_8));
        OutputStream out =
            Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      StringBuilder line = new StringBuilder();
      for (int next = printed.read(); next >= 0; next = printed.read()) {
        if (next == '\n' || line.length() >= LONGEST_LINE) {
          write(line.toString(), known, out);
          line.setLength(0);
          if (!printed.ready()) {
            Files.writeString(reached, last.toString());
          }
        }
        if (next != '\n') {
          line.append((char) next);
        }
      }
      if (!line.isEmpty()) {
        write(line.toString(), known, out);
      }
      return last.isAfter(known);
    } catch (KubernetesClientException | CompletionException e) { // the latter by its HTTP client
      log.debug("the log of {} broke off: {}", pod.getMetadata().getName(), e.toString());
      return true;
    }
  }

  private Instant readReached() {
    try {
      return Files.exists(reached) ? Instant.parse(Files.readString(reached)) : Instant.EPOCH;
    } catch (IOException | DateTimeParseException e) {
      return Instant.EPOCH; // then lines are read twice, and none is lost
    }
  }

  /** A line comes as its time, a space, and what was printed; the rest of a long one without. */
  private void write(String line, Instant known, OutputStream out) throws IOException {
    int space = line.indexOf(' ');
    String text = line;
    if (space > 0) {
      try {
        last = Instant.parse(line.substring(0, space));
        text = line.substring(space + 1);
      } catch (DateTimeParseException e) {
        text = line;
      }
    }
    if (last.isAfter(known)) {
      out.write((text + "\n").getBytes(StandardCharsets.UTF_8));
    }
  }
}
