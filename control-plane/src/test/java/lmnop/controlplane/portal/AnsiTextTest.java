package lmnop.controlplane.portal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a program prints for a terminal, as names of the style. */
final class AnsiTextTest {
  private static final String ESCAPE = "\u001b";

  @ParameterizedTest
  @CsvSource({
    "31, ink1",
    "1;32, ink2 bold",
    "91;44, ink9 paper4",
    "38;5;9, ink9",
    "38;5;46, ink10", // green at its brightest, of the cube
    "38;5;240;1, ink7 bold",
    "48;2;200;10;10, paper1",
    "38;2;255;255;0, ink11",
    "2;3;4, dim italic underlined",
    "31;0;4, underlined",
    "'', ''",
    "38, ink0",
    "38;5, ink0",
    "999;98;109, ''",
    "12345;32, ink2"
  })
  void coloursAreNames(String codes, String look) {
    assertThat(AnsiText.spans(ESCAPE + "[" + codes + "mtext"))
        .containsExactly(new AnsiText.Span(look, "text"));
  }

  @Test
  void aLookEndsWhereItIsTakenBack() {
    String line = "a" + ESCAPE + "[1;31mb" + ESCAPE + "[39mc" + ESCAPE + "[22md" + ESCAPE + "[m";
    assertThat(AnsiText.spans(line))
        .containsExactly(
            new AnsiText.Span("", "a"),
            new AnsiText.Span("ink1 bold", "b"),
            new AnsiText.Span("bold", "c"),
            new AnsiText.Span("", "d"));
  }

  @Test
  void nothingElseThatSteersATerminalIsLeft() {
    String line =
        ESCAPE + "]0;title\u0007" + ESCAPE + "[2J" + ESCAPE + "[31mred\r\u0008" + ESCAPE + "[Kmore";
    assertThat(AnsiText.spans(line)).containsExactly(new AnsiText.Span("ink1", "redmore"));
    assertThat(AnsiText.spans(ESCAPE + "[" + "1;".repeat(100) + "mtext"))
        .containsExactly(new AnsiText.Span("", "text"));
  }
}
