package lmnop.controlplane.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** OpenFaaS's own client, where the machine has one. */
final class FaasCliTest {
  @TempDir Path folder;

  private static final String PROGRAM = "faas-cli";

  private static boolean isThere() {
    String path = System.getenv("PATH"); // house-rule exception: where programs are
    return Stream.of(path.split(File.pathSeparator))
        .anyMatch(directory -> new File(directory, PROGRAM).canExecute());
  }

  /** Runs it with a home of its own; gives its exit code and all that it printed. */
  private String run(TestGateway gateway, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(PROGRAM));
    command.addAll(List.of(arguments));
    command.add("--gateway=" + gateway.uri(""));
    Path output = folder.resolve("output");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().put("HOME", folder.toString());
    builder.environment().put("OPENFAAS_CONFIG", folder.toString());
    Process process = builder.start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(command.toString()).isTrue();
    return process.exitValue() + " " + Files.readString(output);
  }

  @Test
  void theRealClientDoesItsWork() throws Exception {
    Assumptions.assumeTrue(isThere(), "this test needs faas-cli, which this machine does not have");
    try (TestGateway gateway = new TestGateway(folder.resolve("data"))) {
      assertThat(run(gateway, "login", "--username=dev", "--password=guessed"))
          .contains("Unable to login");
      assertThat(run(gateway, "login", "--username=dev", "--password=" + TestGateway.PASSWORD))
          .startsWith("0 ")
          .contains("credentials saved");
      Path key = Files.writeString(folder.resolve("key"), "s3cret", StandardCharsets.UTF_8);
      assertThat(run(gateway, "secret", "create", "key", "--from-file=" + key)).startsWith("0 ");
      assertThat(run(gateway, "secret", "update", "key", "--from-file=" + key)).startsWith("0 ");
      assertThat(run(gateway, "secret", "list")).startsWith("0 ").contains("key");
      String image = "--image=" + gateway.image("1");
      assertThat(
              run(
                  gateway,
                  "deploy",
                  "--name=hello",
                  image,
                  "--secret=key",
                  "--env=A=b",
                  "--label=l=m"))
          .startsWith("0 ")
          .contains("202 Accepted");
      assertThat(gateway.provider.secret("key", "team")).asString().isEqualTo("s3cret");
      assertThat(run(gateway, "deploy", "--name=hello", "--image=" + gateway.image("missing")))
          .contains("failed to deploy with status code: 400", "is not in the registry");
      gateway.publishWorkloads("team");
      assertThat(run(gateway, "list", "-v")).startsWith("0 ").contains("hello", gateway.image("1"));
      assertThat(run(gateway, "list", "--namespace=team")).startsWith("0 ").contains("hello");
      assertThat(run(gateway, "describe", "hello")).startsWith("0 ").contains("Ready", "l : m");
      assertThat(run(gateway, "namespaces")).startsWith("0 ").contains("team");
      gateway.provider.print(gateway.provider.list("team").getFirst().name(), "team", "a line");
      assertThat(run(gateway, "logs", "hello", "--tail=false")).contains("a line");
      assertThat(run(gateway, "remove", "hello"))
          .startsWith("0 ")
          .contains("Removing old function");
      assertThat(run(gateway, "remove", "hello")).contains("No existing function to remove");
      assertThat(run(gateway, "secret", "remove", "key")).startsWith("0 ");
      assertThat(run(gateway, "list")).startsWith("0 ").doesNotContain("hello");
    }
  }
}
