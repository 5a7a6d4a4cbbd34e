package lmnop.controlplane.portal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a page knows of who looks at it, and when. */
final class VisitorTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

  private static Visitor at(String path) {
    return new Visitor("dev", false, "", path, NOW);
  }

  @ParameterizedTest
  @CsvSource({
    "PT-3S, just now", // another machine's clock
    "PT4S, just now",
    "PT5S, 5 s ago",
    "PT89S, 89 s ago",
    "PT90S, 2 min ago",
    "PT89M, 89 min ago",
    "PT90M, 2 h ago",
    "PT47H59M, 48 h ago",
    "PT48H, 2 days ago",
    "P30D, 30 days ago",
    "P31D, 2026-01-29"
  })
  void agesAreTold(Duration age, String words) {
    assertThat(at("/").ago(NOW.minus(age))).isEqualTo(words);
  }

  @Test
  void aPageIsAtItselfAndAtWhatBelongsToIt() {
    assertThat(at("/").isAt("/")).isTrue();
    assertThat(at("/functions/team/hello").isAt("/")).isTrue();
    assertThat(at("/builds/7").isAt("/builds")).isTrue();
    assertThat(at("/builds").isAt("/")).isFalse();
    assertThat(at("/buildsmore").isAt("/builds")).isFalse();
  }
}
