package lmnop.controlplane.portal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.http.HttpResponse;
import java.util.Map;
import lmnop.controlplane.accounts.ProxySignInSettings;
import lmnop.operations.settings.Settings;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who is signed in because a proxy says so, and who is not. */
@SuppressWarnings("NullAway.Init")
final class ProxySignInTest {
  private TestPortal it;

  @BeforeEach
  void start() {
    it = new TestPortal();
  }

  @AfterEach
  void stop() {
    it.close();
  }

  private Browser behind(String networks) {
    return new Browser(it.another(Map.of("networks", networks)).port());
  }

  @Test
  void whomATrustedProxyNamesIsLedToThePageThatWasWanted() {
    Browser browser = behind("10.0.0.0/8,127.0.0.0/8").with("X-Forwarded-User", "dev");
    HttpResponse<String> led = browser.get("/owners/team");
    assertThat(led.statusCode()).isEqualTo(303);
    HttpResponse<String> in = browser.get(led.headers().firstValue("Location").orElseThrow());
    assertThat(in.headers().firstValue("Location")).contains("/owners/team");
    assertThat(browser.get("/owners/team").statusCode()).isEqualTo(200);
    assertThat(browser.post("/owners/team/members", Map.of("name", "x")).statusCode())
        .as("with the rights of the account and no others")
        .isEqualTo(404);
    Browser admin = behind("127.0.0.0/8").with("X-Forwarded-User", "root");
    assertThat(admin.get("/owners/team").statusCode())
        .as("the header alone is no session")
        .isEqualTo(303);
  }

  @Test
  void nobodyIsNamedByAnybodyElse() {
    assertThat(isLed(it.browser().with("X-Forwarded-User", "dev"))).as("it is off").isFalse();
    assertThat(isLed(behind("10.0.0.0/8").with("X-Forwarded-User", "dev"))).isFalse();
    assertThat(
            isLed(
                behind("10.0.0.0/8")
                    .with("X-Forwarded-User", "dev")
                    .with("X-Forwarded-For", "10.0.0.1")))
        .isFalse();
    assertThat(isLed(behind("127.0.0.0/8"))).as("without the header").isFalse();
    assertThat(isLed(behind("127.0.0.0/8").with("Remote-User", "dev"))).isFalse();
    assertThat(isLed(behind("127.0.0.0/8").with("X-Forwarded-User", "nobody"))).isFalse();
    it.postgres.execute("UPDATE lmnop.accounts SET enabled = false WHERE name = 'dev'");
    assertThat(isLed(behind("127.0.0.0/8").with("X-Forwarded-User", "dev"))).isFalse();
    assertThat(it.one("SELECT count(*)::text FROM sessions")).isEqualTo("0");
  }

  private static boolean isLed(Browser browser) {
    return browser.get("/sign-in").statusCode() == 303;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "networks | 10.0.0.0    | must be networks like 10.0.0.0/8",
        "networks | 10.0.0.0/99 | must be networks like 10.0.0.0/8",
        "networks | here/8      | must be networks like 10.0.0.0/8",
        "header   | Remote-User | must begin with X-Forwarded- or X-Remote-",
      })
  void whatCannotBeTrustedIsRefusedAtTheStart(String key, String value, String words) {
    assertThatThrownBy(() -> Settings.bind(ProxySignInSettings.class, Map.of(key, value)))
        .hasMessageContaining(words);
  }
}
