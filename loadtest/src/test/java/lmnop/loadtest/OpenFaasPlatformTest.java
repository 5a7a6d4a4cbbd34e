package lmnop.loadtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import lmnop.testkit.Thorough;
import lmnop.testkit.openfaas.FakeGateway;
import lmnop.testkit.openfaas.GatewayKind;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The whole platform before a gateway: deployed, called, deployed again, refused, gone on with
 * after a crash, and removed.
 */
@Timeout(300)
final class OpenFaasPlatformTest {
  private static final Duration SOON = Duration.ofSeconds(60);

  private final HttpClient http = HttpClient.newHttpClient();

  /** Every tag of every image is there, each with a manifest of its own. */
  private static HttpServer registry() throws IOException {
    HttpServer registry =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    registry.createContext(
        "/v2/",
        exchange -> {
          try (exchange) {
            String manifest =
                "{\"schemaVersion\":2,\"annotations\":{\"path\":\"%s\"}}"
                    .formatted(exchange.getRequestURI().getPath());
            byte[] body = manifest.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
          }
        });
    registry.start();
    return registry;
  }

  private static void configure(Path scratch, FakeGateway gateway, String registry)
      throws IOException {
    Path own = Files.createDirectories(scratch.resolve("data/settings/own"));
    Path password = scratch.resolve("gateway-password");
    Files.writeString(password, FakeGateway.PASSWORD);
    Files.setPosixFilePermissions(
        password, java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
    Files.writeString(
        own.resolve("provider.properties"),
        """
        engine=openfaas
        openfaas.url=%s
        openfaas.password-file=%s
        openfaas.settle=1s
        """
            .formatted(gateway.url(), password));
    Files.writeString(
        own.resolve("control-plane.properties"),
        "images.private-registries=%1$s\nimages.registries.plain-http=%1$s\n".formatted(registry));
  }

  private HttpResponse<String> ask(PlatformUnderTest it, String method, String body)
      throws IOException, InterruptedException {
    String login = "admin:" + Files.readString(it.platform.passwordFile()).strip();
    String basic = Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8));
    return http.send(
        HttpRequest.newBuilder(it.platform.controlPlane().resolve("/system/functions"))
            .header("Authorization", "Basic " + basic)
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void aFunctionLivesAtAGatewayAsItLivesAnywhere() throws Exception {
    Assumptions.assumeTrue(
        Thorough.isAskedFor(), "this starts a whole platform: it runs with -Dlmnop.thorough=true");
    HttpServer registry = registry();
    String host = "127.0.0.1:" + registry.getAddress().getPort();
    Path scratch = Files.createTempDirectory("lmnop-openfaas");
    try (FakeGateway gateway = new FakeGateway(GatewayKind.CE)) {
      configure(scratch, gateway, host);
      try (PlatformUnderTest it = PlatformUnderTest.startIn(scratch)) {
        String image = host + "/team/hello:";
        deploy(it, 202, "{\"service\":\"hello\",\"image\":\"" + image + "1\"}");
        String first = serves(it, host);
        deploy(it, 202, "{\"service\":\"hello\",\"image\":\"" + image + "2\"}");
        String second = serves(it, host);
        assertThat(second).isNotEqualTo(first);
        assertThat(gateway.changes()).hasSize(2);
        assertThat(
                deploy(
                    it,
                    400,
                    "{\"service\":\"hello\",\"image\":\""
                        + image
                        + "3\",\"labels\":{\"com.openfaas.scale.zero\":\"true\"}}"))
            .contains("OpenFaaS CE always runs an instance");
        assertThat(serves(it, host)).isEqualTo(second);
        it.platform.crash("provider");
        assertThat(serves(it, host)).isEqualTo(second);
        assertThat(it.operator("rollback", "hello").exitCode()).isZero();
        assertThat(serves(it, host)).isEqualTo(first);
        assertThat(ask(it, "DELETE", "{\"functionName\":\"hello\"}").statusCode()).isEqualTo(202);
        await().atMost(SOON).until(() -> gateway.deployed("hello") == null);
      }
    } finally {
      registry.stop(0);
    }
  }

  private String deploy(PlatformUnderTest it, int status, String body)
      throws IOException, InterruptedException {
    HttpResponse<String> answer = ask(it, "POST", body);
    assertThat(answer.statusCode()).as(answer.body() + it.platform.lastOutput()).isEqualTo(status);
    return answer.body();
  }

  /** The image that answers, with its digest. */
  private static String serves(PlatformUnderTest it, String registry) throws Exception {
    HttpResponse<String> answer = it.platform.get(it.platform.function("hello"));
    assertThat(answer.body())
        .as(it.platform.lastOutput())
        .startsWith(registry)
        .contains("@sha256:");
    return answer.body();
  }
}
