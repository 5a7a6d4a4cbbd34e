package lmnop.controlplane.domains;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import lmnop.controlplane.accounts.Misused;
import lmnop.controlplane.accounts.Refused;
import lmnop.operations.database.Database;
import lmnop.operations.database.Rows;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import lmnop.testkit.DnsServer;
import lmnop.testkit.TestDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Domains of owners' own, with name servers and a web server that say what a test tells them. */
@Timeout(120)
final class DomainsTest {
  private static final OwnerName ADA = new OwnerName("ada");
  private static final OwnerName BOB = new OwnerName("bob");
  private static final FunctionName SHOP = new FunctionName("shop");
  private static final String HOST = "shop.example.com";

  private final TestDatabase test = new TestDatabase();
  private final Database control = test.as("lmnop_control");
  private final DnsServer dns = new DnsServer();
  private Domains domains;

  @BeforeEach
  void start() {
    test.execute(
        """
        INSERT INTO lmnop.owners (id, name) VALUES (1, 'ada'), (2, 'bob');
        INSERT INTO lmnop.repositories (id, owner_id, name) VALUES (1, 1, 'shop'), (2, 2, 'shop');
        INSERT INTO lmnop.functions (owner_id, name, repository_id) VALUES (1, 'shop', 1), (2, 'shop', 2)
        """);
    domains = domains(80, false);
  }

  @AfterEach
  void stop() {
    domains.close();
    dns.close();
    control.close();
    test.close();
  }

  private Domains domains(int port, boolean privateAddresses) {
    return new Domains(
        control,
        new SecureRandom(),
        new DomainSettings(
            List.of(dns.address()),
            privateAddresses,
            port,
            Duration.ofHours(1),
            Duration.ofDays(3),
            3),
        Set.of("apps.example.org", "portal.example.net"));
  }

  private void prove(Domain domain) {
    dns.text(domain.recordName(), "v=spf1 -all", domain.proof());
  }

  private String routes() {
    return Objects.requireNonNull(
        control
            .one(
                "SELECT coalesce(string_agg(host || ' ' || function_id || ' ' || kind, ', '), 'none') FROM routes",
                Map.of(),
                row -> Rows.only(row, String.class))
            .block());
  }

  private long changes() {
    return Objects.requireNonNull(
        control
            .one(
                "SELECT count(*) FROM change_log WHERE hosts = ARRAY['shop.example.com']",
                Map.of(),
                row -> Rows.only(row, Long.class))
            .block());
  }

  @Test
  void routesFromTheMomentInWhichItsRecordIsFound() throws Exception {
    Domain domain = domains.add(ADA, SHOP, "  Shop.EXAMPLE.com. ", "ada");
    assertThat(domain.host().value()).isEqualTo(HOST);
    assertThat(domain.recordName()).isEqualTo("_lmnop.shop.example.com");
    assertThat(domains.add(ADA, SHOP, HOST, "ada").token()).isEqualTo(domain.token());
    Domain before = domains.check(ADA, SHOP, HOST, "ada");
    assertThat(before.state()).isEqualTo("unverified");
    assertThat(before.problem())
        .contains("no TXT record _lmnop.shop.example.com", "the name is not known");
    dns.text(domain.recordName(), "lmnop-domain=another");
    assertThat(domains.check(ADA, SHOP, HOST, "ada").problem()).contains("says something else");
    assertThat(routes()).isEqualTo("none");
    prove(domain);
    assertThat(domains.check(ADA, SHOP, HOST, "ada").state()).isEqualTo("verified");
    assertThat(routes()).isEqualTo("shop.example.com 1 custom");
    assertThat(changes()).isEqualTo(1);
    domains.remove(ADA, SHOP, HOST, "ada");
    assertThat(routes()).isEqualTo("none");
    assertThat(changes()).isEqualTo(2);
    assertThat(domains.of(ADA, SHOP)).isEmpty();
  }

  @Test
  void belongsToOneFunctionUntilItsProofIsGone() throws Exception {
    Domain hers = domains.add(ADA, SHOP, HOST, "ada");
    Domain his = domains.add(BOB, SHOP, HOST, "bob");
    assertThat(his.token()).isNotEqualTo(hers.token());
    prove(hers);
    assertThat(domains.check(BOB, SHOP, HOST, "bob").state())
        .as("her proof is not his")
        .isEqualTo("unverified");
    domains.check(ADA, SHOP, HOST, "ada");
    dns.text(his.recordName(), hers.proof(), his.proof());
    assertThatThrownBy(() -> domains.check(BOB, SHOP, HOST, "bob"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("leads to another function still");
    assertThat(routes()).isEqualTo("shop.example.com 1 custom");
    prove(his);
    sweepAfter("2 hours");
    assertThat(domains.of(ADA, SHOP).getFirst().state()).isEqualTo("missing");
    assertThat(routes()).as("there is a grace").isEqualTo("shop.example.com 1 custom");
    test.execute("UPDATE lmnop.domains SET missed_at = now() - interval '4 days' WHERE id = 1");
    sweepAfter("2 hours");
    assertThat(routes()).isEqualTo("none");
    assertThat(domains.of(ADA, SHOP).getFirst().state()).isEqualTo("unverified");
    domains.check(BOB, SHOP, HOST, "bob");
    assertThat(routes()).isEqualTo("shop.example.com 2 custom");
  }

  private void sweepAfter(String time) throws InterruptedException {
    test.execute("UPDATE lmnop.domains SET checked_at = now() - interval '%s'".formatted(time));
    domains.sweep();
  }

  @Test
  void aProofThatIsBackInTimeLosesNothing() throws Exception {
    Domain domain = domains.add(ADA, SHOP, HOST, "ada");
    prove(domain);
    domains.check(ADA, SHOP, HOST, "ada");
    dns.noText(domain.recordName());
    sweepAfter("2 hours");
    prove(domain);
    sweepAfter("2 hours");
    assertThat(domains.of(ADA, SHOP).getFirst().state()).isEqualTo("verified");
    assertThat(changes()).isEqualTo(1);
  }

  @Test
  void twoWhoProveTheSameAtOnceAreOneWhoHasIt() throws Exception {
    Domain hers = domains.add(ADA, SHOP, HOST, "ada");
    Domain his = domains.add(BOB, SHOP, HOST, "bob");
    dns.text(hers.recordName(), hers.proof(), his.proof());
    AtomicInteger refused = new AtomicInteger();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> asked = new ArrayList<>();
      for (OwnerName owner : List.of(ADA, BOB)) {
        Callable<?> check =
            () -> {
              try {
                return domains.check(owner, SHOP, HOST, "x");
              } catch (Refused e) {
                return refused.incrementAndGet();
              }
            };
        asked.add(threads.submit(check));
      }
      for (Future<?> one : asked) {
        one.get();
      }
    }
    assertThat(refused).hasValue(1);
    assertThat(routes()).matches("shop\\.example\\.com [12] custom");
  }

  @Test
  void aFileOverHttpIsAProofToo() throws Exception {
    HttpServer web =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    dns.leads(HOST, "127.0.0.1");
    try (Domains inside = domains(web.getAddress().getPort(), true);
        Domains outside = domains(web.getAddress().getPort(), false)) {
      Domain domain = inside.add(ADA, SHOP, HOST, "ada");
      AtomicInteger asked = new AtomicInteger();
      List<String> hosts = new ArrayList<>();
      web.createContext(
          domain.path(),
          exchange -> {
            asked.incrementAndGet();
            hosts.add(exchange.getRequestHeaders().getFirst("Host"));
            byte[] body = (domain.proof() + "\n").getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(200, 0); // chunked
            exchange.getResponseBody().write(body);
            exchange.close();
          });
      web.start();
      assertThat(outside.check(ADA, SHOP, HOST, "ada").problem())
          .contains("its address is not one of the public Internet");
      assertThat(asked).hasValue(0);
      assertThat(inside.check(ADA, SHOP, HOST, "ada").state()).isEqualTo("verified");
      assertThat(hosts).containsExactly(HOST);
    } finally {
      web.stop(0);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "10.0.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.100.100.200",
        "0.0.0.0",
        "172.16.0.1",
        "224.0.0.1"
      })
  void nobodyIsAskedInThisNetwork(String address) throws Exception {
    dns.leads(HOST, address);
    domains.add(ADA, SHOP, HOST, "ada");
    assertThat(domains.check(ADA, SHOP, HOST, "ada").problem())
        .contains("its address is not one of the public Internet");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "HTTP/1.1 302 Found\\r\\nLocation: http://127.0.0.1/\\r\\n\\r\\n | does not answer 200",
        "HTTP/1.1 200 OK\\r\\n\\r\\nanything else               | says something else",
        "no HTTP at all                                           | does not answer 200",
      })
  void whatAnswersSomethingElseIsNoProof(String answer, String words) throws Exception {
    dns.leads(HOST, "127.0.0.1");
    try (ServerSocket web = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Domains inside = domains(web.getLocalPort(), true)) {
      Thread.ofVirtual().start(() -> answer(web, answer.replace("\\r\\n", "\r\n")));
      inside.add(ADA, SHOP, HOST, "ada");
      assertThat(inside.check(ADA, SHOP, HOST, "ada").problem()).contains(words);
    }
  }

  private static void answer(ServerSocket web, String answer) {
    try (var socket = web.accept()) {
      socket.getInputStream().read();
      socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
      socket.shutdownOutput();
      socket.getInputStream().readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "*.example.com, is no domain",
    "localhost, is no domain",
    "127.0.0.1, is no domain",
    "shop.example.com:80, is no domain",
    "shop.example.com/x, is no domain",
    "a..example.com, is no domain",
    "-a.example.com, is no domain",
    "a_b.example.com, is no domain",
    "'a b.example.com', is no domain",
    "'<b>.example.com', is no domain",
    "me.apps.example.org, belongs to the platform",
    "apps.example.org, belongs to the platform",
    "PORTAL.example.net., belongs to the platform",
    "example.net, belongs to the platform",
    "x.internal, is no name of the public Internet",
    "x.localhost, is no name of the public Internet",
  })
  void whatNobodyCanHaveIsRefused(String host, String words) {
    assertThatThrownBy(() -> domains.add(ADA, SHOP, host, "ada"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining(words);
    assertThat(domains.of(ADA, SHOP)).isEmpty();
  }

  @Test
  void namesOfAnyScriptAreOneName() {
    assertThat(domains.add(ADA, SHOP, "Bücher.example", "ada").host().value())
        .isEqualTo("xn--bcher-kva.example");
    assertThat(domains.add(ADA, SHOP, "xn--bcher-kva.example.", "ada").host().value())
        .isEqualTo("xn--bcher-kva.example");
    assertThat(domains.of(ADA, SHOP)).hasSize(1);
  }

  @Test
  void aFunctionHasSoManyAndNoMore() {
    for (int i = 0; i < 3; i++) {
      domains.add(ADA, SHOP, "d%d.example.com".formatted(i), "ada");
    }
    assertThatThrownBy(() -> domains.add(ADA, SHOP, "d3.example.com", "ada"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("has 3 domains");
    assertThat(domains.of(ADA, SHOP)).hasSize(3);
  }

  @Test
  void theCommandSaysWhatToShowAndWhatIsMissing() throws Exception {
    List<String> lines = new ArrayList<>();
    DomainCommand command = new DomainCommand(domains, lines::add);
    String[] options = {HOST, "--function", "shop", "--owner", "ada"};
    command.run("add", options[0], options[1], options[2], options[3], options[4]);
    assertThat(lines).anyMatch(line -> line.contains("_lmnop.shop.example.com  TXT"));
    assertThatThrownBy(() -> command.run("check", HOST, "--function", "shop", "--owner", "ada"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("The proof was not found");
    prove(domains.of(ADA, SHOP).getFirst());
    command.run("check", HOST, "--function", "shop", "--owner", "ada");
    command.run("list", "--function", "shop", "--owner", "ada");
    assertThat(lines.getLast()).contains(HOST).contains("verified");
    command.run("remove", HOST, "--function", "shop", "--owner", "ada");
    assertThat(routes()).isEqualTo("none");
    assertThatThrownBy(() -> command.run("add", HOST)).isInstanceOf(Misused.class);
    assertThatThrownBy(() -> command.run("sing")).isInstanceOf(Misused.class);
  }
}
