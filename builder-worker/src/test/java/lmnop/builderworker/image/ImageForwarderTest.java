package lmnop.builderworker.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program that stands in an image before one that listens on 127.0.0.1. */
@RequiresTool("python3")
@Timeout(120)
final class ImageForwarderTest {
  /**
   * Listens once the file {@code go} is there; gives each client what it sent, in capital letters,
   * when that has ended, and the client that sent {@code slow} a moment later.
   */
  private static final String PROGRAM =
      """
      import os, socket, sys, threading, time
      while not os.path.exists("go"):
          time.sleep(0.01)
      def answer(client):
          with client:
              text = b"".join(iter(lambda: client.recv(65536), b""))
              if text == b"exit":
                  os._exit(7)
              if text == b"slow":
                  open("begun", "w").close()
                  time.sleep(1)
              client.sendall(text.upper())
      listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
      while True:
          threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()
      """;

  @TempDir Path folder;
  private int port;
  private Process forwarder;

  @BeforeEach
  void start() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(ImageForwarder.class.getResourceAsStream("forwarder.py"))) {
      Files.write(folder.resolve("forwarder.py"), in.readAllBytes());
    }
    Files.writeString(folder.resolve("program.py"), PROGRAM);
    port = freePort();
    forwarder = run(port, freePort(), "python3", "program.py");
  }

  @AfterEach
  void stop() {
    forwarder.descendants().forEach(ProcessHandle::destroyForcibly);
    forwarder.destroyForcibly();
  }

  private Process run(int own, int programs, String... command) throws IOException {
    List<String> all = new ArrayList<>(List.of("python3", "-I", "-S", "forwarder.py"));
    all.addAll(List.of("" + own, "" + programs));
    all.addAll(List.of(command));
    return new ProcessBuilder(all)
        .directory(folder.toFile())
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("printed").toFile())
        .start();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private boolean isOpen() {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private void letItListen() throws IOException {
    Files.createFile(folder.resolve("go"));
    await().atMost(Duration.ofSeconds(60)).until(this::isOpen);
  }

  private String ask(byte[] text) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      Thread sender = Thread.ofVirtual().start(() -> send(socket, text));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      sender.join();
      return answer;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void send(Socket socket, byte[] text) {
    try {
      socket.getOutputStream().write(text);
      socket.shutdownOutput();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String ask(String text) {
    return ask(text.getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void thePortIsClosedUntilTheProgramListens() throws IOException {
    await().during(Duration.ofMillis(500)).atMost(Duration.ofSeconds(30)).until(() -> !isOpen());
    letItListen();
    assertThat(ask("hello")).isEqualTo("HELLO");
  }

  @Test
  void whatGoesThroughIsWholeAlsoWhereTheProgramReadsSlowly() throws IOException {
    letItListen();
    String much = "abcdefgh".repeat(1 << 20);
    assertThat(ask(much)).isEqualTo(much.toUpperCase(java.util.Locale.ROOT));
  }

  @Test
  void itEndsAsTheProgramDoes() throws Exception {
    letItListen();
    assertThat(ask("exit")).isEmpty();
    assertThat(forwarder.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(forwarder.exitValue()).isEqualTo(7);
  }

  @Test
  void aProgramThatIsAskedToEndHasAnsweredBefore() throws Exception {
    letItListen();
    var answer = new java.util.concurrent.FutureTask<>(() -> ask("slow"));
    Thread.ofVirtual().start(answer);
    await().atMost(Duration.ofSeconds(60)).until(() -> Files.exists(folder.resolve("begun")));
    forwarder.destroy();
    assertThat(answer.get()).isEqualTo("SLOW");
    assertThat(forwarder.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(forwarder.exitValue()).isEqualTo(128 + 15);
  }

  @Test
  void aProgramThatIsNotThereIsSaidToBeMissing() throws Exception {
    Process none = run(freePort(), freePort(), "./nothing");
    assertThat(none.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(none.exitValue()).isEqualTo(127);
    assertThat(Files.readString(folder.resolve("printed")))
        .contains("./nothing cannot be executed: No such file or directory");
  }
}
