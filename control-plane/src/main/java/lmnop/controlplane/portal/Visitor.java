package lmnop.controlplane.portal;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import lmnop.controlplane.accounts.Session;
import org.springframework.web.reactive.function.server.ServerRequest;

/**
 * Who looks at a page, at which one, and when.
 *
 * @param administrator whether everything everywhere is theirs to see
 * @param formToken stands in every form of it
 * @param path of the page
 */
public record Visitor(
    String name, boolean administrator, String formToken, String path, Instant now) {
  private static final Duration LONG_AGO = Duration.ofDays(30); // then a date says more

  static Visitor of(ServerRequest request, Instant now) {
    Session session = Session.of(request);
    return new Visitor(
        session.actor().name(),
        session.actor().mayEverything(),
        session.formToken().value(),
        request.path(),
        now);
  }

  /** The field that holds the token. */
  public static String field() {
    return Session.FORM_FIELD;
  }

  /** Whether the page, or one that belongs to it, is the one that is looked at. */
  public boolean isAt(String page) {
    String below = page.equals("/") ? "/functions/" : page + "/";
    return path.equals(page) || path.startsWith(below);
  }

  /** How long ago something was, as people say it. */
  public String ago(Instant moment) {
    Duration age = Duration.between(moment, now);
    if (age.compareTo(LONG_AGO) > 0) {
      return moment.atZone(ZoneOffset.UTC).toLocalDate().toString();
    }
    if (age.toDays() > 1) {
      return age.toDays() + " days ago";
    }
    if (age.toMinutes() >= 90) {
      return age.plusMinutes(30).toHours() + " h ago";
    }
    if (age.toSeconds() >= 90) {
      return age.plusSeconds(30).toMinutes() + " min ago";
    }
    return age.toSeconds() < 5 ? "just now" : age.toSeconds() + " s ago";
  }
}
