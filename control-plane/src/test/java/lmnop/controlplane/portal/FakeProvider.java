package lmnop.controlplane.portal;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import tools.jackson.databind.json.JsonMapper;

/** A provider of OpenID Connect, and GitHub's API, that lies as it is told. */
final class FakeProvider implements AutoCloseable {
  static final String CLIENT = "lmnop-client";
  static final String SECRET = "the-secret-of-the-client-of-lmnop";

  /** How it signs. */
  enum Signing {
    ITS_KEY,
    ANOTHER_KEY,
    NO_KEY,
    THE_CLIENTS_SECRET
  }

  private record Asked(String nonce, String challenge, String back) {}

  private final HttpServer server;
  private final Map<String, Asked> codes = new ConcurrentHashMap<>();
  private volatile RSAKey key = newKey();
  private volatile UnaryOperator<JWTClaimsSet.Builder> claims = UnaryOperator.identity();
  private volatile Signing signing = Signing.ITS_KEY;
  private volatile String subject = "42";
  private volatile String calledNow;

  FakeProvider() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    calledNow = issuer();
    server.createContext("/.well-known/openid-configuration", this::describe);
    server.createContext(
        "/keys", exchange -> send(exchange, new JWKSet(key.toPublicJWK()).toString()));
    server.createContext("/token", this::token);
    server.createContext("/login/oauth/access_token", this::token);
    server.createContext(
        "/user", exchange -> send(exchange, "{\"id\": 4711, \"login\": \"Octo_Cat\"}"));
    server.start();
  }

  private static RSAKey newKey() {
    try {
      return new RSAKeyGenerator(2048).keyID(UUID.randomUUID().toString()).generate();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  String issuer() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** From now on it says what is true. */
  void isHonest() {
    claims = UnaryOperator.identity();
    signing = Signing.ITS_KEY;
    subject = "42";
    calledNow = issuer();
  }

  /** From now on it calls itself this; it answers nothing if that is nothing. */
  void calls(String name) {
    calledNow = name;
  }

  /** From now on it knows somebody else. */
  void knows(String who) {
    subject = who;
  }

  /** From now on it says this instead. */
  void says(UnaryOperator<JWTClaimsSet.Builder> changed) {
    claims = changed;
  }

  void signsWith(Signing how) {
    signing = how;
  }

  /** From now on it has another key. */
  void changesItsKey() {
    key = newKey();
  }

  /** Does what its page does once somebody is let in: gives the address to come back to. */
  URI letIn(URI entrance) {
    Map<String, String> asked = query(entrance.getRawQuery());
    String code = UUID.randomUUID().toString();
    codes.put(
        code,
        new Asked(
            asked.getOrDefault("nonce", ""),
            String.valueOf(asked.get("code_challenge")),
            String.valueOf(asked.get("redirect_uri"))));
    return URI.create(asked.get("redirect_uri") + "?state=" + asked.get("state") + "&code=" + code);
  }

  static Map<String, String> query(String text) {
    Map<String, String> values = new TreeMap<>();
    Arrays.stream(text.split("&"))
        .map(one -> one.split("=", 2))
        .forEach(one -> values.put(decoded(one[0]), decoded(one[1])));
    return values;
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  private void describe(HttpExchange exchange) throws IOException {
    if (calledNow.isEmpty()) {
      exchange.close();
      return;
    }
    send(
        exchange,
        JsonMapper.shared()
            .writeValueAsString(
                Map.of(
                    "issuer", calledNow,
                    "authorization_endpoint", issuer() + "/authorize",
                    "token_endpoint", issuer() + "/token",
                    "jwks_uri", issuer() + "/keys")));
  }

  private void token(HttpExchange exchange) throws IOException {
    Map<String, String> form =
        query(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
    Asked asked = codes.remove(String.valueOf(form.get("code")));
    if (asked == null
        || !asked.challenge().equals(challenge(String.valueOf(form.get("code_verifier"))))
        || !asked.back().equals(form.get("redirect_uri"))) {
      exchange.sendResponseHeaders(400, -1);
      exchange.close();
      return;
    }
    Map<String, String> answer =
        Map.of("access_token", "gho_x", "token_type", "bearer", "id_token", signed(asked));
    send(exchange, JsonMapper.shared().writeValueAsString(answer));
  }

  private static String challenge(String verifier) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(verifier.getBytes(StandardCharsets.US_ASCII));
      return Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private String signed(Asked asked) {
    Instant now = Instant.now();
    JWTClaimsSet said =
        claims
            .apply(
                new JWTClaimsSet.Builder()
                    .issuer(issuer())
                    .subject(subject)
                    .audience(CLIENT)
                    .claim("nonce", asked.nonce())
                    .claim("preferred_username", "Ada.L")
                    .issueTime(Date.from(now))
                    .expirationTime(Date.from(now.plusSeconds(300))))
            .build();
    try {
      return switch (signing) {
        case ITS_KEY -> signed(said, key, key.getKeyID());
        case ANOTHER_KEY -> signed(said, newKey(), key.getKeyID());
        case NO_KEY -> new PlainJWT(said).serialize();
        case THE_CLIENTS_SECRET -> {
          SignedJWT token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), said);
          token.sign(new MACSigner(SECRET.getBytes(StandardCharsets.UTF_8)));
          yield token.serialize();
        }
      };
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String signed(JWTClaimsSet said, RSAKey with, String name) throws JOSEException {
    SignedJWT token =
        new SignedJWT(new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(name).build(), said);
    token.sign(new RSASSASigner(with));
    return token.serialize();
  }

  private static void send(HttpExchange exchange, String body) throws IOException {
    try (exchange) {
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
