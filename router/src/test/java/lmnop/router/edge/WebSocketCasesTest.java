package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.PoolArenaMetric;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import lmnop.testkit.Reliability;
import lmnop.testkit.Thorough;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Through the router a WebSocket gets, byte for byte, what it gets from the function directly. */
@Tag(Reliability.TAG)
@Timeout(900)
final class WebSocketCasesTest {
  private static final String HOST = "hello.example.com";
  private static final String OFFER =
      "GET / HTTP/1.1\r\nHost: "
          + HOST
          + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
          + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  private static final int TEXT = 1;
  private static final int BINARY = 2;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;
  private static final int LAST = 0x80;
  private static final int MASKED = 0x80;
  private static final int LARGEST = 1 << 20;
  private static final int[] SIZES = {
    0, 1, 2, 125, 126, 127, 128, 1000, 4096, 65_535, 65_536, LARGEST
  };
  private static final String[] TEXTS = {
    "",
    "41",
    "c3a4",
    "e282ac",
    "f09f9880",
    "7f",
    "c280",
    "dfbf",
    "e0a080",
    "efbfbf",
    "f0908080",
    "f48fbfbf",
    "ed9fbf",
    "ee8080",
    "efbfbd",
    "cebae1bdb9cf83cebcceb5",
    "c0af",
    "c080",
    "e08080",
    "e09fbf",
    "f0808080",
    "f08fbfbf",
    "f4908080",
    "f7bfbfbf",
    "f8888080",
    "fc84808080",
    "fe",
    "ff",
    "80",
    "bf",
    "c3",
    "e282",
    "f09f98",
    "eda080",
    "edafbf",
    "edb080",
    "edbfbf",
    "eda080edb080",
    "cebaeda080656469746564",
    "41c3",
    "c3c3a4",
    "e28228"
  };
  private static final int[] CODES = {
    0, 999, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013,
    1014, 1015, 1016, 1100, 2000, 2999, 3000, 3999, 4000, 4999, 5000, 65_535
  };

  private EdgeFixture router;

  @BeforeEach
  void start() throws Exception {
    router = EdgeFixture.start();
  }

  @AfterEach
  void stop() throws Exception {
    router.close();
  }

  // ── frames ───────────────────────────────────────────────────────────────────────────────────

  /** What is sent, in pieces of this size, after the two have agreed. */
  @SuppressWarnings("ArrayRecordComponent") // it is sent and never compared
  private record Case(String name, byte[] frames, int piece) {}

  private static byte[] frame(int first, byte[] payload) {
    return frame(first, MASKED, payload);
  }

  private static byte[] frame(int first, int mask, byte[] payload) {
    ByteBuffer out = ByteBuffer.allocate(14 + payload.length).put((byte) first);
    if (payload.length < 126) {
      out.put((byte) (mask | payload.length));
    } else if (payload.length < 65_536) {
      out.put((byte) (mask | 126)).putShort((short) payload.length);
    } else {
      out.put((byte) (mask | 127)).putLong(payload.length);
    }
    byte[] key = mask == 0 ? new byte[4] : new byte[] {1, 2, 3, 4};
    if (mask != 0) {
      out.put(key);
    }
    for (int i = 0; i < payload.length; i++) {
      out.put((byte) (payload[i] ^ key[i & 3]));
    }
    return Arrays.copyOf(out.array(), out.position());
  }

  private static byte[] some(int size) {
    byte[] bytes = new byte[size];
    Arrays.fill(bytes, (byte) '*');
    return bytes;
  }

  private static byte[] all(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static byte[] code(int code, byte[] reason) {
    return all(new byte[] {(byte) (code >> 8), (byte) code}, reason);
  }

  /** One message in so many frames. */
  private static byte[] fragments(int kind, byte[] message, int count, byte[] between) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    int each = (message.length + count - 1) / count;
    for (int i = 0; i < count; i++) {
      int from = Math.min(message.length, i * each);
      byte[] part = Arrays.copyOfRange(message, from, Math.min(message.length, from + each));
      all.writeBytes(frame((i == 0 ? kind : 0) | (i == count - 1 ? LAST : 0), part));
      if (i < count - 1) {
        all.writeBytes(between);
      }
    }
    return all.toByteArray();
  }

  // ── cases ────────────────────────────────────────────────────────────────────────────────────

  private static final class Cases {
    private static final byte[] GOOD_BYE = frame(LAST | CLOSE, code(1000, new byte[0]));
    private final List<Case> all = new ArrayList<>();

    /** One that may end in an error: nothing comes behind it that could be lost. */
    private void add(String name, byte[]... frames) {
      byte[] bytes = all(frames);
      all.add(new Case(name, bytes, bytes.length));
      if (bytes.length < 300) {
        all.add(new Case(name + ", byte by byte", bytes, 1));
      }
    }

    private void whole(String name, byte[]... frames) {
      add(name, all(frames), GOOD_BYE);
    }

    private void sizes() {
      for (int size : SIZES) {
        for (int kind : new int[] {TEXT, BINARY}) {
          String name = (kind == TEXT ? "text of " : "bytes of ") + size;
          whole(name, frame(LAST | kind, some(size)));
          for (int count : new int[] {2, 3, 16}) {
            whole(name + " in " + count, fragments(kind, some(size), count, new byte[0]));
          }
        }
      }
    }

    private void controls() {
      for (int size : new int[] {0, 1, 125, 126, 1000}) {
        byte[] ping = frame(LAST | PING, some(size));
        byte[] pong = frame(LAST | PONG, some(size));
        add("ping of " + size, ping, size < 126 ? GOOD_BYE : new byte[0]);
        add("pong of " + size, pong, size < 126 ? GOOD_BYE : new byte[0]);
        add("ping in pieces of " + size, frame(PING, some(size)));
        if (size < 126) {
          whole("ping of " + size + " inside", fragments(TEXT, some(90), 3, ping));
          whole("pong of " + size + " inside", fragments(BINARY, some(90), 3, pong));
        }
      }
      byte[] text = frame(LAST | TEXT, some(3));
      add("a part of nothing", frame(LAST, some(3)));
      add("a text inside another", frame(TEXT, some(3)), text);
      add("not masked", frame(LAST | TEXT, 0, some(3)));
      add("good-bye inside a text", frame(TEXT, some(3)), GOOD_BYE);
      whole("ten in a row", text, text, text, text, text, text, text, text, text, text);
    }

    private void reserved() {
      for (int opcode = 0; opcode < 16; opcode++) {
        for (int bits = (opcode > 2 && opcode < 8) || opcode > 10 ? 0 : 1; bits < 8; bits++) {
          byte[] odd = frame(LAST | bits << 4 | opcode, some(2));
          all.add(new Case("kind " + opcode + " with bits " + bits, odd, odd.length));
        }
      }
    }

    private void texts() {
      for (String hex : TEXTS) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        add("text " + hex, frame(LAST | TEXT, bytes));
        add("text " + hex + " in two", fragments(TEXT, bytes, 2, new byte[0]));
      }
    }

    private void codes() {
      for (int code : CODES) {
        add("code " + code, frame(LAST | CLOSE, code(code, new byte[0])));
        byte[] why = "because".getBytes(StandardCharsets.UTF_8);
        add("code " + code + " and why", frame(LAST | CLOSE, code(code, why)));
      }
      add("no code", frame(LAST | CLOSE, new byte[0]));
      add("half a code", frame(LAST | CLOSE, some(1)));
      add("the longest reason", frame(LAST | CLOSE, code(1000, some(123))));
      add("too long a reason", frame(LAST | CLOSE, code(1000, some(124))));
      add("a reason that is no text", frame(LAST | CLOSE, code(1000, new byte[] {(byte) 0xc0})));
      for (int code : new int[] {1000, 1001, 1008, 1011, 3000, 4000, 4999}) {
        byte[] wish = ("leave with " + code).getBytes(StandardCharsets.UTF_8);
        add("the function leaves with " + code, frame(LAST | TEXT, wish), GOOD_BYE);
      }
    }

    static List<Case> made() {
      Cases cases = new Cases();
      cases.sizes();
      cases.controls();
      cases.reserved();
      cases.texts();
      cases.codes();
      return cases.all;
    }
  }

  // ── what comes of them ───────────────────────────────────────────────────────────────────────

  /** All that the client hears until the function has nothing more to say. */
  private static String verdict(int port, Case tried, int patienceMillis) {
    try (Visitor visitor = new Visitor(port)) {
      visitor.send(OFFER);
      String head = visitor.head();
      if (!head.startsWith("HTTP/1.1 101 ")) {
        return head;
      }
      byte[] frames = tried.frames();
      for (int from = 0; from < frames.length; from += tried.piece()) {
        visitor.send(
            Arrays.copyOfRange(frames, from, Math.min(frames.length, from + tried.piece())));
      }
      return heard(visitor, patienceMillis);
    } catch (IOException e) {
      return "no agreement: " + e;
    }
  }

  /** Says nothing more after a while, because some cases leave the function waiting for more. */
  private static String heard(Visitor visitor, int patienceMillis) throws IOException {
    ByteArrayOutputStream heard = new ByteArrayOutputStream();
    visitor.patience(patienceMillis);
    String end = "closed";
    try {
      byte[] some = new byte[65_536];
      for (int n = visitor.in().read(some); n >= 0; n = visitor.in().read(some)) {
        heard.write(some, 0, n);
      }
    } catch (java.net.SocketTimeoutException e) {
      end = "waiting";
    } catch (IOException e) {
      end = "closed"; // as a reset
    }
    return end + " after " + HexFormat.of().formatHex(heard.toByteArray());
  }

  /** Milliseconds without a word; whatever differs then is tried again alone and longer. */
  private static final int SHORT = 700;

  private static final int LONG = 5_000;

  @Test
  void everyCaseEndsAsItDoesDirectly() throws Exception {
    List<Case> cases = Cases.made();
    List<String> different = new ArrayList<>();
    try (WebSocketFunction function = WebSocketFunction.start();
        ExecutorService pool = Executors.newFixedThreadPool(24)) {
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a", function.port()));
      List<CompletableFuture<Boolean>> all = new ArrayList<>();
      for (Case tried : cases) {
        all.add(
            CompletableFuture.supplyAsync(
                () ->
                    verdict(function.port(), tried, SHORT)
                        .equals(verdict(router.edge.port(), tried, SHORT)),
                pool));
      }
      for (int i = 0; i < all.size(); i++) {
        Case tried = cases.get(i);
        if (!all.get(i).join()
            && !verdict(function.port(), tried, LONG)
                .equals(verdict(router.edge.port(), tried, LONG))) {
          different.add(tried.name());
        }
      }
    }
    Reliability.atLeast("R11", "WebSocket cases tried directly and through", cases.size(), 300);
    assertThat(different).isEmpty();
    Reliability.atMost("R11", "of these that ended differently", different.size(), 0);
  }

  @Test
  void manyIdleOnesSurvive() throws Exception {
    boolean all = Thorough.isAskedFor();
    int count = all ? 1000 : 200;
    List<Visitor> visitors = new ArrayList<>();
    try (WebSocketFunction function = WebSocketFunction.start()) {
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a", function.port()));
      for (int i = 0; i < count; i++) {
        Visitor visitor = router.visit();
        visitors.add(visitor);
        visitor.send(OFFER).head();
        visitor.in().readNBytes(2 + "welcome to /".length());
      }
      assertThat(router.metrics.text()).contains("lmnop_router_tunnels " + count + ".0");
      TimeUnit.SECONDS.sleep(all ? 600 : 2);
      int lost = 0;
      byte[] hello = frame(LAST | TEXT, "hi".getBytes(StandardCharsets.UTF_8));
      for (Visitor visitor : visitors) {
        byte[] back = visitor.send(hello).in().readNBytes(4);
        lost += Arrays.equals(back, new byte[] {(byte) (LAST | TEXT), 2, 'h', 'i'}) ? 0 : 1;
      }
      Reliability.atMost("R11", "of " + count + " idle WebSockets lost", lost, 0);
      for (Visitor visitor : visitors) {
        visitor.close();
      }
      await()
          .untilAsserted(
              () -> assertThat(router.metrics.text()).contains("lmnop_router_tunnels 0.0"));
    }
  }

  @Test
  void whoReadsNothingCostsLittle() throws Exception {
    int count = 20;
    AtomicLong sent = new AtomicLong();
    List<Visitor> visitors = new ArrayList<>();
    try (Origin origin =
        Origin.start(conversation -> {
          conversation.head();
          conversation.send(
              "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
          byte[] block = new byte[65_536];
          while (true) {
            conversation.out().write(block);
            sent.addAndGet(block.length);
          }
        })) {
      router.routes.put(HOST, "hello", MapRoutes.share("hello-a", origin.port()));
      long before = buffers();
      for (int i = 0; i < count; i++) {
        Visitor visitor = router.visit();
        visitors.add(visitor);
        visitor.send(OFFER).head();
      }
      await().until(() -> standsStill(sent));
      long each = (buffers() - before) / count / 1024;
      Reliability.atMost("R11", "KiB that each slow consumer costs", each, 1024);
      for (Visitor visitor : visitors) {
        visitor.close();
      }
    }
  }

  private static boolean standsStill(AtomicLong sent) throws InterruptedException {
    long before = sent.get();
    TimeUnit.MILLISECONDS.sleep(300);
    return before > 0 && sent.get() == before;
  }

  private static long buffers() {
    return PooledByteBufAllocator.DEFAULT.metric().directArenas().stream()
        .mapToLong(PoolArenaMetric::numActiveBytes)
        .sum();
  }
}
