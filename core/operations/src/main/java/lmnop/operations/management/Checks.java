package lmnop.operations.management;

import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import lmnop.operations.management.ManagementServer.Answer;
import tools.jackson.databind.json.JsonMapper;

/**
 * What an app says of its health in detail, one finding for each thing that it needs. Each is asked
 * at the same moment as the others and has a bounded time, so that a thing that hangs is a finding
 * and not a page that never comes.
 */
public final class Checks {
  private static final Duration TIME = Duration.ofSeconds(2);
  private static final int OK = 200;
  private static final int NOT_OK = 503;

  /**
   * What is found.
   *
   * @param words for a person to read
   */
  public record Finding(boolean ok, String words) {
    public static Finding ok(String words) {
      return new Finding(true, words);
    }

    public static Finding notOk(String words) {
      return new Finding(false, words);
    }
  }

  private final Map<String, Callable<Finding>> checks = new LinkedHashMap<>();

  /** Adds one; an exception is a finding too. */
  public Checks add(String name, Callable<Finding> check) {
    checks.put(name, check);
    return this;
  }

  /** The page: 200 if all is well, else 503. */
  public Answer page(URI asked) {
    Map<String, Finding> found = find();
    boolean ok = found.values().stream().allMatch(Finding::ok);
    String body = JsonMapper.shared().writeValueAsString(Map.of("ok", ok, "checks", found));
    return new Answer(ok ? OK : NOT_OK, "application/json", body + "\n");
  }

  /** Asks, and returns what was found by then, in the order in which it was added. */
  public Map<String, Finding> find() {
    Map<String, FutureTask<Finding>> asked = new LinkedHashMap<>();
    checks.forEach((name, check) -> {
      FutureTask<Finding> task = new FutureTask<>(check);
      Thread.ofVirtual().name("check-" + name).start(task);
      asked.put(name, task);
    });
    long deadline = System.nanoTime() + TIME.toNanos();
    Map<String, Finding> found = new LinkedHashMap<>();
    asked.forEach((name, task) -> found.put(name, await(task, deadline)));
    return found;
  }

  private static Finding await(FutureTask<Finding> task, long deadline) {
    try {
      return task.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      task.cancel(true);
      return Finding.notOk("no answer within %d s".formatted(TIME.toSeconds()));
    } catch (ExecutionException e) {
      return Finding.notOk(String.valueOf(e.getCause()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Finding.notOk("interrupted");
    }
  }
}
