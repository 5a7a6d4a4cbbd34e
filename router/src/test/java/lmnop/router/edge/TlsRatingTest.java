package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import lmnop.router.tls.Certificates;
import lmnop.router.tls.TestCertificates;
import lmnop.testkit.Reliability;
import lmnop.testkit.RequiresTool;
import lmnop.testkit.Thorough;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What testssl.sh, which looks for all that is known to be weak, says of the encrypted listener.
 */
@Tag(Reliability.TAG)
@RequiresTool("testssl")
@Timeout(600)
final class TlsRatingTest {
  private static final Set<String> BAD = Set.of("MEDIUM", "HIGH", "CRITICAL", "FATAL");
  private static final Set<String> OLD = Set.of("SSLv2", "SSLv3", "TLS1", "TLS1_1");

  @TempDir private Path scratch;

  @Test
  void nothingOfItIsWeak() throws Exception {
    assumeTrue(Thorough.isAskedFor(), "takes two minutes: only -Dlmnop.thorough=true");
    Path directory = Files.createDirectory(scratch.resolve("certificates"));
    TestCertificates.made(scratch, "EC", "localhost")
        .write(directory.resolve("a.pem"), directory.resolve("a.key"));
    List<JsonNode> findings = new ArrayList<>();
    try (Certificates certificates = Certificates.in(directory, Duration.ofSeconds(10));
        EdgeFixture router = EdgeFixture.secure(certificates)) {
      JsonMapper.shared().readTree(rated(router.edge.port(1))).forEach(findings::add);
    }
    assertThat(findings).as("what was looked at").hasSizeGreaterThan(40);
    assertThat(findings.stream().filter(one -> OLD.contains(text(one, "id"))))
        .hasSize(OLD.size())
        .allMatch(one -> text(one, "finding").startsWith("not offered"));
    assertThat(findings)
        .filteredOn(one -> Set.of("TLS1_2", "TLS1_3").contains(text(one, "id")))
        .hasSize(2)
        .allMatch(one -> text(one, "finding").startsWith("offered"));
    List<JsonNode> bad =
        findings.stream().filter(one -> BAD.contains(text(one, "severity"))).toList();
    bad.forEach(System.err::println);
    Reliability.atMost("R14", "weak of " + findings.size() + " findings of testssl", bad.size(), 0);
  }

  private String rated(int port) throws Exception {
    Path findings = scratch.resolve("findings.json");
    Path output = scratch.resolve("output");
    Process process =
        new ProcessBuilder(
                "testssl",
                "--quiet",
                "--color",
                "0",
                "--warnings",
                "off",
                "--protocols",
                "--std",
                "--fs",
                "--server-preference",
                "--vulnerable",
                "--jsonfile",
                findings.toString(),
                "localhost:" + port)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(9, TimeUnit.MINUTES)).isTrue();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    assertThat(findings).as(Files.readString(output)).isNotEmptyFile();
    return Files.readString(findings);
  }

  private static String text(JsonNode finding, String key) {
    return finding.path(key).asString();
  }
}
