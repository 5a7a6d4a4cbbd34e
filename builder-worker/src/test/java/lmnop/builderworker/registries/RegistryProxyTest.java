package lmnop.builderworker.registries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import lmnop.operations.net.Addresses;
import lmnop.templates.AllowedHost;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegistryProxyTest {
  private static final long MANY = 1 << 20; // bytes
  private static final String OFFICIAL = "registry.example.org";

  @TempDir Path temp;
  private final List<String> log = new CopyOnWriteArrayList<>();
  private Origin origin;
  private String resolvesTo = "127.0.0.1";

  @BeforeEach
  void open() throws IOException {
    origin = new Origin();
  }

  @AfterEach
  void close() {
    origin.close();
  }

  @Test
  void aTunnelToAnAllowedHostCarriesBytesBothWays() throws Exception {
    try (RegistryProxy proxy = proxy(own("127.0.0.1:" + origin.port()));
        SocketChannel program = connect(proxy)) {
      send(program, "CONNECT 127.0.0.1:%d HTTP/1.1\r\n\r\n".formatted(origin.port()));
      assertThat(readUntil(program, "\r\n\r\n")).startsWith("HTTP/1.1 200 ");
      send(program, "GET /through HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

      assertThat(readAll(program)).endsWith("this is /through");
      assertThat(proxy.summary()).endsWith(" KiB from and to 127.0.0.1");
      assertThat(log).isEmpty();
    }
  }

  @Test
  void aPlainRequestIsMadeTheHostsOwn() throws Exception {
    try (RegistryProxy proxy = proxy(own("127.0.0.1:" + origin.port()))) {
      String answer =
          ask(
              proxy,
              "GET http://127.0.0.1:%d/simple/?a=b HTTP/1.1\r\nHost: elsewhere.example.org\r\n"
                      .formatted(origin.port())
                  + "Proxy-Authorization: Basic x\r\nConnection: keep-alive\r\nX-Kept: yes\r\n\r\n");

      assertThat(answer).endsWith("this is /simple/?a=b");
      assertThat(origin.heads().getFirst())
          .contains("Host: 127.0.0.1:" + origin.port(), "Connection: close", "X-Kept: yes")
          .doesNotContain("elsewhere", "keep-alive", "Proxy-");
    }
  }

  @Test
  void aProgramIsToldThatItsConnectionEndsWithTheAnswerWhateverTheHostSays() throws Exception {
    String hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    origin.beginning(
        hints
            + "HTTP/1.1 200 OK\r\nX-Kept: yes\r\nConnection: keep-alive\r\n"
            + "Keep-Alive: timeout=5\r\nContent-Length: 10\r\n\r\n");
    try (RegistryProxy proxy = proxy(own("127.0.0.1:" + origin.port()))) {
      assertThat(ask(proxy, "GET http://127.0.0.1:%d/a HTTP/1.1\r\n\r\n".formatted(origin.port())))
          .isEqualTo(
              hints
                  + "HTTP/1.1 200 OK\r\nConnection: close\r\nX-Kept: yes\r\n"
                  + "Content-Length: 10\r\n\r\nthis is /a");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"this is no head: ", "HTTP/1.1 200 OK\r\nX: "})
  void anAnswerWithoutAnEndOfItsHeadIsPassedAsItIs(String beginning) throws Exception {
    String much = beginning + "x".repeat(40_000);
    origin.beginning(much);
    origin.body("!");
    try (RegistryProxy proxy = proxy(own("127.0.0.1:" + origin.port()))) {
      assertThat(ask(proxy, "GET http://127.0.0.1:%d/a HTTP/1.1\r\n\r\n".formatted(origin.port())))
          .isEqualTo(much + "!");
    }
  }

  @Test
  void whatNobodyAllowedIsRefusedAndSaidOnceWithWhatToDo() throws Exception {
    try (RegistryProxy proxy = proxy(choice(List.of("mirror.example.org:8081"), true, Map.of()))) {
      String elsewhere = ask(proxy, "CONNECT elsewhere.example.org:443 HTTP/1.1\r\n\r\n");
      ask(proxy, "CONNECT elsewhere.example.org:443 HTTP/1.1\r\n\r\n");
      String otherPort = ask(proxy, "CONNECT registry.example.org:22 HTTP/1.1\r\n\r\n");

      assertThat(elsewhere).startsWith("HTTP/1.1 403 ").contains("elsewhere.example.org:443");
      assertThat(otherPort).startsWith("HTTP/1.1 403 ");
      assertThat(log)
          .containsExactly(
              "refused: elsewhere.example.org:443; template python3 may reach"
                  + " registry.example.org, mirror.example.org:8081; the operator can add hosts"
                  + " with the setting registries",
              "refused: registry.example.org:22; template python3 may reach"
                  + " registry.example.org, mirror.example.org:8081; the operator can add hosts"
                  + " with the setting registries");
      assertThat(proxy.refused())
          .containsExactly("elsewhere.example.org:443", "registry.example.org:22");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "100.100.100.200",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "fd00:ec2::254",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "::127.0.0.1",
        "ff02::1"
      })
  void aNameThatLeadsIntoAPrivateNetworkIsRefused(String address) throws Exception {
    resolvesTo = address;
    try (RegistryProxy proxy = proxy(choice(List.of(), true, Map.of()))) {
      String answer = ask(proxy, "CONNECT %s:443 HTTP/1.1\r\n\r\n".formatted(OFFICIAL));

      assertThat(answer).startsWith("HTTP/1.1 403 ").contains("not on the public Internet");
      assertThat(log).singleElement().asString().contains("the setting registries");
    }
  }

  @Test
  void theOperatorsOwnMirrorMayBePrivateButNeverTheMetadataOfACloud() throws Exception {
    String port = ":" + origin.port();
    try (RegistryProxy proxy = proxy(own("mirror.example.org" + port))) {
      String plain = "GET http://mirror.example.org%s/ HTTP/1.1\r\n\r\n".formatted(port);
      assertThat(ask(proxy, plain)).endsWith("this is /");

      resolvesTo = "169.254.169.254";
      assertThat(ask(proxy, plain)).startsWith("HTTP/1.1 403 ");
    }
  }

  @Test
  void anAddressOfThisMachineIsNotPublicEitherAndPublicOnesAre() throws Exception {
    assertThat(Addresses.mayBeReached(InetAddress.ofLiteral("203.0.113.80"), false)).isTrue();
    assertThat(Addresses.mayBeReached(InetAddress.ofLiteral("2606:4700::1"), false)).isTrue();
    assertThat(Addresses.mayBeReached(InetAddress.getLocalHost(), false)).isFalse();
  }

  @Test
  void onlyTheOperatorsHostsAreLeftIfTheTemplatesAreTurnedOff() throws Exception {
    try (RegistryProxy proxy = proxy(choice(List.of(), false, Map.of()))) {
      assertThat(ask(proxy, "CONNECT %s:443 HTTP/1.1\r\n\r\n".formatted(OFFICIAL)))
          .startsWith("HTTP/1.1 403 ")
          .contains("may reach no host");
    }
  }

  @Test
  void theMachinesOwnProxyIsUsedAndStaysHidden() throws Exception {
    String upstream = "http://user:secret@127.0.0.1:" + origin.port();
    var choice =
        choice(
            List.of("direct.example.org:" + origin.port()),
            true,
            Map.of(
                "https_proxy", upstream, "NO_PROXY", ".example.com,direct.example.org", "A", "b"));
    Registries registries = registries(choice);
    try (RegistryProxy proxy = proxy(registries)) {
      ask(proxy, "CONNECT %s:443 HTTP/1.1\r\n\r\n".formatted(OFFICIAL));
      ask(proxy, "GET http://direct.example.org:%d/ HTTP/1.1\r\n\r\n".formatted(origin.port()));
      ask(proxy, "CONNECT elsewhere.example.org:443 HTTP/1.1\r\n\r\n");
    }
    assertThat(origin.heads()).hasSize(2);
    assertThat(origin.heads().getFirst())
        .startsWith("CONNECT registry.example.org:443 HTTP/1.1\r\n")
        .contains("Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=");
    assertThat(origin.heads().getLast()).startsWith("GET / HTTP/1.1\r\n").doesNotContain("Proxy");
    assertThat(registries.environment(true)).isEqualTo(Map.of("A", "b"));
  }

  @Test
  void aStepMovesNoMoreThanItMay() throws Exception {
    origin.body("x".repeat((int) MANY + 1));
    try (RegistryProxy proxy = proxy(own("127.0.0.1:" + origin.port()))) {
      String answer =
          ask(proxy, "GET http://127.0.0.1:%d/ HTTP/1.1\r\n\r\n".formatted(origin.port()));

      assertThat(answer.length()).isLessThanOrEqualTo((int) MANY);
      assertThat(log).singleElement().asString().contains("a step may move 1 MiB");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET ftp://registry.example.org/ HTTP/1.1\r\n\r\n",
        "GET http:///nothing HTTP/1.1\r\n\r\n",
        "GET http://[::1/ HTTP/1.1\r\n\r\n",
        "CONNECT registry.example.org HTTP/1.1\r\n\r\n",
        "CONNECT user@registry.example.org:443 HTTP/1.1\r\n\r\n",
        "CONNECT registry.example.org:99999999999 HTTP/1.1\r\n\r\n",
        "CONNECT registry.example.org:443 HTTP/2\r\n\r\n",
        "\u0000\u0001\u0002\r\n\r\n"
      })
  void whatIsNoRequestToAProxyIsRefused(String head) throws Exception {
    try (RegistryProxy proxy = proxy(choice(List.of(), true, Map.of()))) {
      assertThat(ask(proxy, head)).startsWith("HTTP/1.1 400 ");
    }
  }

  @Test
  void aHeadWithoutEndIsRefused() throws Exception {
    try (RegistryProxy proxy = proxy(choice(List.of(), true, Map.of()))) {
      assertThat(ask(proxy, "GET http://a/ HTTP/1.1\r\nX: " + "x".repeat(16 * 1024)))
          .startsWith("HTTP/1.1 431 ");
    }
  }

  @Test
  void whoDoesNotAnswerOrDoesNotExistIsSaid() throws Exception {
    int port = origin.port();
    try (RegistryProxy proxy = proxy(own("127.0.0.1:" + port))) {
      origin.close(); // only now, so that the proxy does not get its port
      assertThat(ask(proxy, "CONNECT 127.0.0.1:%d HTTP/1.1\r\n\r\n".formatted(port)))
          .startsWith("HTTP/1.1 502 ")
          .contains("does not answer");
      assertThat(proxy.metTrouble()).isTrue();
    }
    resolvesTo = "";
    try (RegistryProxy proxy = proxy(choice(List.of(), true, Map.of()))) {
      assertThat(ask(proxy, "CONNECT %s:443 HTTP/1.1\r\n\r\n".formatted(OFFICIAL)))
          .startsWith("HTTP/1.1 502 ")
          .contains("not known");
    }
  }

  @Test
  void theEndOfAStepEndsItsConnectionsAndLeavesNoFile() throws Exception {
    RegistryProxy proxy = proxy(own("127.0.0.1:" + origin.port()));
    try (SocketChannel program = connect(proxy)) {
      send(program, "CONNECT 127.0.0.1:%d HTTP/1.1\r\n\r\n".formatted(origin.port()));
      readUntil(program, "\r\n\r\n");
      proxy.close();

      assertThat(readAll(program)).isEmpty();
      assertThat(proxy.socket()).doesNotExist();
      await().until(() -> origin.open() == 0);
    }
  }

  @Test
  void socketsOfAKilledPredecessorAreRemoved() throws Exception {
    RegistryProxy left = proxy(choice(List.of(), true, Map.of()));
    try (RegistryProxy next = proxy(choice(List.of(), true, Map.of()))) {
      assertThat(next.socket()).isEqualTo(left.socket());
    }
    left.close();
  }

  @Test
  void aHostThatCannotBeOneIsRefusedInWords() {
    for (String wrong : List.of("https://pypi.org", "a b", "pypi.org:0", "pypi.org:70000", "*")) {
      assertThatThrownBy(() -> AllowedHost.parse(wrong, false))
          .hasMessageContaining("'" + wrong + "' is no registry");
    }
    AllowedHost all = AllowedHost.parse("*.Example.org", false);
    assertThat(all.covers("a.b.EXAMPLE.org.", 443)).isTrue();
    assertThat(all.covers("example.org", 443)).isFalse();
    assertThat(all.covers("badexample.org", 443)).isFalse();
    assertThat(AllowedHost.parse("pypi.org", false).covers("pypi.org.evil.example", 443)).isFalse();
  }

  private static Registries.Choice choice(
      List<String> named, boolean ofTemplates, Map<String, String> environment) {
    return new Registries.Choice(named, ofTemplates, environment, List.of(), MANY);
  }

  private static Registries.Choice own(String host) {
    return choice(List.of(host), true, Map.of());
  }

  private Registries registries(Registries.Choice choice) throws IOException {
    return Registries.open(temp.resolve("sockets"), choice, this::resolve);
  }

  private List<InetAddress> resolve(String host) throws UnknownHostException {
    if (resolvesTo.isEmpty()) {
      throw new UnknownHostException(host);
    }
    return List.of(InetAddress.ofLiteral(resolvesTo));
  }

  private RegistryProxy proxy(Registries.Choice choice) throws IOException {
    return proxy(registries(choice));
  }

  private RegistryProxy proxy(Registries registries) throws IOException {
    return registries.open("python3", List.of(OFFICIAL), log::add);
  }

  private static SocketChannel connect(RegistryProxy proxy) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(proxy.socket()));
    return channel;
  }

  private static String ask(RegistryProxy proxy, String request) throws IOException {
    try (SocketChannel program = connect(proxy)) {
      send(program, request);
      return readAll(program);
    }
  }

  private static void send(SocketChannel to, String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
    while (bytes.hasRemaining()) {
      to.write(bytes);
    }
  }

  private static String readUntil(SocketChannel from, String end) throws IOException {
    StringBuilder read = new StringBuilder();
    ByteBuffer one = ByteBuffer.allocate(1);
    while (read.indexOf(end) < 0 && from.read(one) > 0) {
      read.append((char) one.flip().get());
      one.clear();
    }
    return read.toString();
  }

  private static String readAll(SocketChannel from) throws IOException {
    StringBuilder read = new StringBuilder();
    ByteBuffer some = ByteBuffer.allocate(8192);
    try {
      while (from.read(some) >= 0) {
        read.append(StandardCharsets.ISO_8859_1.decode(some.flip()));
        some.clear();
      }
    } catch (IOException e) {
      // cut off, which some of these tests are about
    }
    return read.toString();
  }
}
