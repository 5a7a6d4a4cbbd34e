package lmnop.controlplane.identities;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import java.io.IOException;
import java.net.URI;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A provider of OpenID Connect: the code flow with PKCE. What it says of itself is read from where
 * its name says, and is its own only if it has that name; its keys are kept, and read again when it
 * signs with one that is not known.
 */
final class OidcProvider implements IdentityProvider {
  /** Signatures that only the provider can make. None, and those with a secret, are none. */
  private static final Set<JWSAlgorithm> SIGNATURES =
      Set.of(
          JWSAlgorithm.RS256,
          JWSAlgorithm.RS384,
          JWSAlgorithm.RS512,
          JWSAlgorithm.PS256,
          JWSAlgorithm.PS384,
          JWSAlgorithm.PS512,
          JWSAlgorithm.ES256,
          JWSAlgorithm.ES384,
          JWSAlgorithm.ES512);

  private static final Duration KNOWN_FOR = Duration.ofHours(1);
  private static final int PATIENCE = 3_000; // milliseconds
  private static final int LARGEST_KEYS = 256 * 1024;
  private static final int LONGEST_SUBJECT = 255; // characters, as the standard has it

  private final String issuer;
  private final String client;
  private final String secret;
  private final ProviderHttp http;
  private final InstantSource clock;
  private @Nullable Known known;

  private record Known(URI entrance, URI token, JWKSource<SecurityContext> keys, Instant until) {}

  OidcProvider(URI issuer, String client, String secret, ProviderHttp http, InstantSource clock) {
    this.issuer = issuer.toString();
    this.client = client;
    this.secret = secret;
    this.http = http;
    this.clock = clock;
  }

  @Override
  public String issuer() {
    return issuer;
  }

  private synchronized Known known() throws IOException, InterruptedException, NotProven {
    Known last = known;
    if (last == null || clock.instant().isAfter(last.until())) {
      last = discover();
      known = last;
    }
    return last;
  }

  private Known discover() throws IOException, InterruptedException, NotProven {
    String slash = issuer.endsWith("/") ? "" : "/";
    JsonNode said = http.get(URI.create(issuer + slash + ".well-known/openid-configuration"));
    if (!issuer.equals(said.path("issuer").asString(""))) {
      throw new NotProven(
          "what is found at '%s' calls itself '%s'"
              .formatted(issuer, said.path("issuer").asString("")));
    }
    JWKSource<SecurityContext> keys =
        JWKSourceBuilder.<SecurityContext>create(
                address(said, "jwks_uri").toURL(),
                new DefaultResourceRetriever(PATIENCE, PATIENCE, LARGEST_KEYS))
            .build();
    return new Known(
        address(said, "authorization_endpoint"),
        address(said, "token_endpoint"),
        keys,
        clock.instant().plus(KNOWN_FOR));
  }

  private static URI address(JsonNode said, String name) throws NotProven {
    try {
      URI address = URI.create(said.path(name).asString(""));
      if (ProviderSettings.isSafe(address)) {
        return address;
      }
    } catch (IllegalArgumentException e) {
      throw new NotProven("its %s is no address".formatted(name));
    }
    throw new NotProven("its %s is no address that begins with https://".formatted(name));
  }

  @Override
  public URI entrance(Attempt attempt, URI back)
      throws IOException, InterruptedException, NotProven {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("response_type", "code");
    values.put("scope", "openid profile");
    values.put("client_id", client);
    values.put("redirect_uri", back.toString());
    values.put("state", attempt.state());
    values.put("nonce", attempt.nonce());
    values.put("code_challenge", attempt.challenge());
    values.put("code_challenge_method", "S256");
    URI entrance = known().entrance();
    String begun = entrance.getRawQuery() == null ? "?" : "&";
    return URI.create(entrance + begun + ProviderHttp.query(values));
  }

  @Override
  public Identity identity(String code, Attempt attempt, URI back)
      throws IOException, InterruptedException, NotProven {
    Known now = known();
    JsonNode answer =
        http.post(
            now.token(),
            Map.of(
                "grant_type",
                "authorization_code",
                "code",
                code,
                "redirect_uri",
                back.toString(),
                "code_verifier",
                attempt.verifier()),
            client,
            secret);
    JWTClaimsSet claims = verified(answer.path("id_token").asString(""), attempt, now);
    return new Identity(issuer, claims.getSubject(), name(claims));
  }

  private JWTClaimsSet verified(String token, Attempt attempt, Known now)
      throws IOException, NotProven {
    DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
    processor.setJWSKeySelector(new JWSVerificationKeySelector<>(SIGNATURES, now.keys()));
    processor.setJWTClaimsSetVerifier(
        new DefaultJWTClaimsVerifier<>(
            client,
            new JWTClaimsSet.Builder().issuer(issuer).claim("nonce", attempt.nonce()).build(),
            Set.of("sub", "exp", "iat")));
    try {
      JWTClaimsSet claims = processor.process(token, null);
      List<String> audience = claims.getAudience();
      String party = claims.getStringClaim("azp");
      if ((audience.size() > 1 || party != null) && !client.equals(party)) {
        throw new NotProven("it is for somebody else: " + party);
      }
      if (claims.getSubject().isEmpty() || claims.getSubject().length() > LONGEST_SUBJECT) {
        throw new NotProven("it names nobody");
      }
      return claims;
    } catch (ParseException | BadJOSEException e) {
      throw new NotProven(String.valueOf(e.getMessage()));
    } catch (JOSEException e) {
      throw new IOException("its keys cannot be read: " + e.getMessage(), e);
    }
  }

  private static String name(JWTClaimsSet claims) {
    return Optional.ofNullable(claims.getClaim("preferred_username"))
        .or(() -> Optional.ofNullable(claims.getClaim("nickname")))
        .map(String::valueOf)
        .orElse("");
  }
}
