package lmnop.controlplane.portal;

import java.time.Instant;
import java.util.List;
import lmnop.controlplane.logs.Since;
import lmnop.controlplane.logs.WantedLines;
import lmnop.controlplane.web.NamedFunction;
import lmnop.controlplane.web.Refusal;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.util.UriComponentsBuilder;

/** Which lines of a function its page shows, as its address says it; what is empty is any. */
public record LogFilter(String revision, String instance, String since, String contains) {
  private static final int LONGEST = 200; // characters

  static LogFilter of(ServerRequest request) {
    return new LogFilter(
        text(request, "revision"),
        text(request, "instance"),
        text(request, "since"),
        text(request, "contains"));
  }

  private static String text(ServerRequest request, String name) {
    String text = request.queryParam(name).orElse("");
    if (text.length() > LONGEST) {
      throw new Refusal(
          HttpStatus.BAD_REQUEST,
          "'%s' has %d characters, at most %d are taken.".formatted(name, text.length(), LONGEST));
    }
    return text;
  }

  /** What is offered to choose from, also what was chosen otherwise. */
  public List<String> times() {
    List<String> usual = List.of("5m", "15m", "1h", "6h", "1d");
    return since.isEmpty() || usual.contains(since) ? usual : List.of(since, "5m", "1h", "1d");
  }

  /** Whether it leaves something out. */
  public boolean narrows() {
    return !equals(new LogFilter("", "", "", ""));
  }

  /** The address of what is below a page, for the same lines. */
  String on(String path) {
    return UriComponentsBuilder.fromPath(path)
        .queryParam("revision", "{revision}")
        .queryParam("instance", "{instance}")
        .queryParam("since", "{since}")
        .queryParam("contains", "{contains}")
        .encode()
        .buildAndExpand(revision, instance, since, contains)
        .toUriString();
  }

  /**
   * The lines that are meant.
   *
   * @param place behind which somebody goes on
   */
  WantedLines wanted(NamedFunction named, LogPlace place, Instant now, int tail) {
    Instant since = moment(now);
    return new WantedLines(
        named.owner(),
        named.function(),
        place.isTheBeginning() ? since : place.at(),
        tail,
        instance.isEmpty() ? null : instance,
        number(),
        contains);
  }

  private @Nullable Instant moment(Instant now) {
    return since.isEmpty()
        ? null
        : Since.moment(since, now)
            .orElseThrow(() ->
                new Refusal(
                    HttpStatus.BAD_REQUEST,
                    "'%s' is no time that has passed, as 15m or 2h, and no moment, as 2026-01-31T12:00:00Z."
                        .formatted(since)));
  }

  private @Nullable Integer number() {
    if (revision.isEmpty()) {
      return null;
    }
    if (!revision.matches("[1-9][0-9]{0,8}")) {
      throw new Refusal(
          HttpStatus.BAD_REQUEST, "'%s' is no number of a revision.".formatted(revision));
    }
    return Integer.valueOf(revision);
  }
}
