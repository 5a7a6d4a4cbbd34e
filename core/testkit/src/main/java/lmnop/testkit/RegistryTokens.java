package lmnop.testkit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.UUID;

/**
 * Gives out the tokens of a registry, to who has its login: the part of Docker's token
 * authentication that the registry's own program leaves to others.
 */
final class RegistryTokens implements AutoCloseable {
  private static final String ISSUER = "lmnop-test";
  private static final String SERVICE = "registry.test";
  private static final int SECONDS = 300;

  private final Path certificate;
  private final PrivateKey key;
  private final String login;
  private final HttpServer server;

  RegistryTokens(Path directory, String user, String password)
      throws IOException, InterruptedException {
    ImageRegistry.selfSigned(directory, "tokens");
    this.certificate = directory.resolve("tokens.crt");
    this.key = key(directory.resolve("tokens.key"));
    byte[] both = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
    this.login = "Basic " + Base64.getEncoder().encodeToString(both);
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/token", this::answer);
    server.start();
  }

  String host() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  /** What the registry's configuration says of it. */
  String configuration() {
    return """
    auth:
      token:
        realm: http://%s/token
        service: %s
        issuer: %s
        rootcertbundle: %s
    """
        .formatted(host(), SERVICE, ISSUER, certificate);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String query =
          URLDecoder.decode(exchange.getRequestURI().getRawQuery(), StandardCharsets.UTF_8);
      boolean known = login.equals(exchange.getRequestHeaders().getFirst("Authorization"));
      if (!known || !query.contains("service=" + SERVICE)) {
        exchange.sendResponseHeaders(401, -1);
        return;
      }
      String[] scope = query.replaceAll("^.*scope=", "").split(":", -1);
      byte[] body = "{\"token\": \"%s\"}".formatted(token(scope)).getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  /** Of a scope: its kind, a name, and what may be done to it. */
  private String token(String[] scope) throws IOException {
    long now = Instant.now().getEpochSecond();
    String signed =
        encoded(
                "{\"typ\": \"JWT\", \"alg\": \"RS256\", \"x5c\": [\"%s\"]}"
                    .formatted(body(certificate)))
            + "."
            + encoded(
                """
                {"iss": "%s", "aud": "%s", "sub": "test", "iat": %d, "nbf": %d, "exp": %d, "jti": "%s",
                 "access": [{"type": "%s", "name": "%s", "actions": ["%s"]}]}
                """
                    .formatted(
                        ISSUER,
                        SERVICE,
                        now,
                        now - SECONDS,
                        now + SECONDS,
                        UUID.randomUUID(),
                        scope[0],
                        scope[1],
                        scope[2].replace(",", "\", \"")));
    try {
      Signature signature = Signature.getInstance("SHA256withRSA");
      signature.initSign(key);
      signature.update(signed.getBytes(StandardCharsets.US_ASCII));
      return signed + "." + encoded(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  private static String encoded(String text) {
    return encoded(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String encoded(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** What stands between the lines that begin and end a PEM file. */
  private static String body(Path pem) throws IOException {
    return Files.readString(pem).replaceAll("-----[A-Z ]+-----", "").replaceAll("\\s", "");
  }

  private static PrivateKey key(Path pem) throws IOException {
    try {
      byte[] encoded = Base64.getDecoder().decode(body(pem));
      return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(encoded));
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
