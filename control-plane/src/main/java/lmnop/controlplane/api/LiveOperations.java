package lmnop.controlplane.api;

import java.io.IOException;
import java.util.Objects;
import lmnop.controlplane.logs.FunctionLogs;
import lmnop.controlplane.logs.LineSink;
import lmnop.controlplane.logs.PrintedLine;
import lmnop.controlplane.logs.WantedLines;
import lmnop.controlplane.overview.Overview;
import lmnop.controlplane.web.EventWriter;
import lmnop.controlplane.web.NamedFunction;
import lmnop.controlplane.web.Streams;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** What functions do at the moment: what they print, and how their state changes. */
final class LiveOperations {
  private static final int MOST_LINES = 100_000;
  private static final int LARGEST = 999_999_999; // numbers of revisions

  private final Overview overview;
  private final FunctionLogs logs;
  private final Streams streams;
  private final Watching watching;

  LiveOperations(Api.Needs needs, Streams streams, Watching watching) {
    this.overview = needs.overview();
    this.logs = needs.logs();
    this.streams = streams;
    this.watching = watching;
  }

  Mono<ServerResponse> logs(ServerRequest request, NamedFunction named) {
    Parameters query = Parameters.of(request);
    boolean follow = query.flag("follow");
    int revision = query.number("revision", 0, 1, LARGEST);
    WantedLines wanted =
        new WantedLines(
            named.owner(),
            named.function(),
            query.moment("since"),
            query.number("tail", 0, 1, MOST_LINES),
            query.text("instance"),
            revision == 0 ? null : revision,
            Objects.requireNonNullElse(query.text("contains"), ""));
    query.check();
    return streams.answer(
        request,
        out -> {
          if (follow) {
            logs.follow(wanted, sink(out));
          } else {
            logs.read(wanted, sink(out));
            out.event("end", "{}");
          }
        });
  }

  private static LineSink sink(EventWriter out) {
    return new LineSink() {
      @Override
      public void line(PrintedLine line) throws IOException {
        out.line("line", null, line.json());
      }

      @Override
      public void nothing() throws IOException {
        out.pulse();
      }
    };
  }

  /** The function as GET shows it, again each time that something of it has changed. */
  Mono<ServerResponse> events(ServerRequest request, NamedFunction named) {
    Parameters.of(request).check();
    return watching.answer(
        request,
        "function",
        overview
            .one(named.owner(), named.function())
            .map(view -> new Watching.Seen(view, Shapes.function(view))));
  }
}
