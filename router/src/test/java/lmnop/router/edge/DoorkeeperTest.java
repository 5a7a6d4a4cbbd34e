package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import lmnop.operations.settings.Settings;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

final class DoorkeeperTest {
  private static Doorkeeper doorkeeper(int atMost, int ofOne) {
    return new Doorkeeper(
        Settings.bind(
            EdgeSettings.class,
            Map.of("connections", "" + atMost, "connections-per-client", "" + ofOne)),
        TrustedProxies.of(List.of("10.0.0.0/8")),
        atMost);
  }

  @Test
  void countsEachClient() throws Exception {
    Doorkeeper doorkeeper = doorkeeper(100, 2);
    InetAddress one = InetAddress.getByName("192.0.2.1");
    assertThat(doorkeeper.enter(one)).isTrue();
    assertThat(doorkeeper.enter(one)).isTrue();
    assertThat(doorkeeper.enter(one)).isFalse();
    assertThat(doorkeeper.enter(InetAddress.getByName("192.0.2.2"))).isTrue();
    doorkeeper.leave(one);
    assertThat(doorkeeper.enter(one)).isTrue();
    assertThat(doorkeeper.inside()).isEqualTo(3);
  }

  @Test
  void letsThoseInWhoAreManyClients() throws Exception {
    Doorkeeper doorkeeper = doorkeeper(100, 2);
    for (String many : List.of("127.0.0.1", "::1", "10.9.8.7")) {
      for (int i = 0; i < 5; i++) {
        assertThat(doorkeeper.enter(InetAddress.getByName(many))).isTrue();
      }
    }
  }

  @Test
  void closesTheOneThatIsTooMuch() throws Exception {
    try (EdgeFixture fixture = EdgeFixture.start("connections", "2")) {
      Visitor first = fixture.visit();
      first.get("a.example.com", "/").reply(); // it is inside before the next one comes
      try (Visitor second = fixture.visit()) {
        second.get("a.example.com", "/").reply();
        try (Visitor third = fixture.visit()) {
          assertThat(third.isClosedByRouter()).isTrue();
        }
      }
      first.close();
      Awaitility.await()
          .ignoreExceptions()
          .until(() -> fixture.get("a.example.com", "/").status() == 404);
      assertThat(fixture.metrics.text()).contains("lmnop_router_clients_turned_away 1.0");
    }
  }
}
