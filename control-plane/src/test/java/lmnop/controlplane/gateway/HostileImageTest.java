package lmnop.controlplane.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import lmnop.testkit.Reliability;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Whoever deploys names the registry; it must not lead the platform into its own network. */
final class HostileImageTest {
  private static final List<String> HOSTILE_HOSTS =
      List.of(
          "127.0.0.1",
          "127.1",
          "127.0.0.2",
          "0.0.0.0",
          "0",
          "localhost",
          "LOCALHOST",
          "localhost.",
          "x.localhost",
          "2130706433",
          "0x7f000001",
          "0x7f.0.0.1",
          "0177.0.0.1",
          "[::1]",
          "[::]",
          "[::ffff:127.0.0.1]",
          "[64:ff9b::7f00:1]",
          "[2002:7f00:1::]",
          "10.0.0.1",
          "192.168.0.1",
          "172.16.0.1",
          "169.254.169.254",
          "100.100.100.200",
          "user@127.0.0.1",
          "http://127.0.0.1",
          "127.0.0.1\\@example.com");

  @Test
  @Tag(Reliability.TAG)
  void noImageLeadsThePlatformIntoItsOwnNetwork(@TempDir Path data) throws Exception {
    try (TestGateway gateway = new TestGateway(data);
        ServerSocketChannel canary = ServerSocketChannel.open()) {
      canary.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      canary.configureBlocking(false);
      int port = canary.socket().getLocalPort();
      List<String> answers = new ArrayList<>();
      int asked = 0;
      for (String host : HOSTILE_HOSTS) {
        for (String rest :
            List.of("/a", "/a:tag", "/a/../b", "/v2", "/a@sha256:" + "0".repeat(64))) {
          for (String at : List.of(":" + port, ":443")) {
            String answer = deploy(gateway, host + at + rest);
            asked++;
            if (!answer.startsWith("400 ") && !answer.startsWith("503 ")) {
              answers.add(host + at + rest + ": " + answer);
            }
          }
        }
      }
      assertThat(answers).isEmpty();
      Reliability.atLeast("R39", "hostile addresses that were asked for", asked, 200);
      Reliability.atMost("R39", "of them connected to", canary.accept() == null ? 0 : 1, 0);
      assertThat(gateway.count("functions WHERE name = 'led'")).isZero();
    }
  }

  private static String deploy(TestGateway gateway, String image) throws Exception {
    String sent = JsonMapper.shared().writeValueAsString(Map.of("service", "led", "image", image));
    return gateway.said("dev", "POST", "/system/functions", sent);
  }
}
