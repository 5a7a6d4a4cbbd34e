package lmnop.router.outcome;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a caller reads of an outcome that is not an answer: JSON, a small page, or plain text, as
 * its {@code Accept} asks.
 *
 * @param contentType with the character set
 */
public record ErrorPage(String contentType, String body) {
  /**
   * Writes the page.
   *
   * @param detail what exactly was wrong, if there is more to say than the outcome's words
   * @param accept the request's header of that name, if it has one
   */
  public static ErrorPage of(
      Outcome outcome, @Nullable String detail, String callId, @Nullable String accept) {
    String wanted = accept == null ? "" : accept.toLowerCase(Locale.ROOT);
    int html = wanted.indexOf("text/html");
    int json = wanted.indexOf("json");
    String sentence = detail == null ? outcome.words() : detail;
    if (json >= 0 && (html < 0 || json < html)) {
      return page("application/problem+json", json(outcome, sentence, callId));
    }
    if (html >= 0) {
      return page("text/html; charset=utf-8", html(outcome, sentence, callId));
    }
    return page("text/plain; charset=utf-8", sentence + "\n(call " + callId + ")\n");
  }

  private static ErrorPage page(String contentType, String text) {
    return new ErrorPage(contentType, text);
  }

  private static String json(Outcome outcome, String sentence, String callId) {
    return """
    {"title":"%s","status":%d,"detail":"%s","fault":"%s","callId":"%s"}
    """
        .formatted(
            outcome.tag(), outcome.status(), quoted(sentence), outcome.fault().tag(), callId);
  }

  private static String html(Outcome outcome, String sentence, String callId) {
    return """
    <!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">
    <title>%1$d</title>
    <style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:18vh auto;padding:0 1rem}\
    small{color:#667}</style>
    <h1>%1$d</h1><p>%2$s</p><p><small>call %3$s</small></p>
    """
        .formatted(outcome.status(), escaped(sentence), callId);
  }

  private static String quoted(String text) {
    StringBuilder quoted = new StringBuilder(text.length() + 8);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c < ' ') {
        quoted.append(' ');
      } else {
        quoted.append(c);
      }
    }
    return quoted.toString();
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
