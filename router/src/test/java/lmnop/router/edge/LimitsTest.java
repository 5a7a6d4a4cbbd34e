package lmnop.router.edge;

import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lmnop.registry.table.RoutePolicy;
import lmnop.testkit.Reliability;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What is too much is refused, in HTTP/1.1 as in HTTP/2, before it costs memory. Bodies pass as
 * they are: nothing is ever unpacked here, so that nothing can grow.
 */
@Tag(Reliability.TAG)
@Timeout(300)
final class LimitsTest {
  private static final String NAME = "hello.example.com";
  private static final long BODY = 100_000;
  private static final int MIB = 1 << 20;
  private static final int AT_ONCE = 30;

  private static final RoutePolicy POLICY = new RoutePolicy(null, null, null, null, null, BODY);

  @Test
  void areTheSameInBothVersions() throws Exception {
    int wrong = 0;
    int tried = 0;
    try (EdgeFixture router = EdgeFixture.start();
        Witness witness = Witness.start()) {
      router.routes.put(NAME, "hello", MapRoutes.share("hello-a", POLICY, witness.port()));
      for (Map.Entry<Request, Integer> one : requests().entrySet()) {
        int first = status(router, one.getKey());
        int second = statusNew(router, one.getKey());
        tried++;
        if (first != one.getValue() || second != one.getValue()) {
          wrong++;
          System.err.println(one.getKey().what + ": " + first + " and in HTTP/2 " + second);
        }
      }
    }
    Reliability.atLeast("R08", "sizes around the limits", tried, 16);
    Reliability.atMost("R08", "of them that were not judged alike", wrong, 0);
  }

  private record Request(
      String what, String path, List<String> headers, int length, boolean says) {}

  private static Map<Request, Integer> requests() {
    Map<Request, Integer> all = new LinkedHashMap<>();
    all.put(new Request("a path of 8 KB", "/" + "a".repeat(8_000), List.of(), 0, true), 200);
    for (int size : List.of(8_200, 9_000, 20_000)) {
      all.put(new Request("a path of " + size, "/" + "a".repeat(size), List.of(), 0, true), 414);
    }
    all.put(new Request("a query", "/?" + "a".repeat(9_000), List.of(), 0, true), 414);
    for (int size : List.of(1_000, 30_000)) {
      all.put(
          new Request("a header of " + size, "/", List.of("x", "a".repeat(size)), 0, true), 200);
    }
    for (int size : List.of(33_000, 40_000)) {
      all.put(
          new Request("a header of " + size, "/", List.of("x", "a".repeat(size)), 0, true), 431);
    }
    all.put(new Request("90 headers", "/", many(90), 0, true), 200);
    for (int count : List.of(101, 150, 1_000)) {
      all.put(new Request(count + " headers", "/", many(count), 0, true), 431);
    }
    for (boolean says : new boolean[] {true, false}) {
      all.put(new Request("a body at the limit", "/", List.of(), (int) BODY, says), 200);
      all.put(new Request("a body above it", "/", List.of(), (int) BODY + 1, says), 413);
      all.put(new Request("a body far above it", "/", List.of(), 2 * MIB, says), 413);
    }
    return all;
  }

  private static List<String> many(int count) {
    List<String> headers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      headers.add("x");
      headers.add("y");
    }
    return headers;
  }

  private static String text(Request request) {
    StringBuilder text =
        new StringBuilder("POST " + request.path + " HTTP/1.1\r\nHost: " + NAME + "\r\n");
    for (int i = 0; i < request.headers.size(); i += 2) {
      text.append(request.headers.get(i)).append(": ").append(request.headers.get(i + 1));
      text.append("\r\n");
    }
    String body = "b".repeat(request.length);
    return request.says
        ? text + "Content-Length: " + request.length + "\r\n\r\n" + body
        : text
            + "Transfer-Encoding: chunked\r\n\r\n"
            + Integer.toHexString(request.length)
            + "\r\n"
            + body
            + "\r\n0\r\n\r\n";
  }

  private static int status(EdgeFixture router, Request request) throws IOException {
    try (Visitor visitor = router.visit()) {
      try {
        visitor.send(text(request));
      } catch (IOException e) {
        // refused while it was still sent
      }
      return visitor.reply().status();
    }
  }

  private static int statusNew(EdgeFixture router, Request request) throws IOException {
    List<String> headers =
        new ArrayList<>(
            List.of(
                ":method", "POST", ":scheme", "http", ":authority", NAME, ":path", request.path));
    headers.addAll(request.headers);
    if (request.says && request.length > 0) {
      headers.addAll(List.of("content-length", String.valueOf(request.length)));
    }
    Frames frames = new Frames();
    frames.headers(1, request.length == 0, headers.toArray(String[]::new));
    for (int sent = 0; sent < Math.min(request.length, 60_000); ) {
      int piece = Math.min(10_000, Math.min(request.length, 60_000) - sent);
      sent += piece;
      frames.data(1, sent == request.length, "b".repeat(piece));
    }
    try (Visitor visitor = router.visit()) {
      visitor.send(frames.bytes());
      int left = request.length - 60_000;
      for (Frames.Frame frame = Frames.read(visitor.in()); frame != null; ) {
        if (frame.type() == Frames.HEADERS && frame.stream() == 1) {
          return frame.status();
        }
        if (frame.type() == Frames.GOAWAY || frame.type() == Frames.RESET) {
          return -frame.type();
        }
        if (frame.type() == Frames.WINDOW_UPDATE && frame.stream() == 1) {
          for (int more = ByteBuffer.wrap(frame.payload()).getInt(); more > 0 && left > 0; ) {
            int piece = Math.min(Math.min(left, more), 10_000);
            left -= piece;
            more -= piece;
            visitor.send(data(left == 0, new byte[piece]));
          }
        }
        frame = Frames.read(visitor.in());
      }
    }
    return -1;
  }

  /** A frame without what a client says first. */
  private static byte[] data(boolean isLast, byte[] bytes) {
    int flags = isLast ? Frames.END_STREAM : 0;
    byte[] all = new Frames().frame(Frames.DATA, flags, 1, bytes).bytes();
    return Arrays.copyOfRange(all, new Frames().bytes().length, all.length);
  }

  @Test
  void aRefusedRequestCostsLittleMemory() throws Exception {
    List<String> large =
        List.of(
            text(new Request("", "/" + "a".repeat(2 * MIB), List.of(), 0, true)),
            text(new Request("", "/", List.of("x", "a".repeat(2 * MIB)), 0, true)),
            text(new Request("", "/", many(100_000), 0, true)),
            text(new Request("", "/", List.of(), 4 * MIB, true)),
            text(new Request("", "/", List.of(), 4 * MIB, false)));
    long most = 0;
    try (EdgeFixture router = EdgeFixture.start();
        Witness witness = Witness.start()) {
      router.routes.put(NAME, "hello", MapRoutes.share("hello-a", POLICY, witness.port()));
      for (String text : large) {
        most = Math.max(most, cost(router, Http.bytes(text)));
      }
    }
    Reliability.atMost("R08", "KiB in memory for each refused request", most / 1024, 1024);
  }

  private static long cost(EdgeFixture router, byte[] text) throws IOException {
    long before = used();
    List<Visitor> visitors = new ArrayList<>();
    try {
      for (int i = 0; i < AT_ONCE; i++) {
        Visitor visitor = router.visit();
        visitors.add(visitor);
        try {
          visitor.send(text);
        } catch (IOException e) {
          // refused while it was still sent
        }
      }
      return (used() - before) / AT_ONCE;
    } finally {
      for (Visitor visitor : visitors) {
        visitor.close();
      }
    }
  }

  private static long used() {
    ManagementFactory.getMemoryMXBean().gc();
    long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    return heap + PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
  }
}
