package lmnop.controlplane.portal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.logs.FunctionLogs;
import lmnop.controlplane.logs.LineSink;
import lmnop.controlplane.logs.PrintedLine;
import lmnop.controlplane.logs.WantedLines;
import lmnop.controlplane.overview.Overview;
import lmnop.controlplane.web.Access;
import lmnop.controlplane.web.Crossing;
import lmnop.controlplane.web.NamedFunction;
import lmnop.controlplane.web.Refusal;
import lmnop.controlplane.web.Route;
import lmnop.controlplane.web.WebFeature;
import lmnop.providerapi.ProviderException;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** What a function prints: its newest lines, and each that comes while somebody looks. */
final class LogPages implements WebFeature {
  private static final String PAGE = "/functions/{owner}/{function}/logs";
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final int LINES = 1_000; // that are shown, or caught up on, at most

  private final Overview overview;
  private final FunctionLogs logs;
  private final Clock clock;
  private final Crossing crossing;
  private final LiveAnswers live;
  private final Pages pages;

  LogPages(
      Overview overview,
      FunctionLogs logs,
      Clock clock,
      Crossing crossing,
      LiveAnswers live,
      Pages pages) {
    this.overview = overview;
    this.logs = logs;
    this.clock = clock;
    this.crossing = crossing;
    this.live = live;
    this.pages = pages;
  }

  /**
   * What there is to see of a function.
   *
   * @param revisions whose lines there may be
   * @param failure why nothing can be seen; empty if it can
   */
  private record Look(List<PrintedLine> lines, List<Integer> revisions, String failure) {}

  @Override
  public List<Route> routes() {
    Access reader = Access.portal().reader();
    return List.of(
        Route.get(PAGE, reader, this::show), Route.get(PAGE + "/lines", reader, this::follow));
  }

  private Mono<ServerResponse> show(ServerRequest request) {
    NamedFunction named = NamedFunction.of(request);
    LogFilter filter = LogFilter.of(request);
    WantedLines wanted = filter.wanted(named, LogPlace.BEGINNING, clock.instant(), LINES);
    return crossing
        .call(() -> look(wanted))
        .timeout(PATIENCE)
        .onErrorMap(Refused.class, e -> RevisionPages.unknown(named))
        .onErrorResume(LogPages::isAway, e -> Mono.just(new Look(List.of(), List.of(), words(e))))
        .flatMap(look -> pages.show(request, "logs.jte", values(named, filter, look)));
  }

  private Look look(WantedLines wanted) throws IOException {
    List<PrintedLine> lines = new ArrayList<>();
    logs.read(
        wanted,
        new LineSink() {
          @Override
          public void line(PrintedLine line) {
            lines.add(line);
          }

          @Override
          public void nothing() {}
        });
    return new Look(lines, logs.revisions(wanted.owner(), wanted.function()), "");
  }

  private static boolean isAway(Throwable e) {
    return e instanceof ProviderException
        || e instanceof TimeoutException
        || e instanceof UncheckedIOException;
  }

  private static String words(Throwable e) {
    return e instanceof TimeoutException
        ? "the provider did not answer within %d s".formatted(PATIENCE.toSeconds())
        : String.valueOf(e.getMessage());
  }

  private static Map<String, Object> values(NamedFunction named, LogFilter filter, Look look) {
    LogPlace place = LogPlace.BEGINNING;
    for (PrintedLine line : look.lines()) {
      place = place.behind(line);
    }
    List<ShownLine> lines = look.lines().stream().map(ShownLine::of).toList();
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("owner", named.owner().value());
    values.put("name", named.function().value());
    values.put("filter", filter);
    values.put("lines", lines);
    values.put("instances", lines.stream().map(ShownLine::instance).distinct().sorted().toList());
    values.put("revisions", look.revisions());
    values.put("failure", look.failure());
    values.put("most", LINES);
    values.put("after", place.isTheBeginning() ? "" : place.toString());
    values.put("stream", filter.on(named.path() + "/logs/lines"));
    return values;
  }

  /** The lines as they come, from where somebody was. */
  private Mono<ServerResponse> follow(ServerRequest request) {
    NamedFunction named = NamedFunction.of(request);
    LogPlace place = LogPlace.parse(LiveAnswers.place(request));
    WantedLines wanted =
        LogFilter.of(request).wanted(named, place, clock.instant(), LINES + place.lines());
    return overview
        .isThere(named.owner(), named.function())
        .filter(there -> there)
        .switchIfEmpty(Mono.error(() -> RevisionPages.unknown(named)))
        .flatMap(there -> live.answer(request, out -> follow(wanted, new Lines(place, out))));
  }

  private void follow(WantedLines wanted, Lines lines) throws IOException, InterruptedException {
    try {
      logs.follow(wanted, lines);
    } catch (Refused e) {
      // it was deleted meanwhile: that is the end
    } catch (ProviderException | UncheckedIOException e) {
      throw new Refusal(
          HttpStatus.SERVICE_UNAVAILABLE,
          "What it prints cannot be shown now: %s.".formatted(e.getMessage()));
    }
  }

  /** Writes lines for a page, but for those that it has already. */
  private final class Lines implements LineSink {
    private final LogPlace begin;
    private final LiveAnswers.Writer out;
    private LogPlace place = LogPlace.BEGINNING;

    Lines(LogPlace begin, LiveAnswers.Writer out) {
      this.begin = begin;
      this.out = out;
    }

    @Override
    public void line(PrintedLine line) throws IOException {
      place = place.behind(line);
      int order = line.at().compareTo(begin.at());
      if (order > 0 || (order == 0 && place.lines() > begin.lines())) {
        out.lines(
            place.toString(),
            pages.html("printedlines.jte", Map.of("lines", List.of(ShownLine.of(line)))));
      }
    }

    @Override
    public void nothing() throws IOException {
      out.nothing();
    }
  }
}
