package lmnop.standalone.checks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import lmnop.standalone.data.Options;
import lmnop.standalone.machine.Programs;
import lmnop.standalone.terminal.Terminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DoctorTest {
  @TempDir Path folder;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

  @Test
  void namesWhatEachMissingToolCosts() throws Exception {
    String report = report(new Programs(folder.toString()), 31_800);

    assertThat(report)
        .contains("✗ mvn is missing: install Maven 3.8.7 or newer (Debian: maven).")
        .contains("! git is missing: ")
        .contains("! bwrap is missing: functions and builds run without sandbox")
        .contains("! nft is missing: ")
        .contains("! npm is missing: without it nothing is built of node, typescript and react")
        .contains("! go is missing: ")
        .contains("! setpriv is missing: ")
        .endsWith("./lmnop up would not work: see the lines with ✗.\n");
  }

  @Test
  void namesWhatAddedTemplatesNeed() throws Exception {
    Path needs = Files.createDirectories(folder.resolve("data/control-plane/template-needs"));
    Files.writeString(needs.resolve("cobol"), "cobc gnucobol\nmake make\n");

    assertThat(report(new Programs(folder.toString()), 31_800))
        .contains(
            "! cobc is missing: without it nothing is built of the template cobol (Debian: gnucobol).")
        .contains("! make is missing: without it nothing is built of the template cobol");
  }

  @Test
  void saysThatItWouldNotWorkWhenAPortIsTaken() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String report = report(Programs.ofThisMachine(), taken.getLocalPort());

      assertThat(report)
          .contains("✗ Port " + taken.getLocalPort() + " (router) is taken by process")
          .endsWith("./lmnop up would not work: see the lines with ✗.\n");
    }
  }

  @Test
  void usesNoColoursWhereNobodyLooks() throws Exception {
    assertThat(report(Programs.ofThisMachine(), 31_800)).doesNotContain("\u001b");
  }

  private String report(Programs programs, int port) throws Exception {
    Options options =
        Options.parse(
            List.of(
                "doctor",
                "--home",
                folder.toString(),
                "--data",
                folder.resolve("data").toString(),
                "--port",
                "" + port));
    PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    int code = new Doctor(options, programs).report(new Terminal(out, false, false));
    String report = printed.toString(StandardCharsets.UTF_8);
    assertThat(code).isEqualTo(report.contains("would not work") ? 1 : 0);
    return report;
  }
}
