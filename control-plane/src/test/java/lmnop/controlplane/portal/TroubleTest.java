package lmnop.controlplane.portal;

import static lmnop.controlplane.AccessMatrix.PROTECTION;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import lmnop.controlplane.web.Access;
import lmnop.controlplane.web.Route;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

/** What people, git and programs are told where something is refused or fails. */
@SuppressWarnings("NullAway.Init")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class TroubleTest {
  private static TestPortal it;
  private static Browser dev;

  @BeforeAll
  static void start() {
    it =
        new TestPortal(
            List.of(() ->
                List.of(
                    Route.get(
                        "/broken",
                        Access.portal(),
                        request -> Mono.error(new IllegalStateException("secret detail"))))));
    dev = it.browser("dev");
  }

  @AfterAll
  static void stop() {
    it.close();
  }

  private static String page(HttpResponse<String> answer, int status) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(answer.headers().firstValue("Content-Type")).hasValue("text/html;charset=UTF-8");
    assertThat(answer.headers().map().keySet()).containsAll(PROTECTION);
    return answer.body();
  }

  @Test
  @Order(1)
  void aBrowserIsShownAPageInTheFrameOfThePortal() {
    assertThat(page(dev.get("/none"), 404))
        .contains("<h1>Not found</h1>", "There is nothing at this address", "Sign out")
        .contains("<a href=\"/\">Functions</a>");
    assertThat(page(dev.get("/owners/%3Cscript%3Ealert(1)%3C%2Fscript%3E"), 404))
        .contains("&lt;script&gt;alert(1)")
        .doesNotContain("<script>alert");
    assertThat(page(dev.get("/owners/stranger"), 404))
        .isEqualTo(page(dev.get("/owners/nobody"), 404).replace("nobody", "stranger"));
    assertThat(page(dev.postRaw("/account/password", Map.of()), 403))
        .contains("<h1>Not done</h1>", "not of your session");
  }

  @Test
  @Order(1)
  void aFaultIsTheirsWhoRunThisAndHasANumber() {
    assertThat(page(dev.get("/broken"), 500))
        .contains("<h1>Something went wrong</h1>")
        .containsPattern("under error [0-9a-f]{8}\\.")
        .doesNotContain("secret", "IllegalState");
  }

  @Test
  @Order(1)
  void withoutASessionThereIsNothingButTheWayToSignIn() {
    assertThat(page(it.browser().postRaw("/sign-in", Map.of("user", "<b>")), 400))
        .contains("has no field", "<a href=\"/sign-in\">Sign in</a>")
        .doesNotContain("<nav");
    Browser strange = it.browser().with("Origin", "http://evil.example");
    assertThat(page(strange.signIn("dev", TestPortal.PASSWORD), 403))
        .contains("was not sent by a page of the portal")
        .doesNotContain("<nav");
  }

  @Test
  @Order(1)
  void programsAreToldAsTheyReadIt() {
    HttpResponse<String> git = dev.get("/scm/x/none");
    assertThat(git.headers().firstValue("Content-Type")).hasValue("text/plain;charset=UTF-8");
    assertThat(git.body()).doesNotContain("<");
    HttpResponse<String> api = dev.get("/api/none");
    assertThat(api.headers().firstValue("Content-Type")).hasValue("application/problem+json");
    HttpResponse<String> program = it.browser("dev").with("Accept", "*/*").get("/none");
    assertThat(program.headers().firstValue("Content-Type")).hasValue("application/problem+json");
    HttpResponse<String> odd = it.browser().with("Accept", "no/list/of;;types,").get("/");
    assertThat(odd.statusCode()).as("no list of types, and no session").isEqualTo(401);
    assertThat(odd.headers().map().keySet()).containsAll(PROTECTION);
  }

  @Test
  @Order(1)
  void whoAsksForTheHeadIsToldWhatAPageWouldSayAndNoMore() {
    for (String path :
        List.of("/", "/account", "/audit.csv", "/none", "/functions/team/none/logs")) {
      HttpResponse<String> head = dev.head(path);
      assertThat(head.statusCode()).as(path).isEqualTo(dev.get(path).statusCode());
      assertThat(head.body()).isEmpty();
      assertThat(head.headers().map().keySet()).containsAll(PROTECTION);
    }
    assertThat(it.browser().head("/account").statusCode()).isEqualTo(303);
    assertThat(dev.head("/sign-out").statusCode()).as("a form alone is sent there").isEqualTo(405);
  }

  @Test
  @Order(1)
  void aKnownAddressSaysWhatIsPossibleThere() {
    HttpResponse<String> answer = dev.postRaw("/account", Map.of());
    assertThat(page(answer, 405)).contains("POST is not possible here, only GET, HEAD.");
    assertThat(answer.headers().firstValue("Allow")).hasValue("GET, HEAD");
    assertThat(it.browser().postRaw("/account", Map.of()).statusCode())
        .as("who is not signed in learns nothing of it")
        .isEqualTo(303);
  }

  /** These never become requests that a route could see. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n",
        "GET /LONG HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nLong: LONGLONG\r\n\r\n",
        "NONSENSE\r\n\r\n",
        "GET /%zz HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nConnection: close\r\n\r\n"
      })
  @Order(1)
  void whatIsNoRequestIsRefusedAsCarefully(String sent) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), it.server().port())) {
      socket.setSoTimeout(20_000); // milliseconds
      socket
          .getOutputStream()
          .write(sent.replace("LONG", "x".repeat(9000)).getBytes(StandardCharsets.US_ASCII));
      String answer =
          new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
              .toLowerCase(Locale.ROOT);
      assertThat(answer).startsWith("http/1.1 4");
      assertThat(PROTECTION).allMatch(isIn(answer), "stands in the answer: " + answer);
    }
  }

  private static Predicate<String> isIn(String answer) {
    return name -> answer.contains("\r\n" + name + ": ");
  }

  @Test
  @Order(2)
  void withoutADatabaseAPageSaysSo() {
    it.postgres.execute("ALTER TABLE lmnop.sessions RENAME TO gone");
    HttpResponse<String> answer = dev.get("/account");
    assertThat(page(answer, 503))
        .contains("<h1>Not now</h1>", "The database does not answer", "go on serving")
        .doesNotContain("<nav");
    assertThat(answer.headers().firstValue("Retry-After")).hasValue("2");
  }
}
