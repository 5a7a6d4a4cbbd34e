package lmnop.controlplane.accounts;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import lmnop.operations.credentials.Token;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PasswordRuleTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "password1234",
        "Password2026!",
        "p@$$w0rdp@$$w0rd",
        "qwertyuiop12",
        "1qaz2wsx3edc4rfv",
        "aaaaaaaaaaaaaaaa",
        "abcabcabcabcabc",
        "123456789012",
        "iloveyou-iloveyou",
        "Summer2026Summer",
        "margaret-margaret",
        "m4rg4r3t2026!",
        "margaretadmin1",
        "letmein letmein",
        "correcthorse",
        "lmnop lmnop lmnop"
      })
  void whatIsGuessedFirstIsRefused(String password) {
    assertThatThrownBy(() -> PasswordRule.check(password, "margaret"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("guessed first");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "seven green umbrellas",
        "correct horse battery",
        "tV8-kq2R-9wLm",
        "gräsgrün und wiesenblau",
        "the goat ate my homework"
      })
  void whatIsLongAndSomebodysOwnIsTaken(String password) {
    assertThatCode(() -> PasswordRule.check(password, "margaret")).doesNotThrowAnyException();
  }

  @Test
  void aPasswordThatIsMadeHereIsTaken() {
    SecureRandom random = new SecureRandom();
    for (int i = 0; i < 1000; i++) {
      PasswordRule.check(Token.random(random).value(), "margaret");
    }
  }

  @Test
  void lengthIsWhatIsAskedFor() {
    assertThatThrownBy(() -> PasswordRule.check("short", "margaret"))
        .hasMessageContaining("has 5 characters, expected 12 to 200");
    assertThatThrownBy(() -> PasswordRule.check("long ".repeat(41), "margaret"))
        .hasMessageContaining("has 205 characters");
    String token = Scope.READ.random(new SecureRandom()).value();
    assertThatThrownBy(() -> PasswordRule.check(token, "margaret"))
        .hasMessageContaining("That is a token");
  }
}
