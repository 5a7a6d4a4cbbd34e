package lmnop.standalone.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class OptionsTest {
  @Test
  void keepsDataInTheHomeFolderAndListensOnLoopbackByDefault() throws Exception {
    Options options = Options.parse(List.of("up", "--home", "/opt/lmnop"));

    assertThat(options.data().root()).isEqualTo(Path.of("/opt/lmnop/data"));
    assertThat(options.ports().router()).isEqualTo(8080);
    assertThat(options.listen()).isEqualTo("127.0.0.1");
    assertThat(options.onLoopback()).isTrue();
    assertThat(options.trustFunctions() || options.verbose() || options.exit()).isFalse();
  }

  @Test
  void takesEveryOption() throws Exception {
    Options options =
        Options.parse(
            List.of(
                "demo",
                "--data",
                "/d",
                "--port",
                "9000",
                "--listen",
                "0.0.0.0",
                "--trust-functions",
                "--verbose",
                "--exit"));

    assertThat(options.data().root()).isEqualTo(Path.of("/d"));
    assertThat(options.ports().router()).isEqualTo(9000);
    assertThat(options.onLoopback()).isFalse();
    assertThat(options.trustFunctions() && options.verbose() && options.exit()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "up --prot 9000 | '--prot' is no option of 'up'",
        "up --exit | '--exit' is no option of 'up'",
        "up --port | --port lacks its value",
        "up --port http | --port http: a port is a number",
        "up --port 65530 | 65530 is no port that ten ports can be counted from",
        "down | one of up, demo and doctor"
      })
  void refusesWhatItDoesNotUnderstand(String line, String words) {
    assertThatThrownBy(() -> Options.parse(List.of(line.split(" "))))
        .isInstanceOf(Options.Misused.class)
        .hasMessageContaining(words);
  }
}
