package lmnop.provider.isolation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class BubblewrapTest {
  @ParameterizedTest
  @CsvSource({
    "bubblewrap 0.6.1,false",
    "bubblewrap 0.7.0,true",
    "bubblewrap 0.11.0,true",
    "bubblewrap 1.0,true",
    "something else,false"
  })
  void knowsWhichVersionsLimitTheSizeOfTmp(String version, boolean can) {
    assertThat(Bubblewrap.limitsTmpfs(version)).isEqualTo(can);
  }
}
