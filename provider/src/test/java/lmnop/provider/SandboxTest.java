package lmnop.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import lmnop.provider.artifacts.TestBundle;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.FunctionResources;
import lmnop.providerapi.HttpFunctionProvider;
import lmnop.providerapi.Secret;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a function can and cannot do from inside its sandbox, tried from inside. */
@RequiresTool({"root", "bwrap", "ip", "nft", "python3"})
final class SandboxTest {
  private static final String CONNECT =
      """
      /usr/bin/python3 - <<'END'
      import socket
      try:
          socket.create_connection(("%s", %d), 3).close()
          print("reached")
      except OSError as e:
          print("no way:", e)
      END
      """;

  private static TestProvider running;
  private static HttpFunctionProvider client;
  private static TestEndpoint one;
  private static TestEndpoint other;

  @BeforeAll
  static void start() {
    running = new TestProvider().start();
    client = running.client();
    client.putSecret(Secret.of("api-key", "default", "the-secret-value"));
    client.putSecret(Secret.of("not-mine", "default", "somebody-elses"));
    String image =
        TestBundle.server("hi")
            .dependency("lib.txt", "from the dependencies")
            .into(running.artifacts());
    client.deploy(deployment("one", image));
    client.deploy(deployment("other", image));
    one = running.awaitEndpoint("one");
    other = running.awaitEndpoint("other");
  }

  private static FunctionDeployment deployment(String name, String image) {
    return new FunctionDeployment(
        name,
        image,
        "default",
        null,
        Map.of("GREETING", "good morning"),
        null,
        List.of("api-key"),
        Map.of("lmnop.function", "shown-" + name, "lmnop.owner", "team", "lmnop.revision", "42"),
        null,
        new FunctionResources("96Mi", "500m"),
        null,
        null);
  }

  @AfterAll
  static void stop() {
    client.close();
    running.close();
  }

  private static String inside(String command) {
    return running.call("POST", one.host(), one.port(), command).strip();
  }

  @Test
  void answersOnItsFixedPortAtItsOwnAddress() {
    assertThat(running.call("GET", one.host(), one.port(), "")).isEqualTo("hi");
    assertThat(one.port()).isEqualTo(5000);
    assertThat(other.host()).isNotEqualTo(one.host());
  }

  @Test
  void cannotReachServicesOfTheMachine() throws IOException {
    try (ServerSocket service = new ServerSocket(0, 5, InetAddress.ofLiteral("0.0.0.0"))) {
      int port = service.getLocalPort();
      assertThat(inside(CONNECT.formatted("127.0.0.1", port))).startsWith("no way");
      for (NetworkInterface link : Collections.list(NetworkInterface.getNetworkInterfaces())) {
        for (var address : Collections.list(link.getInetAddresses())) {
          assertThat(inside(CONNECT.formatted(address.getHostAddress(), port)))
              .as("from inside to %s", address)
              .startsWith("no way");
        }
      }
      assertThat(inside(CONNECT.formatted("127.0.0.1", running.address().getPort())))
          .startsWith("no way");
    }
  }

  @Test
  void cannotReachAnotherInstance() {
    assertThat(running.call("GET", other.host(), other.port(), "")).isEqualTo("hi");
    assertThat(inside(CONNECT.formatted(other.host(), other.port()))).startsWith("no way");
  }

  @Test
  void cannotReachPrivateOrMetadataAddresses() {
    for (String address :
        List.of("169.254.169.254", "10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1")) {
      assertThat(inside(CONNECT.formatted(address, 80))).as(address).startsWith("no way");
    }
  }

  @Test
  void writesNowhereButInTmp() {
    for (String folder :
        List.of(
            "/",
            "/home",
            "/home/lmnop",
            "/home/lmnop/.dependencies",
            "/usr",
            "/etc",
            "/var",
            "/var/openfaas/secrets",
            "/run",
            "/dev",
            "/proc",
            "/dev/shm")) {
      assertThat(inside("touch %s/x && echo written".formatted(folder)))
          .as(folder)
          .doesNotContain("written");
    }
    assertThat(inside("echo written > /tmp/x && cat /tmp/x")).isEqualTo("written");
    assertThat(inside("head -c 90000000 /dev/zero > /tmp/big; stat -c %s /tmp/big; rm /tmp/big"))
        .contains("No space left")
        .containsPattern("\n67\\d{6}$");
  }

  @Test
  void seesItsOwnProcessesOnly() {
    String commands = inside("cat /proc/[0-9]*/cmdline | tr '\\0' ' '");
    assertThat(commands).contains("server.py").doesNotContain("java").doesNotContain("postgres");
    assertThat(inside("ls -d /proc/[0-9]* | wc -l").length()).isEqualTo(1);
  }

  @Test
  void isAnotherUserWithoutAnyPower() {
    String uid = inside("id -u");
    assertThat(Integer.parseInt(uid)).isGreaterThanOrEqualTo(2_000_000);
    assertThat(running.call("POST", other.host(), other.port(), "id -u").strip()).isNotEqualTo(uid);
    assertThat(inside("grep -E 'Cap|NoNewPrivs' /proc/self/status"))
        .contains("CapEff:\t0000000000000000")
        .contains("CapBnd:\t0000000000000000")
        .contains("NoNewPrivs:\t1");
    assertThat(inside("id -un; whoami; cat /etc/shadow; mount -t tmpfs none /tmp; su -c id"))
        .startsWith("lmnop\nlmnop\n")
        .doesNotContain("uid=0");
  }

  @Test
  void findsItsCodeDependenciesAndSecrets() {
    assertThat(inside("pwd; readlink /entrypoint; cat /home/lmnop/.dependencies/lib.txt"))
        .isEqualTo("/home/lmnop\n/home/lmnop/entrypoint\nfrom the dependencies");
    assertThat(inside("ls /var/openfaas/secrets; cat /var/openfaas/secrets/api-key"))
        .isEqualTo("api-key\nthe-secret-value");
  }

  @Test
  void seesNothingOfThePlatform() {
    assertThat(inside("ls / /home /run /var"))
        .doesNotContain("work")
        .doesNotContain("root")
        .doesNotContain("lib/")
        .doesNotContain("postgres");
    assertThat(inside("ls " + running.directory())).contains("No such file");
  }

  @Test
  void meetsTheVariablesThatItIsPromisedAndNoOthers() {
    List<String> variables = inside("env").lines().sorted().toList();
    assertThat(variables)
        .contains(
            "GREETING=good morning",
            "HOME=/home/lmnop",
            "LMNOP_FUNCTION=shown-one",
            "LMNOP_MEMORY_MIB=96",
            "LMNOP_OWNER=team",
            "LMNOP_REVISION=42",
            "PORT=5000")
        .allMatch(variable ->
            variable.matches(
                "(GREETING|HOME|LANG|LC_CTYPE|LMNOP_[A-Z_]+|OLDPWD|PATH|PORT|PWD|SHLVL|_)=.*"));
  }

  /**
   * With this one, each program tells which libraries it loads; another would load one of its own.
   */
  @Test
  void itsVariablesReachNoProgramBeforeItsOwn() {
    String image =
        TestBundle.server("hi")
            .file("entrypoint", "#!/bin/sh\necho LD_DEBUG is $LD_DEBUG\nexec python3 server.py\n")
            .into(running.artifacts());
    client.deploy(
        new FunctionDeployment(
            "loud",
            image,
            "default",
            null,
            Map.of("LD_DEBUG", "files"),
            null,
            null,
            null,
            null,
            null,
            null,
            null));

    await()
        .atMost(TestProvider.PATIENCE)
        .untilAsserted(() -> assertThat(running.log("loud")).contains("LD_DEBUG is files"));
    assertThat(running.log("loud"))
        .anyMatch(line -> line.contains("calling init"))
        .noneMatch(line -> line.contains("libcap")); // of the program that changes the user
    client.delete("loud", "default");
  }

  @Test
  void itsSecretsNeverAppearInItsLog() {
    running.call("PUT", one.host(), one.port(), "the key is the-secret-value");
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(
            () -> assertThat(running.log("one")).contains("the key is ***").isNotEmpty());
  }

  @Test
  void mayNotStartMoreProcessesThanItsLimit() {
    String started =
        inside(
            "i=0; while [ $i -lt 300 ]; do sleep 5 & i=$((i+1)); done; ls -d /proc/[0-9]* | wc -l");
    assertThat(started).contains("Cannot fork");
    assertThat(running.call("GET", other.host(), other.port(), "")).isEqualTo("hi");
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> inside("ls -d /proc/[0-9]* | wc -l").strip().length() == 1);
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() ->
            assertThat(running.log("one"))
                .anyMatch(line ->
                    line.startsWith("lmnop: it met its limit of 256 processes and threads")));
    assertThat(running.metrics()).contains("lmnop_provider_limits_met_total{limit=\"processes\"}");
  }
}
