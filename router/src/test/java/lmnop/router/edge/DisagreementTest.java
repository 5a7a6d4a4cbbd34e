package lmnop.router.edge;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import lmnop.testkit.Reliability;
import lmnop.testkit.RequiresTool;
import lmnop.testkit.Thorough;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Requests with mistakes in them go through the router to servers that others have written: each
 * understands as many, with the same method, path, host and length, as the router meant.
 */
@Tag(Reliability.TAG)
@RequiresTool({"apache2", "python3"})
@Timeout(3600)
final class DisagreementTest {
  private static final String DOMAIN = ".servers.example.com";
  private static final int AT_ONCE = 8;
  private static final Duration PATIENCE = Duration.ofMillis(700);

  /** Fills a body that a mistake made longer, so that few requests wait for more. */
  private static final String FILLER = "GET /filler HTTP/1.1\r\nHost: x\r\n\r\n".repeat(8);

  @TempDir Path scratch;

  private final AtomicInteger compared = new AtomicInteger();
  private final AtomicInteger understood = new AtomicInteger();
  private final AtomicInteger refusedByServers = new AtomicInteger();
  private final List<String> disagreements = new java.util.concurrent.CopyOnWriteArrayList<>();

  /** What came back on a connection, and whether it was all. */
  private record Views(List<String> seen, boolean whole) {}

  @Test
  void realServersUnderstandWhatTheRouterMeant() throws Exception {
    int count = Thorough.isAskedFor() ? 100_000 : 2_000;
    compare(count);
    disagreements.stream().limit(30).forEach(System.err::println);
    Reliability.atLeast("R04", "mutated requests", compared.get(), count);
    Reliability.atLeast("R04", "of them that reached a server", understood.get(), count / 10);
    Reliability.atMost("R04", "disagreements with other servers", disagreements.size(), 0);
  }

  private void compare(int count) throws Exception {
    try (EdgeFixture meant = EdgeFixture.start();
        EdgeFixture real = EdgeFixture.start();
        Witness witness = Witness.start();
        RealServers servers = RealServers.start(scratch, witness.port());
        ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE)) {
      List<String> hosts = new ArrayList<>();
      for (Map.Entry<String, Integer> server : servers.ports().entrySet()) {
        String host = "s" + hosts.size() + DOMAIN;
        hosts.add(host);
        meant.routes.put(host, "meant", MapRoutes.share("meant-a", witness.port()));
        real.routes.put(host, server.getKey(), MapRoutes.share(server.getKey(), server.getValue()));
      }
      AtomicInteger next = new AtomicInteger();
      Callable<Void> work =
          () -> {
            for (int seed = next.getAndIncrement(); seed < count; seed = next.getAndIncrement()) {
              compare(meant, real, seed, hosts.get(seed % hosts.size()));
            }
            return null;
          };
      for (Future<Void> done : threads.invokeAll(Collections.nCopies(AT_ONCE, work))) {
        done.get();
      }
    }
  }

  private void compare(EdgeFixture meant, EdgeFixture real, int seed, String host)
      throws IOException {
    String request = Mutations.of(new Random(seed), host);
    String last = "GET /last HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
    Views first = views(meant, request + last + FILLER);
    Views second = views(real, request + last + FILLER);
    compared.incrementAndGet();
    understood.addAndGet(first.seen.stream().anyMatch(view -> view.contains("/")) ? 1 : 0);
    if (!agree(first, second)) {
      disagreements.add(
          seed + " " + request.replace("\r", "\\r").replace("\n", "\\n") + " " + first + second);
    }
  }

  private boolean agree(Views first, Views second) {
    int common = Math.min(first.seen.size(), second.seen.size());
    for (int i = 0; i < common; i++) {
      String said = second.seen.get(i);
      if (!oneSlash(first.seen.get(i)).equals(oneSlash(said))) {
        if (!isRefusal(said)) {
          return false;
        }
        refusedByServers.incrementAndGet(); // which is not to misunderstand
      }
    }
    boolean ended = common > 0 && isRefusal(second.seen.getLast()); // some close after that
    return first.seen.size() == second.seen.size() || !first.whole || !second.whole || ended;
  }

  /** Apache takes slashes at the beginning of a path for one, whatever it is told. */
  private static String oneSlash(String view) {
    return view.replaceFirst(" //+", " /");
  }

  private static boolean isRefusal(String view) {
    return view.startsWith("4") || view.startsWith("5");
  }

  private static Views views(EdgeFixture router, String text) throws IOException {
    List<String> seen = new ArrayList<>();
    try (Visitor visitor = router.visit()) {
      visitor.patience(PATIENCE).send(text);
      for (Visitor.Reply reply : visitor.replies()) {
        if (reply.status() >= 200) {
          String view = Witness.seen(reply);
          seen.add(view == null ? String.valueOf(reply.status()) : view);
        }
      }
      return new Views(seen, true);
    } catch (SocketTimeoutException e) {
      return new Views(seen, false);
    }
  }
}
