package lmnop.standalone.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

final class PortsTest {
  @Test
  void countsEveryPortFromTheRouters() {
    assertThat(new Ports(9000).all().stream().map(Ports.Port::number))
        .containsExactly(9000, 9001, 9002, 9003, 9004, 9005, 9006, 9007, 9008, 9009);
  }

  @Test
  void refusesABaseThatLeavesNoRoomForTheOthers() {
    assertThatThrownBy(() -> new Ports(65_527)).hasMessageContaining("65527");
    assertThatThrownBy(() -> new Ports(0)).hasMessageContaining("1 to 65526");
  }

  @Test
  void seesWhetherAPortIsTakenAndByWhom() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
      assertThat(Ports.isFree("127.0.0.1", port)).isFalse();
      assertThat(PortHolder.of(port))
          .hasValueSatisfying(holder ->
              assertThat(holder).startsWith("process " + ProcessHandle.current().pid() + " (java"));
    }
    assertThat(Ports.isFree("127.0.0.1", port)).isTrue();
    assertThat(PortHolder.of(port)).isEmpty();
  }
}
