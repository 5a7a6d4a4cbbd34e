package lmnop.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import lmnop.provider.artifacts.TestBundle;
import lmnop.providerapi.HttpFunctionProvider;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The way out: a public address, played by a network namespace of this test. */
@RequiresTool({"root", "bwrap", "ip", "nft", "python3"})
final class EgressTest {
  private static final String PUBLIC = "44.44.44.44";
  private static final String NAMESPACE = "lmnop-test-" + ProcessHandle.current().pid();
  private static final String LINK = "lt" + ProcessHandle.current().pid();
  private static Process outside;

  @BeforeAll
  static void makeAnOutside() throws Exception {
    ip("netns add " + NAMESPACE);
    ip("link add %s type veth peer name eth0 netns %s".formatted(LINK, NAMESPACE));
    ip("addr add 10.99.99.1 peer %s dev %s".formatted(PUBLIC, LINK));
    ip("link set %s up".formatted(LINK));
    ip("-n %s addr add %s peer 10.99.99.1 dev eth0".formatted(NAMESPACE, PUBLIC));
    ip("-n %s link set eth0 up".formatted(NAMESPACE));
    ip("-n %s link set lo up".formatted(NAMESPACE));
    Files.writeString(Path.of("/proc/sys/net/ipv4/conf", LINK, "forwarding"), "1");
    outside =
        new ProcessBuilder(
                List.of(
                    "ip",
                    "netns",
                    "exec",
                    NAMESPACE,
                    "/usr/bin/python3",
                    "-c",
                    "import socket\ns = socket.create_server(('', 8000))\nwhile True:\n"
                        + " c, a = s.accept()\n c.sendall(a[0].encode()); c.close()"))
            .start();
  }

  @AfterAll
  static void removeIt() throws Exception {
    outside.destroyForcibly().waitFor();
    ip("link del " + LINK);
    ip("netns del " + NAMESPACE);
  }

  private static void ip(String arguments) throws IOException, InterruptedException {
    List<String> command = List.of(("ip " + arguments).split(" "));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(arguments + ": " + output).isZero();
  }

  private static String connect(String... settings) {
    return connectTo("\"%s\", 8000".formatted(PUBLIC), settings);
  }

  private static String connectTo(String address, String... settings) {
    try (TestProvider running = new TestProvider(settings).start();
        HttpFunctionProvider client = running.client()) {
      String image = TestBundle.server("hi").into(running.artifacts());
      client.deploy(TestProvider.deployment("curious", image));
      TestEndpoint at = running.awaitEndpoint("curious");
      return running.call(
          "POST",
          at.host(),
          at.port(),
          """
          /usr/bin/python3 -c '
          import os, socket, urllib.parse
          try:
              print("seen as", socket.create_connection((%s), 3).recv(99).decode())
          except OSError as e:
              print("no way:", e)
          '
          """
              .formatted(address));
    }
  }

  @Test
  void functionsReachPublicAddressesInTheMachinesName() {
    await()
        .atMost(TestProvider.PATIENCE)
        .untilAsserted(() -> assertThat(connect()).startsWith("seen as 10.99.99.1"));
  }

  @Test
  void functionsReachNothingWhereThereIsNoEgress() {
    assertThat(connect("isolation.egress=false")).startsWith("no way");
  }

  @Test
  void functionsReachAGatewayOnAnotherMachineAlsoWhereThereIsNoEgress() {
    String gateway =
        "urllib.parse.urlsplit(os.environ[\"LMNOP_GATEWAY\"]).netloc.split(\":\")[0], 8080";
    assertThat(
            connectTo(gateway, "isolation.egress=false", "isolation.gateway=" + PUBLIC + ":8000"))
        .startsWith("seen as 10.99.99.1");
  }

  @Test
  void forwardingIsAsItWasBeforeWhenTheProviderStopped() throws IOException {
    Map<String, String> before = forwarding();
    assertThat(connect()).startsWith("seen as");
    assertThat(forwarding()).isEqualTo(before);
  }

  /** Which links of this machine forward; without instances' links, which come and go. */
  private static Map<String, String> forwarding() throws IOException {
    Map<String, String> found = new TreeMap<>();
    try (Stream<Path> links = Files.list(Path.of("/proc/sys/net/ipv4/conf"))) {
      for (Path link : links.filter(path -> !path.toString().contains("/lm")).toList()) {
        found.put(link.toString(), Files.readString(link.resolve("forwarding")).strip());
      }
    }
    return found;
  }
}
