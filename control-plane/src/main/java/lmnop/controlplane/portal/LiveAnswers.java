package lmnop.controlplane.portal;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import lmnop.controlplane.web.EventWriter;
import lmnop.controlplane.web.Streams;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/**
 * Answers that go on while a page is looked at, in pieces of HTML. Each ends after a while and is
 * asked for again, so that who has signed out, or may not see it any more, does not read on.
 */
final class LiveAnswers {
  private static final Duration LONGEST = Duration.ofMinutes(2);

  private final Streams streams;
  private final Clock clock;

  LiveAnswers(Streams streams, Clock clock) {
    this.streams = streams;
    this.clock = clock;
  }

  /** What writes an answer. */
  @FunctionalInterface
  interface Writing {
    void to(Writer out) throws IOException, InterruptedException;
  }

  /** The time of an answer is over. */
  private static final class TimeIsOver extends IOException {
    private static final long serialVersionUID = 1L;
  }

  /** Takes the pieces of one answer. */
  static final class Writer {
    private final EventWriter out;
    private final Clock clock;
    private final Instant until;

    private Writer(EventWriter out, Clock clock) {
      this.out = out;
      this.clock = clock;
      this.until = clock.instant().plus(LONGEST);
    }

    /**
     * Writes lines of a log.
     *
     * @param place of the last of them, from which somebody who comes back goes on
     * @param html with no line breaks that mean anything
     */
    void lines(String place, String html) throws IOException {
      out.line("lines", place, html.replace("\n", ""));
    }

    /** Nothing happened for a moment. */
    void nothing() throws IOException {
      if (clock.instant().isAfter(until)) {
        throw new TimeIsOver();
      }
      out.pulse();
    }
  }

  Mono<ServerResponse> answer(ServerRequest request, Writing writing) {
    return streams.answer(
        request,
        out -> {
          try {
            writing.to(new Writer(out, clock));
            out.event("end", "{}");
          } catch (TimeIsOver e) {
            out.event("again", "{}");
          }
        });
  }

  /** What a page saw last: a browser that lost its connection says so itself. */
  static String place(ServerRequest request) {
    String last = request.headers().firstHeader("Last-Event-ID");
    return last == null ? request.queryParam("after").orElse("") : last;
  }
}
