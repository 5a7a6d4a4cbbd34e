package lmnop.controlplane.identities;

import java.io.IOException;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * GitHub, which speaks OAuth and no OpenID Connect: its API says who somebody is. What counts is
 * the number of his account there, not its name, which he can give away.
 */
final class GitHubProvider implements IdentityProvider {
  private static final URI PUBLIC = URI.create("https://github.com");
  private static final URI PUBLIC_API = URI.create("https://api.github.com");

  private final URI site;
  private final URI api;
  private final String client;
  private final String secret;
  private final ProviderHttp http;

  GitHubProvider(
      @Nullable URI site, @Nullable URI api, String client, String secret, ProviderHttp http) {
    this.site = Objects.requireNonNullElse(site, PUBLIC);
    this.api = Objects.requireNonNullElse(api, PUBLIC_API);
    this.client = client;
    this.secret = secret;
    this.http = http;
  }

  @Override
  public String issuer() {
    return site.toString();
  }

  @Override
  public URI entrance(Attempt attempt, URI back) {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("client_id", client);
    values.put("redirect_uri", back.toString());
    values.put("state", attempt.state());
    values.put("code_challenge", attempt.challenge());
    values.put("code_challenge_method", "S256");
    return URI.create(site + "/login/oauth/authorize?" + ProviderHttp.query(values));
  }

  @Override
  public Identity identity(String code, Attempt attempt, URI back)
      throws IOException, InterruptedException, NotProven {
    JsonNode answer =
        http.post(
            URI.create(site + "/login/oauth/access_token"),
            Map.of(
                "client_id", client,
                "client_secret", secret,
                "code", code,
                "redirect_uri", back.toString(),
                "code_verifier", attempt.verifier()),
            client,
            secret);
    String token = answer.path("access_token").asString("");
    if (token.isEmpty()) {
      throw new NotProven("no token for the code: " + answer.path("error").asString(""));
    }
    JsonNode user = http.get(URI.create(api + "/user"), token);
    if (!user.path("id").isIntegralNumber()) {
      throw new NotProven("its API names nobody");
    }
    return new Identity(issuer(), user.path("id").asString(), user.path("login").asString(""));
  }
}
