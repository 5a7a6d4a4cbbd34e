package lmnop.standalone.apps;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import lmnop.standalone.machine.Ports;
import org.junit.jupiter.api.Test;

/** The files of {@code monitoring/} name the ports and credentials that a platform has. */
final class MonitoringFilesTest {
  private static final Path FOLDER = Path.of("../monitoring");

  private final Ports ports = new Ports(Ports.DEFAULT_BASE);
  private final Credentials credentials =
      new Credentials(Path.of("../data/credentials"), new SecureRandom());

  @Test
  void prometheusReadsTheRouter() throws IOException {
    assertThat(Files.readString(FOLDER.resolve("prometheus.yml")))
        .contains("127.0.0.1:" + ports.routerManagement())
        .contains("" + credentials.management(App.ROUTER).path());
  }

  @Test
  void alertmanagerReportsToTheProvider() throws IOException {
    assertThat(Files.readString(FOLDER.resolve("alertmanager.yml")))
        .contains("http://127.0.0.1:" + ports.provider() + "/system/alert")
        .contains("" + credentials.alertmanager().path());
  }
}
