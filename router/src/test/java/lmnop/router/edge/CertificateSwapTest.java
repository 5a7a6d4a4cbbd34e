package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import lmnop.router.tls.Certificates;
import lmnop.router.tls.TestCertificates;
import lmnop.testkit.Reliability;
import lmnop.testkit.Thorough;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Certificates are exchanged again and again while clients come. */
@Tag(Reliability.TAG)
@Timeout(900)
final class CertificateSwapTest {
  private static final String HOST = "hello.apps.example.com";
  private static final int CLIENTS = 5;
  private static final int REQUESTS_ON_ONE = 10;

  @TempDir Path scratch;
  private final AtomicInteger failed = new AtomicInteger();
  private final Set<Certificate> seen = ConcurrentHashMap.newKeySet();

  private void ask(SSLContext trust, int port, int connections) {
    for (int i = 0; i < connections; i++) {
      int answered = 0;
      try (SSLSocket socket =
          (SSLSocket)
              trust.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(HOST)));
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.setSoTimeout(60_000);
        for (int j = 0; j < REQUESTS_ON_ONE; j++) {
          answered += isAnswered(socket) ? 1 : 0;
        }
        seen.add(socket.getSession().getPeerCertificates()[0]);
      } catch (IOException e) {
        assertThat(e).as("why requests failed").isNotNull();
      }
      failed.addAndGet(REQUESTS_ON_ONE - answered);
    }
  }

  private static boolean isAnswered(SSLSocket socket) throws IOException {
    socket.getOutputStream().write(Http.bytes("GET / HTTP/1.1\r\nHost: " + HOST + "\r\n\r\n"));
    String head = String.valueOf(Http.readHead(socket.getInputStream()));
    return head.startsWith("HTTP/1.1 200 ")
        && Http.readBody(socket.getInputStream(), head).length == 2;
  }

  @Test
  void nobodyNotices() throws Exception {
    int connections = (Thorough.isAskedFor() ? 50_000 : 500) / REQUESTS_ON_ONE / CLIENTS;
    Path directory = Files.createDirectory(scratch.resolve("certificates"));
    Path chain = directory.resolve("a.pem");
    Path key = directory.resolve("a.key");
    TestCertificates.Made[] made = {
      TestCertificates.made(scratch, "EC", "*.apps.example.com"),
      TestCertificates.made(scratch, "RSA", "*.apps.example.com")
    };
    SSLContext trust = TestCertificates.trusting(made);
    made[0].write(chain, key);
    AtomicBoolean goesOn = new AtomicBoolean(true);
    try (Certificates certificates = Certificates.in(directory, Duration.ofMillis(20));
        Origin origin = Origin.answering(Origin.ok("hi"));
        EdgeFixture router = EdgeFixture.secure(certificates)) {
      router.routes.put(HOST, "hello", MapRoutes.share("hello-1", origin.port()));
      Thread exchanging =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  for (int i = 1; goesOn.get(); i++) {
                    made[i % 2].write(chain, key);
                    TimeUnit.MILLISECONDS.sleep(60);
                  }
                } catch (IOException | GeneralSecurityException | InterruptedException e) {
                  failed.incrementAndGet();
                }
              });
      List<Thread> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(Thread.ofPlatform().start(() -> ask(trust, router.edge.port(1), connections)));
      }
      for (Thread client : clients) {
        client.join();
      }
      goesOn.set(false);
      exchanging.join();
    }
    assertThat(seen).as("the certificates that clients saw").hasSize(2);
    int all = connections * CLIENTS * REQUESTS_ON_ONE;
    Reliability.atMost("R14", "of " + all + " failed, certificates exchanged", failed.get(), 0);
  }
}
