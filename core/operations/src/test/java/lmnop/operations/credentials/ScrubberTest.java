package lmnop.operations.credentials;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ScrubberTest {
  private static final String SECRET = "s3cr+t/Wert mit Ümlaut&more";
  private static final String TOKEN = "0123456789abcdef0123456789abcdef";

  @Test
  void takesValuesOutWhereverTheyStand() {
    assertThat(scrub("a " + SECRET + " b " + TOKEN + TOKEN + " c"))
        .containsExactly("a *** b *** c");
    assertThat(scrub(SECRET)).containsExactly("***");
    assertThat(scrub("nothing here", "")).containsExactly("nothing here", "");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5})
  void takesValuesOutOfBase64AtEveryAlignment(int before) {
    byte[] bytes = ("x".repeat(before) + SECRET + "\u0001tail").getBytes(StandardCharsets.UTF_8);
    for (Base64.Encoder encoder :
        List.of(
            Base64.getEncoder(), Base64.getUrlEncoder(), Base64.getEncoder().withoutPadding())) {
      String encoded = encoder.encodeToString(bytes);
      String clean = scrub(encoded).getFirst();
      assertThat(clean).contains("***");
      String left = clean.replace("***", "");
      assertThat(left.length())
          .as("what is left of %s is around the value", clean)
          .isLessThanOrEqualTo(encoded.length() - (SECRET.length() + 1) * 8 / 6 + 2);
      assertThat(clean.indexOf("***")).isLessThanOrEqualTo((before * 8 + 5) / 6);
    }
  }

  @Test
  void takesValuesOutOfBase64ThatIsWrapped() {
    String wrapped =
        Base64.getMimeEncoder(20, new byte[] {'\n'})
            .encodeToString(("key=" + SECRET + ";").getBytes(StandardCharsets.UTF_8));
    List<String> clean = scrubber(SECRET).scrub(wrapped.lines().toList());
    assertThat(clean).allMatch(line -> line.contains("***"));
    assertThat(clean.subList(1, clean.size() - 1)).containsOnly("***");
  }

  @Test
  void takesValuesOutThatAreUrlEncoded() {
    assertThat(scrub("?k=s3cr%2Bt%2FWert+mit+%C3%9Cmlaut%26more&x")).containsExactly("?k=***&x");
    assertThat(scrub("?k=s3cr%2bt%2fWert%20mit%20%c3%9cmlaut%26more&x"))
        .containsExactly("?k=***&x");
  }

  @Test
  void takesValuesOutThatALineBreakCuts() {
    for (int cut = 1; cut < TOKEN.length(); cut++) {
      assertThat(scrub("a" + TOKEN.substring(0, cut), TOKEN.substring(cut) + "b"))
          .containsExactly("a***", "***b");
    }
  }

  /** What was sent before a value could be told from other text stays; nothing more of it does. */
  @Test
  void takesValuesOutThatTheEndOfABatchCuts() {
    for (int cut = 1; cut < TOKEN.length(); cut++) {
      Scrubber scrubber = scrubber(TOKEN);
      String beginning = TOKEN.substring(0, cut);
      assertThat(scrubber.scrub(List.of("a " + beginning)))
          .containsExactly(cut < 6 ? "a " + beginning : "a ***");
      assertThat(scrubber.scrub(List.of(TOKEN.substring(cut) + " b"))).containsExactly("*** b");
    }
  }

  @Test
  void takesValuesOutThatComeInManyPieces() {
    Scrubber scrubber = scrubber(TOKEN);
    StringBuilder shown = new StringBuilder();
    for (int at = 0; at < TOKEN.length(); at += 2) {
      shown.append(scrubber.scrub(List.of(TOKEN.substring(at, at + 2))).getFirst());
    }
    assertThat(shown.toString()).startsWith("0123***").doesNotContain("89").doesNotContain("ef");
  }

  @Test
  void takesTheRestOutWhereSomebodyElseHadTheBeginning() {
    assertThat(scrubber(TOKEN).scrub(List.of(TOKEN.substring(9) + " b"))).containsExactly("*** b");
  }

  @Test
  void takesTheBeginningOutOfALineThatIsTooLong() {
    String cut = " … (this line was cut after 4096 bytes)";
    assertThat(scrub("a " + TOKEN.substring(0, 9) + cut, "b")).containsExactly("a ***" + cut, "b");
  }

  @Test
  void leavesAloneWhatIsTooShortToTell() {
    assertThat(scrubber("pass", "").scrub(List.of("tests pass"))).containsExactly("tests pass");
  }

  @Test
  void takesOutWhatAFileHoldsThoughItEndsWithALineBreak() {
    Scrubber scrubber = scrubber(SECRET + "\n");
    assertThat(scrubber.scrub(List.of("a " + SECRET + " b"))).containsExactly("a *** b");
    String encoded = Base64.getEncoder().encodeToString(SECRET.getBytes(StandardCharsets.UTF_8));
    assertThat(scrubber.scrub(List.of(encoded.substring(0, encoded.length() - 2))))
        .containsExactly("***");
  }

  @Test
  void takesOutValuesOfSeveralLinesAndBytesThatAreNoText() {
    String key = "-----BEGIN KEY-----\n" + TOKEN + "\n" + SECRET + "\n-----END KEY-----\n";
    assertThat(scrubber(key).scrub(List.of(key.split("\n"))))
        .containsExactly("***", "***", "***", "***");
    byte[] bytes = new byte[1000];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i * 31 + i / 256);
    }
    String encoded = Base64.getEncoder().encodeToString(bytes);
    List<String> clean = new Scrubber(List.of(bytes)).scrub(List.of("key: " + encoded));
    assertThat(clean.getFirst()).startsWith("key: ***");
    assertThat(clean.getFirst().replace("***", "")).hasSizeLessThan(20);
  }

  private static Scrubber scrubber(String... values) {
    return new Scrubber(
        Arrays.stream(values).map(value -> value.getBytes(StandardCharsets.UTF_8)).toList());
  }

  private static List<String> scrub(String... lines) {
    return scrubber(TOKEN, SECRET).scrub(List.of(lines));
  }
}
