package lmnop.provider.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class Http2ProbeTest {
  private static final String SETTINGS = "000000040000000000";
  private static final String ACKED = "000000040100000000";

  /** Answers with frames, written in hexadecimal, once a request is there. */
  private static boolean answer(String path, String... frames) throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual().start(() -> serve(server, path, String.join("", frames)));
      try (Socket socket = new Socket(server.getInetAddress(), server.getLocalPort())) {
        return Http2Probe.answers(socket, path, "10.0.0.1:8080", Duration.ofSeconds(1));
      }
    }
  }

  private static void serve(ServerSocket server, String path, String frames) {
    try (Socket socket = server.accept()) {
      DataInputStream in = new DataInputStream(socket.getInputStream());
      in.readNBytes(24 + 9);
      int length = (in.readUnsignedShort() << 8) | in.readUnsignedByte();
      in.readNBytes(6);
      byte[] block = in.readNBytes(length);
      assertThat(new String(block, StandardCharsets.US_ASCII)).contains(path, "10.0.0.1:8080");
      socket.getOutputStream().write(java.util.HexFormat.of().parseHex(frames));
      in.readAllBytes();
    } catch (IOException e) {
      // the probe has seen enough
    }
  }

  private static String headers(String block) {
    return "%06x010400000001%s".formatted(block.length() / 2, block);
  }

  @ParameterizedTest
  @CsvSource({
    "88, true", // 200
    "2088, true", // a smaller table before it
    "3fe11f88, true", // a larger one
    "8d, false", // 404
    "8e, false", // 500
    "89, false", // 204
    "'', false",
    "3fe1, false"
  })
  void onlyTwoHundredIsReady(String block, boolean ready) throws Exception {
    assertThat(answer("/health", SETTINGS, ACKED, headers(block))).isEqualTo(ready);
  }

  @Test
  void readsPaddingAndPriorityAndLetsOtherFramesPass() throws Exception {
    String ping = "000008060000000000" + "0102030405060708";
    String padded = "000009012c00000001" + "02" + "0000000010" + "88" + "0000";
    assertThat(answer("/health", SETTINGS, ping, ACKED, padded)).isTrue();
  }

  @Test
  void sendsALongPathWhole() throws Exception {
    assertThat(answer("/" + "x".repeat(254), SETTINGS, headers("88"))).isTrue();
  }

  @Test
  void isNotReadyWhereTheRequestIsRefused() throws Exception {
    assertThat(answer("/h", SETTINGS, "000004030000000001" + "00000007")).isFalse();
    assertThat(answer("/h", SETTINGS, "000008070000000000" + "0000000000000000")).isFalse();
    String[] settings = new String[200];
    Arrays.fill(settings, SETTINGS);
    assertThat(answer("/h", settings)).isFalse();
    assertThat(answer("/h", "ffffff000000000001")).isFalse();
  }

  @Test
  void isNotReadyWhileNothingComes() {
    assertThatThrownBy(() -> answer("/h", SETTINGS)).isInstanceOf(SocketTimeoutException.class);
  }
}
