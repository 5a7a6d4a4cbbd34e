package lmnop.router.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import lmnop.operations.settings.Settings;
import lmnop.operations.settings.SettingsException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What may stand in a file of routes, and what is said of the rest. */
final class RoutesFileTest {
  private static final Targets TARGETS =
      new Targets(
          List.of("127.0.0.1:3000", "127.0.0.1:8084"),
          List.of(
              new Targets.Own("the router's management listener", "127.0.0.1", 8084),
              new Targets.Own("the database", "db.example.com", 5432)));

  @TempDir private Path directory;

  private OperatorRoutes read(String text) throws IOException {
    Path file = Files.writeString(directory.resolve("routes.yml"), text);
    GatewaySettings settings =
        Settings.bind(GatewaySettings.class, Map.of("routes", file.toString(), "reload", "1h"));
    return new OperatorRoutes(settings, TARGETS, Set.of("portal.example.com"));
  }

  private static String routeTo(String uri) {
    return "routes:\n  - {id: a, hosts: [a.example.com], uri: '%s'}\n".formatted(uri);
  }

  private static String withFilter(String filter) {
    return routeTo("function://hello").stripTrailing().replace("}", ", filters: [" + filter + "]}");
  }

  private void isRefused(String text, String... words) {
    assertThatThrownBy(() -> read(text).close())
        .isInstanceOf(SettingsException.class)
        .hasMessageContainingAll(words);
  }

  @Test
  void takesShortcutsAndTheFullForm() throws Exception {
    String text =
        """
        routes:
          - id: late
            order: 7
            uri: function://ada/hello
          - id: shop
            hosts: [Shop.Example.com, "*.shop.example.com"]
            before-functions: true
            uri: https://backend.example.com
            predicates:
              - Path=/api/**
              - name: Method
                args:
                  methods: [GET, POST]
              - After=2020-01-01T00:00:00Z[UTC]
            filters:
              - StripPrefix=1
              - name: Retry
                args: {retries: 2, methods: GET, backoff: {firstBackoff: 10ms, maxBackoff: 50ms}}
              - RewritePath=/red/?(?<segment>.*), /${segment}
            metadata: {response-timeout: 2000}
        """;
    try (OperatorRoutes routes = read(text)) {
      assertThat(routes.seen()).extracting(OperatorRoutes.Seen::id).containsExactly("shop", "late");
      assertThat(routes.claim("shop.example.com")).isEqualTo(routes.claim("x.shop.example.com"));
      assertThat(routes.claim("a.b.shop.example.com")).isNull();
      assertThat(routes.anyBeforeFunctions()).isTrue();
      assertThat(routes.seenFor("shop.example.com").getFirst().filters().toString())
          .contains("/${segment}");
    }
  }

  @Test
  void reportsEveryProblemTogether() {
    isRefused(
        """
        rules: []
        routes:
          - {id: a, uri: 'function://hello', hots: [x]}
          - {id: a, uri: 'ftp://example.com'}
          - {id: B, uri: 'http://example.com'}
          - {id: portal, uri: 'http://example.com'}
          - {id: c, order: first, uri: 'function://a/b/c', hosts: ['a b', portal.example.com]}
          - {id: d, uri: 'http://example.com', filters: [{nam: x}, StripPrefix=one, Nothing=1]}
        """,
        "'rules' is not a key",
        "'hots' is not a key",
        "the uri 'ftp://example.com' must be",
        "id must be a name",
        "the id 'portal' is taken",
        "order = 'first' is not a number",
        "is not function://NAME",
        "'a b' is no host",
        "'nam' is not a key");
  }

  @Test
  void saysWhichArgumentDoesNotFit() {
    isRefused(withFilter("StripPrefix=one"), "route 'a'", "one");
    isRefused(withFilter("AddRequestHeader=OnlyAName"), "route 'a'");
    isRefused(withFilter("Nothing=1"), "'Nothing' is not offered; there are", "StripPrefix");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'AddRequestHeader=X, #{T(java.lang.Runtime).getRuntime()}'",
        "{name: AddRequestHeader, args: {name: X, value: '#{@systemProperties}'}}",
        "{name: AddRequestHeader, args: {'#{1}': X}}"
      })
  void refusesExpressions(String filter) {
    isRefused(withFilter(filter), "is an expression");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "JsonToGrpc",
        "RequestHeaderToRequestUri",
        "SetRequestUri",
        "ModifyRequestBody",
        "RequestRateLimiter",
        "LocalResponseCache",
        "TokenRelay"
      })
  void refusesFiltersThatReachFurther(String filter) {
    isRefused(withFilter(filter + "=a"), "'%s' is not offered".formatted(filter));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://127.0.0.1:9999",
        "http://localhost:9999",
        "http://[::1]:9999",
        "http://[::ffff:127.0.0.1]:9999",
        "http://0.0.0.0:9999",
        "http://169.254.169.254",
        "http://[fe80::1]",
        "http://[fd00:ec2::254]",
        "http://127.0.0.1:8084",
        "http://db.example.com:5432"
      })
  void refusesTargetsOfThePlatformAndOfThisMachine(String target) {
    isRefused(routeTo(target), "route 'a': ");
  }

  @Test
  void opensWhatTheSettingsOpenButNeverThePlatformsOwn() throws Exception {
    try (OperatorRoutes routes = read(routeTo("http://127.0.0.1:3000"))) {
      assertThat(routes.seen()).hasSize(1);
    }
    isRefused(routeTo("http://127.0.0.1:8084"), "management listener, which is never a target");
  }

  @ParameterizedTest
  @CsvSource({"127.0.0.1,9999,false", "127.0.0.1,3000,true", "169.254.169.254,80,false"})
  void looksAtTheAddressThatANameTurnedOutToHave(String address, int port, boolean passes) {
    EmbeddedChannel channel = new EmbeddedChannel(new ConnectGuard(TARGETS, own -> false));
    var connecting = channel.connect(new InetSocketAddress(InetAddress.ofLiteral(address), port));
    assertThat(connecting.isSuccess()).isEqualTo(passes);
    channel.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "routes: [",
        "routes: 7",
        "- a",
        "routes: [a]",
        "a: &x [1]\nroutes: *x",
        "routes: []\nroutes: []",
        "routes: [!!java.net.URL {id: a}]"
      })
  void refusesWhatIsNoFileOfRoutes(String text) {
    isRefused(text, "gateway.routes: ");
  }

  @Test
  void readsNothingFromTheEnvironment() {
    isRefused(withFilter("'AddRequestHeader=X, ${PATH}'"), "'${PATH}' is a placeholder");
    isRefused(withFilter("{name: SetPath, args: {template: '/${user.home}'}}"), "a placeholder");
  }

  @Test
  void aBrokenFileChangesNothing() throws Exception {
    try (OperatorRoutes routes = read(routeTo("function://hello"))) {
      Path file = directory.resolve("routes.yml");
      Files.writeString(file, routeTo("gopher://hello"));
      routes.readAgain();
      assertThat(routes.seen()).hasSize(1);
      assertThat(routes.problems().toString()).contains("gopher");
      Files.delete(file);
      routes.readAgain();
      assertThat(routes.seen()).hasSize(1);
      assertThat(routes.problems().toString()).contains("cannot be read");
      Files.writeString(file, "routes: []\n");
      routes.readAgain();
      assertThat(routes.seen()).isEmpty();
      assertThat(routes.problems()).isEmpty();
    }
  }

  @Test
  void saysWhichAddressIsNotWrittenAsItMustBe() {
    assertThatThrownBy(() -> new Targets(List.of("here", "127.0.0.1:x"), List.of()))
        .isInstanceOf(SettingsException.class)
        .hasMessageContainingAll("'here'", "'127.0.0.1:x'");
  }
}
