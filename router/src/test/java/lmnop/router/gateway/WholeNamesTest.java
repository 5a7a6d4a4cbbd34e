package lmnop.router.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class WholeNamesTest {
  @TempDir Path folder;

  private WholeNames named(String host, String resolver) throws IOException {
    return WholeNames.of(host, Files.writeString(folder.resolve("resolv.conf"), resolver));
  }

  @Test
  void aShortNameIsItsWholeNameInEachSearchDomain() throws IOException {
    WholeNames names =
        named("plane", "nameserver 10.0.0.1\nsearch lmnop.svc.cluster.local  svc.cluster.local\n");
    assertThat(names.contains("plane")).isTrue();
    assertThat(names.contains("Plane.lmnop.svc.cluster.local.")).isTrue();
    assertThat(names.contains("plane.svc.cluster.local")).isTrue();
  }

  @Test
  void whatOnlyBeginsLikeItIsSomebodyElse() throws IOException {
    WholeNames names = named("plane", "search svc.cluster.local\n");
    assertThat(names.contains("plane.example.com")).isFalse();
    assertThat(names.contains("plane.svc.cluster.local.example.com")).isFalse();
    assertThat(names.contains("other.svc.cluster.local")).isFalse();
  }

  @Test
  void withoutAFileANameIsItself() {
    WholeNames names = WholeNames.of("plane", folder.resolve("none"));
    assertThat(names.contains("plane")).isTrue();
    assertThat(names.contains("plane.local")).isFalse();
  }
}
