package lmnop.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import lmnop.images.Reference;
import lmnop.images.Registry;
import lmnop.images.RegistrySettings;
import lmnop.operations.archive.Digest;
import lmnop.provider.artifacts.TestImage;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.HttpFunctionProvider;
import lmnop.providerapi.ProviderException;
import lmnop.providerapi.Secret;
import lmnop.testkit.ImageRegistry;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** An image from a real registry that asks for a login, and what its program meets. */
@RequiresTool({"root", "bwrap", "ip", "nft", "busybox", "docker-registry", "htpasswd"})
final class ImageTest {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private static ImageRegistry server;
  private static Registry registry;
  private static TestProvider running;
  private static HttpFunctionProvider client;
  private static Reference image;
  private static TestEndpoint one;

  @BeforeAll
  static void start() throws Exception {
    server = ImageRegistry.withLogin();
    registry = new Registry(new RegistrySettings(List.of(server.host()), server.logins(), null));
    running =
        new TestProvider(
                "images.registries.plain-http=" + server.host(),
                "images.registries.logins=" + server.logins())
            .start();
    client = running.client();
    client.putSecret(Secret.of("api-key", "default", "the-secret-value"));
    image =
        TestImage.server("hi")
            .with("User", "web")
            .with("WorkingDir", "/srv/work")
            .into(registry, server.host() + "/team/app");
    client.deploy(deployment("one", image.toString()));
    one = running.awaitEndpoint("one");
  }

  private static FunctionDeployment deployment(String name, String image) {
    return new FunctionDeployment(
        name,
        image,
        "default",
        "cat",
        Map.of("GREETING", "good morning"),
        null,
        List.of("api-key"),
        null,
        null,
        null,
        null,
        null);
  }

  @AfterAll
  static void stop() {
    client.close();
    running.close();
    registry.close();
    server.close();
  }

  private static String inside(String command) throws IOException, InterruptedException {
    return send(HttpRequest.newBuilder(uri(one, "/cgi-bin/run"))
            .POST(HttpRequest.BodyPublishers.ofString(command)))
        .strip();
  }

  private static URI uri(TestEndpoint at, String path) {
    return URI.create("http://%s:%d%s".formatted(at.host(), at.port(), path));
  }

  private static String send(HttpRequest.Builder request) throws IOException, InterruptedException {
    return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString()).body();
  }

  @Test
  void answersOnPort8080() throws Exception {
    assertThat(one.port()).isEqualTo(8080);
    assertThat(send(HttpRequest.newBuilder(uri(one, "/index.html")))).isEqualTo("hi");
    assertThat(running.log("one")).contains("hello");
  }

  @Test
  void theImageIsAllThatItSees() throws Exception {
    assertThat(inside("busybox ls /").lines())
        .containsExactlyInAnyOrder("bin", "dev", "etc", "proc", "srv", "tmp", "var");
    assertThat(inside("busybox ls /bin").lines()).containsExactlyInAnyOrder("busybox", "sh");
    assertThat(inside("cd /; cd ..; cd ../..; busybox ls /usr /root /image 2>&1").lines())
        .hasSize(3)
        .allMatch(line -> line.contains("No such file"));
    assertThat(inside("busybox ls /proc/1/root/ 2>&1")).contains("Permission denied");
    assertThat(inside("busybox chroot / /bin/busybox id 2>&1")).contains("not permitted");
  }

  @Test
  void isTheUserThatTheImageNamesAndNobodyElse() throws Exception {
    int uid = Integer.parseInt(inside("busybox id -u"));
    assertThat(uid).isGreaterThanOrEqualTo(2_000_000);
    assertThat(inside("busybox id -un; busybox id -G; echo $HOME; busybox pwd"))
        .isEqualTo("web\n%d\n/srv\n/srv/cgi-bin".formatted(uid));
    assertThat(running.log("one")).contains("in /srv/work");
    assertThat(inside("busybox grep -E 'CapEff|CapPrm|CapAmb|NoNewPrivs' /proc/self/status"))
        .isEqualTo(
            "CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapAmb:\t0000000000000000\n"
                + "NoNewPrivs:\t1");
    assertThat(inside("busybox cat /srv/secretive")).isEqualTo("only its owner may read it");
  }

  @Test
  void hasItsVariablesAndItsSecretsAndThoseOfTheImage() throws Exception {
    assertThat(inside("busybox env").lines())
        .contains(
            "COLOUR=green",
            "GREETING=good morning",
            "LMNOP_FUNCTION=one",
            "PORT=8080",
            "fprocess=cat");
    assertThat(inside("busybox cat /var/openfaas/secrets/api-key")).isEqualTo("the-secret-value");
    assertThat(inside("busybox cat /etc/hosts")).contains("localhost");
  }

  @Test
  void itsVariablesReachNoProgramBeforeItsOwn() throws Exception {
    FunctionDeployment loud =
        new FunctionDeployment(
            "loud",
            image.toString(),
            "default",
            null,
            Map.of("LD_DEBUG", "files"),
            null,
            null,
            null,
            null,
            null,
            null,
            null);
    client.deploy(loud);

    await()
        .atMost(TestProvider.PATIENCE)
        .untilAsserted(() ->
            assertThat(running.log("loud"))
                .contains(
                    "lmnop: without LD_DEBUG, as its image has no program env, which would set"
                        + " that"));
    running.awaitEndpoint("loud");
    assertThat(running.log("loud")).noneMatch(line -> line.contains("calling init"));
    client.delete("loud", "default");
  }

  @Test
  void writesNowhereButInTmp() throws Exception {
    for (String folder :
        List.of("/", "/bin", "/srv", "/etc", "/var", "/var/openfaas/secrets", "/dev", "/proc")) {
      assertThat(inside("busybox touch %s/x && echo written".formatted(folder)))
          .as(folder)
          .doesNotContain("written");
    }
    assertThat(inside("echo written > /tmp/x && busybox cat /tmp/x")).isEqualTo("written");
    assertThat(inside("echo x >> /etc/passwd && echo written")).doesNotContain("written");
  }

  @Test
  void anImageWithoutADigestOrALoginIsRefusedInWords() throws Exception {
    assertThatThrownBy(() -> client.deploy(deployment("two", server.host() + "/team/app:latest")))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("may be another image tomorrow");
    assertThatThrownBy(
            () -> client.deploy(deployment("two", "127.0.0.1:1/a@" + Digest.of("not here yet"))))
        .isInstanceOf(ProviderException.class)
        .hasMessageContaining("the registry 127.0.0.1:1 does not answer");
    assertThat(client.status("two", "default")).isEmpty();
  }

  @Test
  void wakesWithoutTheRegistry() throws Exception {
    String name =
        TestImage.server("once pulled").into(registry, server.host() + "/team/other").toString();
    client.deploy(deployment("woken", name));
    running.awaitEndpoint("woken");
    client.scale("woken", "default", 0);
    await().atMost(TestProvider.PATIENCE).until(() -> running.endpoints("woken").isEmpty());
    Files.delete(server.blob(Reference.parse(name).requireDigest()));
    client.scale("woken", "default", 1);
    TestEndpoint again = running.awaitEndpoint("woken");
    assertThat(send(HttpRequest.newBuilder(uri(again, "/index.html")))).isEqualTo("once pulled");
  }
}
