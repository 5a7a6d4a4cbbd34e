package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import lmnop.router.tls.Certificates;
import lmnop.router.tls.TestCertificates;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The encrypted listener, as clients of HTTP/1.1 meet it. */
final class SecureTest {
  private static final String HELLO = "hello.apps.example.com";

  @TempDir static Path scratch;
  private static Path directory;
  private static TestCertificates.Made apps;
  private static TestCertificates.Made custom;
  private static Certificates certificates;
  private static Origin origin;
  private static EdgeFixture fixture;

  @BeforeAll
  static void start() throws Exception {
    directory = Files.createDirectory(scratch.resolve("certificates"));
    apps = TestCertificates.made(scratch, "EC", "*.apps.example.com");
    custom = TestCertificates.made(scratch, "RSA", "custom.example.org");
    apps.write(directory.resolve("apps.pem"), directory.resolve("apps.key"));
    custom.write(directory.resolve("custom.pem"), directory.resolve("custom.key"));
    certificates = Certificates.in(directory, Duration.ofMillis(50));
    origin = Origin.answering(Origin.ok("hi"));
    fixture = EdgeFixture.secure(certificates, "handshake-time", "500ms");
    fixture.routes.put(HELLO, "hello", MapRoutes.share("hello-1", origin.port()));
    fixture.routes.put("custom.example.org", "hello", MapRoutes.share("hello-1", origin.port()));
  }

  @AfterAll
  static void stop() throws Exception {
    fixture.close();
    origin.close();
    certificates.close();
  }

  /** With no memory of earlier connections: Java would ask for the host of the one before. */
  private static SSLSocket connect(TestCertificates.Made trusted, String host, String... protocols)
      throws IOException, GeneralSecurityException {
    SSLSocket socket =
        (SSLSocket)
            TestCertificates.trusting(trusted)
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), fixture.edge.port(1));
    SSLParameters parameters = socket.getSSLParameters();
    if (!host.isEmpty()) {
      parameters.setServerNames(List.of(new SNIHostName(host)));
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
    }
    if (protocols.length > 0) {
      parameters.setProtocols(protocols);
    }
    socket.setSSLParameters(parameters);
    socket.setSoTimeout(60_000);
    return socket;
  }

  private static String ask(SSLSocket socket, String host) throws IOException {
    socket
        .getOutputStream()
        .write(Http.bytes("GET /a%2Fb?q HTTP/1.1\r\nHost: " + host + "\r\n\r\n"));
    String head = Objects.requireNonNull(Http.readHead(socket.getInputStream()));
    byte[] body = Http.readBody(socket.getInputStream(), head);
    return head.substring(9, 12) + " " + new String(body, StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void servesEachHostWithItsCertificate(String protocol) throws Exception {
    try (SSLSocket socket = connect(apps, HELLO, protocol)) {
      assertThat(ask(socket, HELLO)).isEqualTo("200 hi");
      assertThat(ask(socket, HELLO)).isEqualTo("200 hi");
      assertThat(socket.getSession().getProtocol()).isEqualTo(protocol);
      assertThat(socket.getSession().getPeerCertificates()[0]).isEqualTo(apps.certificate());
    }
    try (SSLSocket socket = connect(custom, "custom.example.org", protocol)) {
      assertThat(ask(socket, "custom.example.org")).isEqualTo("200 hi");
      assertThat(socket.getSession().getPeerCertificates()[0]).isEqualTo(custom.certificate());
    }
    assertThat(origin.heads().getLast())
        .contains("GET /a%2Fb?q HTTP/1.1")
        .containsIgnoringCase("X-Forwarded-Proto: https");
  }

  @Test
  void refusesAnotherHostOnTheSameConnection() throws Exception {
    try (SSLSocket socket = connect(apps, HELLO)) {
      assertThat(ask(socket, HELLO)).isEqualTo("200 hi");
      assertThat(ask(socket, "custom.example.org")).startsWith("421 ");
      assertThat(ask(socket, HELLO.toUpperCase(java.util.Locale.ROOT) + ":443"))
          .isEqualTo("200 hi");
    }
  }

  @Test
  void servesWhoeverAsksForNoHostInTheHandshake() throws Exception {
    try (SSLSocket socket = connect(apps, "")) {
      assertThat(ask(socket, HELLO)).isEqualTo("200 hi");
    }
  }

  /** The first message of a client that knows TLS 1.1 and nothing newer. */
  @Test
  void speaksNothingOlderThanTls12() throws Exception {
    ByteBuffer hello = ByteBuffer.allocate(64);
    hello.put((byte) 22).putShort((short) 0x0301).putShort((short) 47); // a handshake of 47 bytes
    hello.put((byte) 1).put((byte) 0).putShort((short) 43); // a hello of 43
    hello.putShort((short) 0x0302).put(new byte[32]).put((byte) 0); // TLS 1.1, random, no session
    hello.putShort((short) 4).putInt(0xc013002f).put((byte) 1).put((byte) 0).put((byte) 0);
    try (Visitor visitor = new Visitor(fixture.edge.port(1))) {
      visitor.send(java.util.Arrays.copyOf(hello.array(), 5 + 47));
      byte[] alert = visitor.in().readNBytes(7);
      assertThat(alert).hasSize(7);
      assertThat(alert[0]).as("an alert").isEqualTo((byte) 21);
      assertThat(alert[6]).as("about the version").isEqualTo((byte) 70);
    }
  }

  @Test
  void exchangesACertificateWithoutDroppingAnyone() throws Exception {
    SSLSocket before = connect(custom, "custom.example.org");
    assertThat(ask(before, "custom.example.org")).isEqualTo("200 hi");
    TestCertificates.Made next = TestCertificates.made(scratch, "EC", "custom.example.org");
    next.write(directory.resolve("custom.pem"), directory.resolve("custom.key"));

    Awaitility.await()
        .ignoreExceptionsInstanceOf(SSLException.class)
        .until(() -> {
          try (SSLSocket socket = connect(next, "custom.example.org")) {
            assertThat(ask(socket, "custom.example.org")).isEqualTo("200 hi");
            return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
                .equals(next.certificate());
          }
        });
    assertThat(ask(before, "custom.example.org")).isEqualTo("200 hi");
    before.close();
    custom.write(directory.resolve("custom.pem"), directory.resolve("custom.key"));
    Awaitility.await()
        .ignoreExceptionsInstanceOf(SSLException.class)
        .until(() -> {
          try (SSLSocket socket = connect(custom, "custom.example.org")) {
            return ask(socket, "custom.example.org").equals("200 hi");
          }
        });
  }

  @Test
  void closesWhoSaysNothingOrNothingThatIsTls() throws Exception {
    try (Visitor silent = new Visitor(fixture.edge.port(1));
        Visitor plain = new Visitor(fixture.edge.port(1))) {
      plain.send("GET / HTTP/1.1\r\nHost: " + HELLO + "\r\n\r\n");
      assertThat(plain.isClosedByRouter()).isTrue();
      assertThat(silent.isClosedByRouter()).isTrue();
    }
  }
}
