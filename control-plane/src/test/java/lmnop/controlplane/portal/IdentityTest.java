package lmnop.controlplane.portal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import lmnop.controlplane.identities.ProviderSettings;
import lmnop.operations.credentials.CredentialFile;
import lmnop.operations.credentials.Token;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is signed in because a provider knows him, and who is not. */
@SuppressWarnings("NullAway.Init")
final class IdentityTest {
  @TempDir static Path folder;

  private static TestPortal it;
  private static FakeProvider provider;
  private static final Map<Boolean, Integer> PORTALS = new TreeMap<>();

  @BeforeAll
  static void startPortal() throws IOException {
    it = new TestPortal();
    provider = new FakeProvider();
    new CredentialFile(folder.resolve("secret")).write(new Token(FakeProvider.SECRET));
  }

  @AfterAll
  static void stopPortal() {
    provider.close();
    PORTALS.clear();
    it.close();
  }

  @BeforeEach
  void start() {
    it.postgres.execute(
        """
        DELETE FROM lmnop.owners WHERE id IN (
          SELECT m.owner_id FROM lmnop.memberships m JOIN lmnop.accounts a ON a.id = m.account_id
          WHERE a.password_hash = 'none');
        DELETE FROM lmnop.accounts WHERE password_hash = 'none';
        DELETE FROM lmnop.sessions; DELETE FROM lmnop.identities; DELETE FROM lmnop.sign_ins
        """);
    provider.isHonest();
  }

  private ProviderSettings settings(ProviderSettings.Kind kind, boolean createAccounts) {
    URI at = URI.create(provider.issuer());
    return new ProviderSettings(
        kind, at, at, null, FakeProvider.CLIENT, folder.resolve("secret"), createAccounts);
  }

  private int portal(boolean createAccounts) {
    return PORTALS.computeIfAbsent(createAccounts, this::another);
  }

  /** A control plane that has not asked the provider yet. */
  private int another(boolean createAccounts) {
    return it.withProviders(
            Map.of(
                "sso", settings(ProviderSettings.Kind.OIDC, createAccounts),
                "github", settings(ProviderSettings.Kind.GITHUB, createAccounts)))
        .port();
  }

  private static String location(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(303);
    return answer.headers().firstValue("Location").orElseThrow();
  }

  /** The address at which a browser comes back. */
  private String back(Browser browser, String begin) {
    URI back = provider.letIn(URI.create(location(browser.get(begin))));
    assertThat(back.getHost()).isEqualTo("portal.example.org");
    return back.getRawPath() + "?" + back.getRawQuery();
  }

  private String signIn(Browser browser) {
    return location(browser.get(back(browser, "/sign-in/with/sso?next=/owners/team")));
  }

  private String sessions() {
    return it.one(
        "SELECT coalesce(string_agg(a.name, ',' ORDER BY s.id), '') FROM sessions s JOIN accounts a ON a.id = s.account_id");
  }

  private String link(Browser browser) {
    return "/account/identities/link/sso?form-token=" + browser.formToken();
  }

  @Test
  void whoLinkedHisIdentitySignsInWithIt() {
    int port = portal(false);
    Browser dev = new Browser(port).signedIn("dev", TestPortal.PASSWORD);
    assertThat(location(dev.get(back(dev, link(dev))))).isEqualTo("/account/identities");
    assertThat(dev.get("/account").body()).contains("/account/identities");
    assertThat(dev.get("/account/identities").body()).contains(provider.issuer(), "Ada.L");
    Browser later = new Browser(port);
    assertThat(later.get("/sign-in").body()).contains("/sign-in/with/sso");
    assertThat(signIn(later)).isEqualTo("/owners/team");
    assertThat(later.get("/owners/team").statusCode()).isEqualTo(200);
    assertThat(sessions()).isEqualTo("dev,dev");
    Browser viewer = new Browser(port).signedIn("viewer", TestPortal.PASSWORD);
    assertThat(location(viewer.get(back(viewer, link(viewer)))))
        .as("it is another's already")
        .isEqualTo("/sign-in?failed=taken");
    dev.post("/account/identities/unlink", Map.of("issuer", provider.issuer()));
    assertThat(signIn(new Browser(port))).isEqualTo("/sign-in?failed=unknown");
  }

  @Test
  void nobodyIsLinkedByAnAddressThatSomebodyElseMade() {
    Browser dev = new Browser(portal(false)).signedIn("dev", TestPortal.PASSWORD);
    for (String token : new String[] {"", "?form-token=", "?form-token=" + "0".repeat(64)}) {
      assertThat(dev.get("/account/identities/link/sso" + token).statusCode()).isEqualTo(403);
    }
    assertThat(it.one("SELECT count(*)::text FROM sign_ins")).isEqualTo("0");
  }

  @Test
  void whomNobodyKnowsGetsAnAccountOnlyIfTheSettingsSaySo() {
    Browser stranger = new Browser(portal(false));
    assertThat(signIn(stranger)).isEqualTo("/sign-in?failed=unknown");
    assertThat(stranger.get("/sign-in?failed=unknown").body())
        .contains("Nobody here is known by that identity");
    assertThat(stranger.get("/sign-in?failed=%3Cb%3E").body()).doesNotContain("<b>");
    assertThat(sessions()).isEmpty();
    int port = portal(true);
    assertThat(signIn(new Browser(port))).isEqualTo("/owners/team");
    assertThat(signIn(new Browser(port))).isEqualTo("/owners/team");
    assertThat(sessions()).isEqualTo("ada-l,ada-l");
    provider.knows("43");
    signIn(new Browser(port));
    provider.knows("44");
    provider.says(said -> said.claim("preferred_username", "team"));
    signIn(new Browser(port));
    provider.knows("45");
    provider.says(said -> said.claim("preferred_username", "<script>../¡"));
    signIn(new Browser(port));
    assertThat(sessions())
        .as("nobody gets what is another's")
        .isEqualTo("ada-l,ada-l,ada-l-2,team-2,script");
    assertThat(
            it.one(
                "SELECT string_agg(o.name || ' ' || m.role, ',') FROM memberships m"
                    + " JOIN owners o ON o.id = m.owner_id JOIN accounts a ON a.id = m.account_id WHERE a.name = 'team-2'"))
        .isEqualTo("team-2 owner");
    assertThat(new Browser(port).signIn("ada-l", "none").statusCode()).isEqualTo(403);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonce",
        "no nonce",
        "issuer",
        "audience",
        "audiences",
        "party",
        "expired",
        "nobody",
        "no end",
        "another key",
        "no key",
        "the secret",
        "another name"
      })
  void whatProvesNothingLetsNobodyIn(String lie) {
    switch (lie) {
      case "nonce" -> provider.says(said -> said.claim("nonce", "another"));
      case "no nonce" -> provider.says(said -> said.claim("nonce", null));
      case "issuer" -> provider.says(said -> said.issuer("https://evil.example"));
      case "audience" -> provider.says(said -> said.audience("another"));
      case "audiences" ->
          provider.says(said -> said.audience(List.of(FakeProvider.CLIENT, "another")));
      case "party" -> provider.says(said -> said.claim("azp", "another"));
      case "expired" ->
          provider.says(said -> said.expirationTime(Date.from(Instant.now().minusSeconds(300))));
      case "nobody" -> provider.says(said -> said.subject(null));
      case "no end" -> provider.says(said -> said.expirationTime(null));
      case "another key" -> provider.signsWith(FakeProvider.Signing.ANOTHER_KEY);
      case "no key" -> provider.signsWith(FakeProvider.Signing.NO_KEY);
      case "the secret" -> provider.signsWith(FakeProvider.Signing.THE_CLIENTS_SECRET);
      default -> provider.calls("https://another.example");
    }
    Browser browser = new Browser(lie.equals("another name") ? another(true) : portal(true));
    String ended =
        lie.equals("another name") ? location(browser.get("/sign-in/with/sso")) : signIn(browser);
    assertThat(ended).isEqualTo("/sign-in?failed=provider");
    assertThat(sessions()).isEmpty();
    assertThat(it.one("SELECT count(*)::text FROM identities")).isEqualTo("0");
  }

  @Test
  void anAnswerCountsOnceAndInTheBrowserThatAsked() {
    int port = portal(true);
    Browser browser = new Browser(port);
    String back = back(browser, "/sign-in/with/sso");
    assertThat(location(new Browser(port).get(back))).isEqualTo("/sign-in?failed=expired");
    assertThat(location(browser.get(back.replace("/back/sso", "/back/github"))))
        .isEqualTo("/sign-in?failed=expired");
    assertThat(location(browser.get(back + "&iss=https%3A%2F%2Fevil.example")))
        .isEqualTo("/sign-in?failed=provider");
    assertThat(location(browser.get(back))).as("it was used").isEqualTo("/sign-in?failed=expired");
    String again = back(browser, "/sign-in/with/sso");
    assertThat(location(browser.get(again))).isEqualTo("/");
    assertThat(location(browser.get(again))).isEqualTo("/sign-in?failed=expired");
    String late = back(browser, "/sign-in/with/sso");
    it.postgres.execute("UPDATE lmnop.sign_ins SET begun_at = now() - interval '11 minutes'");
    assertThat(location(browser.get(late))).isEqualTo("/sign-in?failed=expired");
    for (String bad : new String[] {"", "?state=x&code=y", "?code=y", "?error=access_denied"}) {
      assertThat(location(browser.get("/sign-in/back/sso" + bad)))
          .isEqualTo("/sign-in?failed=expired");
    }
    assertThat(location(browser.get("/sign-in/with/another"))).isEqualTo("/sign-in?failed=expired");
    assertThat(sessions()).isEqualTo("ada-l");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"//evil.example", "https://evil.example", "/%5Cevil.example", "javascript:x"})
  void nobodyIsLedElsewhere(String next) {
    Browser browser = new Browser(portal(true));
    assertThat(location(browser.get(back(browser, "/sign-in/with/sso?next=" + next))))
        .satisfies(
            to -> assertThat(URI.create("http://here/").resolve(to).getHost()).isEqualTo("here"))
        .doesNotStartWith("//");
  }

  @Test
  void anotherKeyOfTheProviderIsFound() {
    int port = portal(true);
    signIn(new Browser(port));
    provider.changesItsKey();
    assertThat(signIn(new Browser(port))).isEqualTo("/owners/team");
  }

  @Test
  void whoIsDisabledStaysOutside() {
    int port = portal(true);
    signIn(new Browser(port));
    it.postgres.execute("UPDATE lmnop.accounts SET enabled = false WHERE name = 'ada-l'");
    assertThat(signIn(new Browser(port))).isEqualTo("/sign-in?failed=disabled");
  }

  @Test
  void gitHubKnowsPeopleByTheirNumber() {
    Browser browser = new Browser(portal(true));
    assertThat(location(browser.get(back(browser, "/sign-in/with/github")))).isEqualTo("/");
    assertThat(sessions()).isEqualTo("octo-cat");
    assertThat(it.one("SELECT subject FROM identities")).isEqualTo("4711");
  }

  @Test
  void aProviderThatIsAwayIsSaid() {
    provider.calls(""); // it answers nothing at all then
    Browser browser = new Browser(another(true));
    assertThat(location(browser.get("/sign-in/with/sso"))).isEqualTo("/sign-in?failed=away");
  }
}
