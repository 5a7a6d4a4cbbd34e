package lmnop.builderworker.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LinesTest {
  @Test
  void linesEndWithNewlinesOrReturnsAndTheLastNeedsNone() throws IOException {
    assertThat(read("one\ntwo\r\n\nfour\r50 %\r100 %\nlast"))
        .containsExactly("one", "two", "", "four", "50 %", "100 %", "last");
    assertThat(read("")).isEmpty();
  }

  @Test
  void charactersStayWholeWhenBytesComeOneByOne() throws IOException {
    byte[] bytes = "grüße 🚀\nпривет".getBytes(StandardCharsets.UTF_8);
    List<String> lines = new ArrayList<>();
    InputStream slow =
        new ByteArrayInputStream(bytes) {
          @Override
          public synchronized int read(byte[] buffer, int offset, int length) {
            return super.read(buffer, offset, Math.min(1, length));
          }
        };

    new Lines(lines::add).read(slow);

    assertThat(lines).containsExactly("grüße 🚀", "привет");
  }

  @Test
  void aLongLineIsCutBetweenCharactersAndSaysSo() throws IOException {
    for (int shift = 0; shift < 4; shift++) {
      String line = "x".repeat(shift) + "🚀".repeat(2_000);

      List<String> lines = read(line + "\nnext");

      assertThat(lines).hasSize(2).last().isEqualTo("next");
      assertThat(lines.getFirst())
          .doesNotContain("\ufffd")
          .startsWith(line.substring(0, 2_000))
          .endsWith("… (this line was cut after 4096 bytes)");
      assertThat(lines.getFirst().getBytes(StandardCharsets.UTF_8).length).isLessThan(4_200);
    }
  }

  @Test
  void bytesThatAreNoTextDoNotStopTheRest() throws IOException {
    List<String> lines = new ArrayList<>();
    byte[] bytes = {(byte) 0xff, (byte) 0xc3, '\n', 'o', 'k', '\n'};

    new Lines(lines::add).read(new ByteArrayInputStream(bytes));

    assertThat(lines).hasSize(2).last().isEqualTo("ok");
  }

  private static List<String> read(String text) throws IOException {
    List<String> lines = new ArrayList<>();
    new Lines(lines::add).read(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    return lines;
  }
}
