package lmnop.provider;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import lmnop.provider.artifacts.TestBundle;
import lmnop.providerapi.HttpFunctionProvider;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How a function reaches others: by a router's internal listener, played by this test. */
@RequiresTool("python3")
final class FunctionGatewayTest {
  private static final String ASK =
      """
      /usr/bin/python3 -c '
      import os, urllib.request
      url = os.environ["LMNOP_GATEWAY"]
      print(url, urllib.request.urlopen(url + "/function/other", timeout=5).read().decode())
      '
      """;
  private HttpServer listener;

  @BeforeEach
  void listen() throws IOException {
    listener = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 10);
    listener.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    listener.createContext(
        "/",
        exchange -> {
          String client = exchange.getRemoteAddress().getAddress().getHostAddress();
          String said = exchange.getRequestURI() + " for " + client;
          byte[] answer = said.getBytes(StandardCharsets.US_ASCII);
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    listener.start();
  }

  @AfterEach
  void end() {
    listener.stop(0);
  }

  private int port() {
    return listener.getAddress().getPort();
  }

  private static String tries(int port) {
    return """
    /usr/bin/python3 -c '
    import os, socket, urllib.parse
    there = urllib.parse.urlsplit(os.environ["LMNOP_GATEWAY"])
    for at in [("127.0.0.1", %1$d), (there.hostname, %1$d), (there.hostname, there.port + 1)]:
        try:
            socket.create_connection(at, 3).close()
            print("reached", at)
        except OSError as e:
            print("no way")
    '
    """
        .formatted(port);
  }

  private static TestEndpoint deployed(TestProvider running) {
    try (HttpFunctionProvider client = running.client()) {
      String image = TestBundle.server("hi").into(running.artifacts());
      client.deploy(TestProvider.deployment("caller", image));
      return running.awaitEndpoint("caller");
    }
  }

  @Test
  @RequiresTool({"root", "bwrap", "ip", "nft"})
  void aSandboxedFunctionReachesItAndNothingBesideIt() {
    try (TestProvider running = new TestProvider("isolation.gateway=127.0.0.1:" + port()).start()) {
      TestEndpoint at = deployed(running);
      assertThat(running.call("POST", at.host(), at.port(), ASK).strip())
          .isEqualTo("http://10.214.0.1:8080 /function/other for " + at.host());
      assertThat(running.call("POST", at.host(), at.port(), tries(port())).lines())
          .containsExactly("no way", "no way", "no way");
    }
  }

  @Test
  void aPlainFunctionReachesItWhereItIs() {
    try (TestProvider running =
        new TestProvider(
                "isolation.sandbox=false",
                "trust-functions=true",
                "isolation.gateway=127.0.0.1:" + port())
            .start()) {
      TestEndpoint at = deployed(running);
      assertThat(running.call("POST", at.host(), at.port(), ASK).strip())
          .isEqualTo("http://127.0.0.1:%d /function/other for 127.0.0.1".formatted(port()));
    }
  }
}
