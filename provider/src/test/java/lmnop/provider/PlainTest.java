package lmnop.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import lmnop.provider.artifacts.TestBundle;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.HttpFunctionProvider;
import lmnop.providerapi.Secret;
import lmnop.providerapi.WorkloadLabels;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is different where functions are plain processes. */
@RequiresTool("python3")
final class PlainTest {
  private TestProvider running =
      new TestProvider("isolation.sandbox=false", "listeners-on-loopback=true");

  @AfterEach
  void stop() {
    running.close();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static FunctionDeployment revision(String name, String image, String function) {
    return new FunctionDeployment(
        name,
        image,
        "default",
        null,
        null,
        null,
        null,
        Map.of("lmnop.function-id", function),
        null,
        null,
        null,
        null);
  }

  @Test
  void isRefusedWhereFunctionsAreNotTrusted() {
    running.close();
    running = new TestProvider("isolation.sandbox=false");
    assertThatThrownBy(running::start)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("Functions cannot be kept apart on this machine")
        .hasMessageContaining("trust-functions=true");
  }

  @Test
  void twoInstancesOfAFixedPortAreRefused() throws IOException {
    running.start();
    TestBundle bundle = TestBundle.server("fixed").with("port", freePort()).with("portFixed", true);
    try (HttpFunctionProvider client = running.client()) {
      client.deploy(TestProvider.deployment("fixed", bundle.into(running.artifacts())));
      assertThatThrownBy(() -> client.scale("fixed", "default", 2))
          .hasMessageContaining("2 instances cannot share port")
          .hasMessageContaining("a new deployment interrupts it");
    }
  }

  @Test
  void aNewRevisionTakesTheFixedPortFromTheOldOne() throws IOException {
    running.start();
    int port = freePort();
    try (HttpFunctionProvider client = running.client()) {
      client.deploy(revision("old-1", fixed("old", port), "7"));
      running.awaitEndpoint("old-1");
      client.deploy(revision("new-2", fixed("new", port), "7"));
      TestEndpoint endpoint = running.awaitEndpoint("new-2");
      assertThat(endpoint.port()).isEqualTo(port);
      assertThat(running.call("GET", endpoint.host(), port, "")).isEqualTo("new");
      await()
          .atMost(TestProvider.PATIENCE)
          .untilAsserted(
              () -> assertThat(running.state("old-1")).contains("0/1", "insists on port " + port));
      client.delete("old-1", "default");
      assertThat(running.call("GET", endpoint.host(), port, "")).isEqualTo("new");
    }
  }

  private String fixed(String text, int port) {
    return TestBundle.server(text)
        .with("port", port)
        .with("portFixed", true)
        .with("environment", Map.of())
        .into(running.artifacts());
  }

  @Test
  void anotherFunctionDoesNotGetATakenPort() throws IOException {
    running.start();
    int port = freePort();
    try (HttpFunctionProvider client = running.client()) {
      client.deploy(revision("mine", fixed("mine", port), "7"));
      running.awaitEndpoint("mine");
      client.deploy(revision("yours", fixed("yours", port), "8"));
      await()
          .atMost(TestProvider.PATIENCE)
          .untilAsserted(
              () -> assertThat(running.state("yours")).contains("0/1", "insists on port " + port));
      assertThat(running.call("GET", "127.0.0.1", port, "")).isEqualTo("mine");
    }
  }

  @Test
  void anInstanceThatSpeaksHttp2IsAskedForItsHealthInThat() {
    running.start();
    TestBundle bundle =
        TestBundle.server("")
            .with("health", "/health")
            .file(
                "server.py",
                """
                import os, socket
                listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
                asked = 0
                while True:
                    s, _ = listener.accept()
                    if s.recv(24).startswith(b"PRI * HTTP/2.0"):
                        asked += 1
                        status = 0x88 if asked > 1 else 0x8e
                        s.recv(1000)
                        s.sendall(b"\\0\\0\\0\\4\\0\\0\\0\\0\\0"
                            + b"\\0\\0\\1\\1\\5\\0\\0\\0\\1" + bytes([status]))
                        s.recv(1000)
                    s.close()
                """);
    FunctionDeployment deployment =
        new FunctionDeployment(
            "two",
            bundle.into(running.artifacts()),
            "default",
            null,
            null,
            null,
            null,
            Map.of(WorkloadLabels.PROTOCOL, "h2c"),
            null,
            null,
            null,
            null);
    try (HttpFunctionProvider client = running.client()) {
      client.deploy(deployment);
      assertThat(running.awaitEndpoint("two").protocol()).isEqualTo("h2c");
    }
  }

  @Test
  void processesThatLeftTheirParentsEndWithTheInstance() {
    running.start();
    TestBundle bundle =
        TestBundle.server("hi")
            .file(
                "entrypoint",
                """
                #!/bin/sh
                setsid sh -c 'while true; do sleep 1; done' escaped-from-its-parent &
                exec /usr/bin/python3 -u -S -E server.py
                """);
    try (HttpFunctionProvider client = running.client()) {
      client.deploy(TestProvider.deployment("runaway", bundle.into(running.artifacts())));
      TestEndpoint endpoint = running.awaitEndpoint("runaway");
      assertThat(escaped(endpoint)).isTrue();
      client.delete("runaway", "default");
      await().atMost(TestProvider.PATIENCE).until(() -> running.instanceFolders().isEmpty());
      assertThat(escaped(endpoint)).isFalse();
    }
  }

  private static boolean escaped(TestEndpoint of) {
    return ProcessHandle.allProcesses()
        .filter(p -> p.info().commandLine().orElse("").contains("escaped-from-its-parent"))
        .anyMatch(p -> environment(p).contains("LMNOP_INSTANCE=" + of.instance()));
  }

  private static String environment(ProcessHandle process) {
    try {
      return Files.readString(Path.of("/proc/" + process.pid() + "/environ"));
    } catch (IOException e) {
      return "";
    }
  }

  @Test
  void findsItsPlacesWithoutASandbox() {
    running.start();
    try (HttpFunctionProvider client = running.client()) {
      client.putSecret(Secret.of("api-key", "default", "the-secret-value"));
      String image =
          TestBundle.server("hi").dependency("lib.txt", "needed").into(running.artifacts());
      client.deploy(
          new FunctionDeployment(
              "placed",
              image,
              "default",
              null,
              Map.of("GREETING", "hi"),
              null,
              List.of("api-key"),
              null,
              null,
              null,
              null,
              null));
      TestEndpoint at = running.awaitEndpoint("placed");
      String found =
          running.call(
              "POST",
              at.host(),
              at.port(),
              "cat $LMNOP_SECRETS/api-key; echo; echo $GREETING; echo x > $TMPDIR/x; cat $TMPDIR/x;"
                  + " echo $PORT");
      assertThat(found).isEqualTo("the-secret-value\nhi\nx\n" + at.port() + "\n");
    }
  }
}
