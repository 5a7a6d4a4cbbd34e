package lmnop.builderworker.controlplane;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import lmnop.operations.archive.Digest;
import lmnop.tasks.LeaseLost;
import lmnop.tasks.Task;

/**
 * The control plane's internal listener. Every call shows the task's own token, so that whoever
 * lost the task is refused.
 *
 * <p>A control plane that is away for a short while is waited for.
 */
public final class ControlPlane implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(3);
  private static final Duration ANSWER = Duration.ofSeconds(60);
  private static final int LONGEST_REASON = 500; // characters of an answer that are shown

  private final URI base;
  private final Duration patience;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT).build();

  /**
   * Knows a control plane.
   *
   * @param patience for how long it may be away
   */
  public ControlPlane(URI base, Duration patience) {
    this.base = base;
    this.patience = patience;
  }

  /** Something to do with the body of an answer. */
  @FunctionalInterface
  public interface Reading {
    void read(InputStream body) throws IOException;
  }

  /** What the holder of a task may ask. */
  public Session session(Task task) {
    return new Session(task);
  }

  @Override
  public void close() {
    http.shutdownNow();
  }

  /** One task's calls. */
  public final class Session {
    private final Task task;

    private Session(Task task) {
      this.task = task;
    }

    /** Reads the tar of the commit that a build is for. */
    public void source(long buildId, Reading reading) throws IOException, InterruptedException {
      get("/internal/builds/" + buildId + "/source", reading);
    }

    /** Copies the tar of a template. */
    public void template(Digest digest, OutputStream into)
        throws IOException, InterruptedException {
      get("/internal/templates/" + digest, body -> body.transferTo(into));
    }

    /** Appends lines to a build's log: JSON objects, one a line. */
    public void log(long buildId, byte[] lines) throws IOException, InterruptedException {
      HttpRequest.Builder request =
          request("/internal/builds/" + buildId + "/log")
              .header("Content-Type", "application/x-ndjson")
              .POST(BodyPublishers.ofByteArray(lines));
      try (InputStream body = send(request.build()).body()) {
        body.skipNBytes(0);
      }
    }

    private void get(String path, Reading reading) throws IOException, InterruptedException {
      try (InputStream body = send(request(path).GET().build()).body()) {
        reading.read(body);
      }
    }

    private HttpRequest.Builder request(String path) {
      return HttpRequest.newBuilder(base.resolve(path))
          .timeout(ANSWER)
          .header("Authorization", "Bearer " + task.accessToken())
          .header("X-Lmnop-Task", String.valueOf(task.id()))
          .header("X-Lmnop-Fence", String.valueOf(task.fence()));
    }

    /** Sends until there is an answer that is not the control plane's own trouble. */
    private HttpResponse<InputStream> send(HttpRequest request)
        throws IOException, InterruptedException {
      long deadline = System.nanoTime() + patience.toNanos();
      long pause = 50;
      while (true) {
        String trouble;
        try {
          HttpResponse<InputStream> response = http.send(request, BodyHandlers.ofInputStream());
          Optional<String> refused = refusal(response);
          if (refused.isEmpty()) {
            return response;
          }
          trouble = refused.get();
        } catch (Refused e) {
          throw e;
        } catch (IOException e) {
          trouble = e.getMessage() == null ? "it does not answer" : e.getMessage();
        }
        if (System.nanoTime() - deadline > 0) {
          throw new IOException("the control plane failed at " + request.uri() + ": " + trouble);
        }
        new Semaphore(0).tryAcquire(pause, TimeUnit.MILLISECONDS);
        pause = Math.min(2 * pause, 2_000);
      }
    }

    private Optional<String> refusal(HttpResponse<InputStream> response) throws IOException {
      int status = response.statusCode();
      if (status / 100 == 2) {
        return Optional.empty();
      }
      String reason;
      try (InputStream body = response.body()) {
        reason = new String(body.readNBytes(LONGEST_REASON), StandardCharsets.UTF_8).strip();
      }
      String said = "HTTP " + status + " " + reason;
      return switch (status) {
        case 401, 403, 409 -> throw new LeaseLost(task);
        case 408, 429, 500, 502, 503, 504 -> Optional.of(said);
        default ->
            throw new Refused(
                "the control plane answers " + response.uri().getPath() + " with " + said);
      };
    }
  }

  /** An answer that would be the same next time. */
  public static final class Refused extends IOException {
    private static final long serialVersionUID = 1L;

    Refused(String message) {
      super(message);
    }
  }
}
