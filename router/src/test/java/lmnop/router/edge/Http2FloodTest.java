package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Clients that ask for nothing, as often as they can: they are cut off, and nobody else notices.
 */
final class Http2FloodTest {
  private static final int ENHANCE_YOUR_CALM = 11;
  private static final String HOST = "f.apps.example.com";

  enum Flood {
    PINGS(bytes -> repeat(2000, i -> bytes.frame(Frames.PING, 0, 0, new byte[8]))),
    SETTINGS_AGAIN(bytes -> repeat(2000, i -> bytes.frame(Frames.SETTINGS, 0, 0))),
    PRIORITIES(
        bytes -> repeat(2000, i -> bytes.frame(Frames.PRIORITY, 0, 1, new byte[] {0, 0, 0, 3, 9}))),
    UNKNOWN_FRAMES(bytes -> {
      repeat(2000, i -> bytes.frame(0x42, 0, 0, new byte[3]));
      bytes.frame(Frames.PING, 0, 0, new byte[8]);
    }),
    WINDOW_UPDATES(bytes ->
        repeat(5000, i -> bytes.frame(Frames.WINDOW_UPDATE, 0, 0, new byte[] {0, 0, 0, 1}))),
    EMPTY_DATA(bytes -> {
      bytes.request(1, HOST, false);
      repeat(100, i -> bytes.frame(Frames.DATA, 0, 1));
    }),
    CONTINUATIONS(bytes -> {
      bytes.frame(Frames.HEADERS, Frames.END_STREAM, 1, new byte[] {(byte) 0x82});
      repeat(100, i -> bytes.frame(Frames.CONTINUATION, 0, 1));
    }),
    RESETS(bytes ->
        repeat(
            400,
            i -> {
              bytes.request(2 * i + 1, HOST, true);
              bytes.frame(Frames.RESET, 0, 2 * i + 1, new byte[] {0, 0, 0, 8});
            }));

    @SuppressWarnings("ImmutableEnumChecker") // every one is a function without state
    private final Consumer<Frames> sends;

    Flood(Consumer<Frames> sends) {
      this.sends = sends;
    }

    private static void repeat(int times, IntConsumer what) {
      for (int i = 0; i < times; i++) {
        what.accept(i);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void isCutOff(Flood flood) throws Exception {
    try (EdgeFixture fixture = EdgeFixture.start();
        Origin origin =
            Origin.start(conversation -> {
              while (conversation.request() != null) {
                conversation.send(Origin.ok("hi"));
              }
            });
        Visitor visitor = fixture.visit()) {
      fixture.routes.put(HOST, "f", MapRoutes.share("f-1", origin.port()));
      Frames bytes = new Frames();
      flood.sends.accept(bytes);

      int code = -1;
      try {
        visitor.send(bytes.bytes());
        code = goneWith(visitor.in());
      } catch (IOException e) {
        // cut off while it was still sending
      }

      assertThat(code).as("closed, or told to calm down").isIn(-1, ENHANCE_YOUR_CALM);
      assertThat(visitor.isClosedByRouter()).isTrue();
      assertThat(fixture.get(HOST, "/").body()).isEqualTo("hi");
    }
  }

  /** A window of nothing, so that the end of no answer can be sent. */
  @Test
  void anAnswerThatNobodyTakesIsGivenUp() throws Exception {
    try (EdgeFixture fixture = EdgeFixture.start("answer-idle-time", "300ms");
        Origin origin = Origin.answering(Origin.ok("hi"));
        Visitor visitor = fixture.visit()) {
      fixture.routes.put(HOST, "f", MapRoutes.share("f-1", origin.port()));
      Frames bytes = new Frames();
      bytes.frame(Frames.SETTINGS, 0, 0, new byte[] {0, 4, 0, 0, 0, 0});
      bytes.request(1, HOST, true);
      visitor.send(bytes.bytes());

      byte[] head = visitor.in().readNBytes(9);
      while (head[3] != Frames.RESET) {
        visitor.in().readNBytes((head[0] & 255) << 16 | (head[1] & 255) << 8 | (head[2] & 255));
        head = visitor.in().readNBytes(9);
      }
      assertThat(visitor.in().readNBytes(4)).containsExactly(0, 0, 0, 8); // CANCEL
    }
  }

  /** Each of them an object of its own, while the function has no instance yet. */
  @Test
  void aBodyInPiecesOfOneByteIsKeptTogether() throws Exception {
    try (EdgeFixture fixture = EdgeFixture.start();
        Origin origin =
            Origin.start(conversation -> {
              String head = Objects.requireNonNull(conversation.head());
              conversation.send(Origin.ok("" + Http.readBody(conversation.in(), head).length));
            });
        Visitor visitor = fixture.visit()) {
      fixture.routes.put(HOST, "f", MapRoutes.share("f-1"));
      Frames bytes = new Frames();
      bytes.request(1, HOST, false);
      for (int i = 0; i < 20_000; i++) {
        bytes.frame(Frames.DATA, 0, 1, (byte) 'x');
      }
      bytes.frame(Frames.DATA, Frames.END_STREAM, 1, (byte) 'x');
      visitor.send(bytes.bytes());
      await().until(() -> fixture.metrics.text().contains("lmnop_router_waiting 1.0"));
      fixture.routes.put(HOST, "f", MapRoutes.share("f-1", origin.port()));

      byte[] head = visitor.in().readNBytes(9);
      while (head[3] != Frames.DATA) {
        visitor.in().readNBytes((head[0] & 255) << 16 | (head[1] & 255) << 8 | (head[2] & 255));
        head = visitor.in().readNBytes(9);
      }
      byte[] payload = visitor.in().readNBytes(head[2]);
      assertThat(new String(payload, StandardCharsets.US_ASCII)).isEqualTo("20001");
    }
  }

  /** Reads frames until the router says good-bye; the reason that it gives, or -1. */
  private static int goneWith(InputStream in) throws IOException {
    while (true) {
      byte[] head = in.readNBytes(9);
      if (head.length < 9) {
        return -1;
      }
      int length = (head[0] & 255) << 16 | (head[1] & 255) << 8 | (head[2] & 255);
      byte[] payload = in.readNBytes(length);
      if (head[3] == Frames.GOAWAY && payload.length >= 8) {
        return ByteBuffer.wrap(payload).getInt(4);
      }
    }
  }
}
