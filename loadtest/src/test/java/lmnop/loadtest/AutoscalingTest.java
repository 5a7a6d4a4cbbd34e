package lmnop.loadtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import lmnop.loadtest.platform.RunningPlatform;
import lmnop.loadtest.platform.WorkTree;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Scaling by load from end to end, with windows that are short enough to wait for. */
@RequiresTool({"git", "python3"})
@Timeout(240)
final class AutoscalingTest {
  private static final Duration SOON = Duration.ofSeconds(60);

  private static final String WINDOWS =
      """
      scaling.look=200ms
      scaling.stable=2s
      scaling.panic=1s
      scaling.delay=2s
      """;

  /** Takes a moment for each request, and holds what wants another protocol until it leaves. */
  private static final String PROGRAM =
      """
      import http.server, os, time

      class Handler(http.server.BaseHTTPRequestHandler):
          protocol_version = "HTTP/1.1"

          def do_GET(self):
              if self.headers.get("Upgrade"):
                  self.wfile.write(b"HTTP/1.1 101 Switching Protocols\\r\\n"
                                   b"Upgrade: websocket\\r\\nConnection: Upgrade\\r\\n\\r\\n")
                  self.rfile.read(1)
                  self.close_connection = True
                  return
              time.sleep(0.05)
              self.send_response(200)
              self.send_header("Content-Length", "2")
              self.end_headers()
              self.wfile.write(b"ok")

          def log_message(self, *args):
              pass

      class Server(http.server.ThreadingHTTPServer):
          daemon_threads = True
          request_queue_size = 128

      Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
      """;

  private static PlatformUnderTest it;
  private static RunningPlatform platform;

  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final AtomicInteger clients = new AtomicInteger();

  @RegisterExtension
  static final AfterTestExecutionCallback EXPLAIN =
      context -> context.getExecutionException().ifPresent(e -> it.explain());

  @BeforeAll
  static void start() throws IOException {
    Path scratch = Files.createTempDirectory("lmnop-autoscaling");
    Path own = Files.createDirectories(scratch.resolve("data/settings/own"));
    Files.writeString(own.resolve("provider.properties"), WINDOWS);
    it = PlatformUnderTest.startIn(scratch);
    platform = it.platform;
  }

  @AfterAll
  static void stop() throws Exception {
    it.close();
  }

  private static URI deploy(String name, String scale) throws Exception {
    WorkTree tree = it.tree(name);
    tree.file("function.yml", "template: python3\nlimits: {cpu: 1000m}\nscale: " + scale + "\n");
    tree.file("function/main.py", PROGRAM);
    tree.program("entrypoint", "#!/bin/sh\nexec python3 main.py\n");
    WorkTree.Pushed pushed = tree.commit("one").push(platform.remote(name));
    assertThat(pushed.succeeded()).as(pushed.output()).isTrue();
    return platform.function(name);
  }

  private static long instances(String name) {
    return it.number(
        "SELECT coalesce(sum(replicas), 0) FROM workloads WHERE name LIKE '" + name + "-%'");
  }

  private static void awaitInstances(String name, Predicate<Long> enough) {
    await().pollInterval(Duration.ofMillis(100)).atMost(SOON).until(() -> instances(name), enough);
  }

  /** Has so many clients call without a pause, each until there are fewer. */
  private void clients(URI function, int wanted) {
    int before = clients.getAndSet(wanted);
    for (int i = before; i < wanted; i++) {
      int number = i;
      Thread.ofVirtual().start(() -> call(function, number));
    }
  }

  private void call(URI function, int number) {
    while (number < clients.get()) {
      try {
        int status = platform.status(function);
        if (status != 200) {
          failures.add("status " + status);
        }
      } catch (InterruptedException | RuntimeException e) {
        failures.add(e.toString());
        return;
      }
    }
  }

  private static Socket webSocket(URI function) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), function.getPort());
    socket.setSoTimeout(30_000);
    String request =
        "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
            .formatted(function.getRawPath(), function.getAuthority());
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    byte[] answer = socket.getInputStream().readNBytes("HTTP/1.1 101".length());
    assertThat(new String(answer, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 101");
    return socket;
  }

  @Test
  void followsItsLoadUpAndDownToZeroAndBackAndLosesNoRequest() throws Exception {
    URI elastic = deploy("elastic", "{min: 0, max: 3, target: 2, idle: 3s}");
    URI clock = deploy("clock", "{min: 0, idle: 3s}");
    clients(elastic, 6);
    awaitInstances("elastic", running -> running == 3);
    clients(elastic, 1);
    awaitInstances("elastic", running -> running == 1);
    clients(elastic, 0);
    try (Socket open = webSocket(elastic)) {
      assertThat(platform.status(clock)).isEqualTo(200);
      awaitInstances("clock", running -> running == 0); // so the same time passed for both
      assertThat(instances("elastic")).as("an open WebSocket is use").isEqualTo(1);
      assertThat(open.isClosed()).isFalse();
    }
    List<Integer> statuses = new ArrayList<>();
    for (int i = 0; i < 3; i++) { // its last instance is just being stopped
      awaitInstances("elastic", running -> running == 0);
      statuses.add(platform.status(elastic));
    }
    assertThat(statuses).containsOnly(200);
    assertThat(failures).isEmpty();
    assertThat(it.number("SELECT count(*) FROM scalings WHERE reason = 'it was idle'"))
        .isEqualTo(2);
  }
}
