package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import lmnop.router.tls.Certificates;
import lmnop.router.tls.TestCertificates;
import lmnop.testkit.Reliability;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What h2spec, at its strictest, says of the edge. */
@Tag(Reliability.TAG)
@RequiresTool("tar")
final class H2SpecTest {
  private static final int CASES = 140;

  @TempDir static Path scratch;
  private static Path tool;

  @BeforeAll
  static void unpack() throws Exception {
    Path packed = scratch.resolve("h2spec.tar.gz");
    try (InputStream in =
        H2SpecTest.class.getResourceAsStream("/h2spec/2.2.0/h2spec_linux_amd64.tar.gz")) {
      Files.copy(Objects.requireNonNull(in), packed);
    }
    run(List.of("tar", "-xzf", packed.toString(), "-C", scratch.toString()));
    tool = scratch.resolve("h2spec");
  }

  @Test
  void findsNothingWrongOnPlainConnections() throws Exception {
    try (EdgeFixture fixture = EdgeFixture.start();
        Origin origin = Origin.answering(Origin.ok("hi"))) {
      fixture.routes.put("127.0.0.1", "f", MapRoutes.share("f-1", origin.port()));
      judge("plain", fixture.edge.port(0));
    }
  }

  @Test
  void findsNothingWrongOnEncryptedConnections() throws Exception {
    Path directory = Files.createDirectory(scratch.resolve("certificates"));
    TestCertificates.made(scratch, "EC", "localhost")
        .write(directory.resolve("a.pem"), directory.resolve("a.key"));
    try (Certificates certificates = Certificates.in(directory, Duration.ofHours(1));
        EdgeFixture fixture = EdgeFixture.secure(certificates);
        Origin origin = Origin.answering(Origin.ok("hi"))) {
      fixture.routes.put("127.0.0.1", "f", MapRoutes.share("f-1", origin.port()));
      judge("TLS", fixture.edge.port(1), "--tls", "--insecure");
    }
  }

  private static void judge(String what, int port, String... more) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(tool.toString(), "--strict", "-h", "127.0.0.1", "-p", String.valueOf(port)));
    command.addAll(List.of(more));
    String said = run(command);
    String summary =
        said.lines().filter(line -> line.matches("\\d+ tests, .*")).findFirst().orElse("");
    assertThat(summary).as(said).isNotEmpty();
    String[] counts = summary.replaceAll("[^0-9,]", "").split(",");
    Reliability.atLeast(
        "R01", "h2spec strict, " + what + ": passed", Long.parseLong(counts[1]), CASES);
    assertThat(counts[3]).as(said.substring(Math.max(0, said.indexOf("Failures:")))).isEqualTo("0");
    Reliability.atMost("R01", "h2spec strict, " + what + ": failed", Long.parseLong(counts[3]), 0);
  }

  private static String run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return said;
  }
}
