package lmnop.standalone.processes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LinesTest {
  @Test
  void keepsEmptyLinesAndLettersOfSeveralBytesAndALastLineWithoutAnEnd() {
    assertThat(lines("eins\r\n\nzwölf ✓\nlast")).containsExactly("eins", "", "zwölf ✓", "last");
    assertThat(lines("whole\n")).containsExactly("whole");
    assertThat(lines("")).isEmpty();
  }

  @Test
  void cutsALineThatNeverEnds() {
    List<String> lines = lines("x".repeat(3 * Lines.LONGEST));

    assertThat(lines).allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(8192));
    assertThat(String.join("", lines)).hasSize(3 * Lines.LONGEST);
  }

  private static List<String> lines(String text) {
    List<String> lines = new ArrayList<>();
    Lines.pump(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), lines::add);
    return lines;
  }
}
