package lmnop.router.outcome;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class ErrorPageTest {
  @ParameterizedTest
  @CsvSource({
    "application/json, application/problem+json",
    "'application/problem+json, */*', application/problem+json",
    "'text/html,application/xhtml+xml,*/*;q=0.8', text/html; charset=utf-8",
    "'application/json, text/html', application/problem+json",
    "*/*, text/plain; charset=utf-8",
  })
  void comesAsItIsAskedFor(String accept, String contentType) {
    assertThat(ErrorPage.of(Outcome.UNKNOWN_HOST, null, "c-1", accept).contentType())
        .isEqualTo(contentType);
  }

  @ParameterizedTest
  @EnumSource
  void isWellFormedJsonWithEverything(Outcome outcome) {
    String body = ErrorPage.of(outcome, "say \"\\ <b>\n", "c-1", "application/json").body();
    JsonNode json = JsonMapper.shared().readTree(body);
    assertThat(json.get("status").asInt()).isEqualTo(outcome.status());
    assertThat(json.get("detail").asString()).isEqualTo("say \"\\ <b> ");
    assertThat(json.get("callId").asString()).isEqualTo("c-1");
    assertThat(json.get("fault").asString()).isEqualTo(outcome.fault().tag());
  }

  @Test
  void letsNobodysWordsBecomeMarkup() {
    assertThat(ErrorPage.of(Outcome.BAD_REQUEST, "<script>&", "c", "text/html").body())
        .contains("&lt;script&gt;&amp;");
  }

  @Test
  void saysTheCallIdInPlainText() {
    assertThat(ErrorPage.of(Outcome.UNKNOWN_HOST, null, "c-1", null).body())
        .isEqualTo("No function has this address.\n(call c-1)\n");
  }

  @Test
  void everyOutcomeHasWordsAndATagOfItsOwn() {
    Set<String> words = Stream.of(Outcome.values()).map(Outcome::words).collect(Collectors.toSet());
    Set<String> tags = Stream.of(Outcome.values()).map(Outcome::tag).collect(Collectors.toSet());
    assertThat(words).hasSameSizeAs(Outcome.values());
    assertThat(tags).hasSameSizeAs(Outcome.values());
  }
}
