package lmnop.controlplane.api;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.configuration.FunctionConfiguration;
import lmnop.controlplane.crashes.Crashes;
import lmnop.controlplane.overview.Difference;
import lmnop.controlplane.overview.FunctionLine;
import lmnop.controlplane.overview.Overview;
import lmnop.controlplane.releases.ReleaseHistory;
import lmnop.controlplane.releases.Routers;
import lmnop.controlplane.revisions.Revision;
import lmnop.controlplane.revisions.Revisions;
import lmnop.controlplane.usage.Usage;
import lmnop.controlplane.web.Crossing;
import lmnop.controlplane.web.NamedFunction;
import lmnop.controlplane.web.Refusal;
import lmnop.registry.names.InvalidName;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** What is read of functions. */
final class FunctionOperations {
  private static final String NUMBER = "[1-9][0-9]{0,8}";
  private static final int LARGEST = 999_999_999; // numbers of revisions

  private final Overview overview;
  private final Revisions revisions;
  private final ReleaseHistory releases;
  private final Crashes crashes;
  private final Usage usage;
  private final Routers routers;
  private final Crossing crossing;
  private final Watching watching;

  FunctionOperations(Api.Needs needs, Watching watching) {
    this.watching = watching;
    this.overview = needs.overview();
    this.revisions = needs.revisions();
    this.releases = needs.releases();
    this.crashes = needs.crashes();
    this.usage = needs.usage();
    this.routers = needs.routers();
    this.crossing = needs.crossing();
  }

  Mono<ServerResponse> list(ServerRequest request) {
    return page(request).flatMap(Answer::sent);
  }

  /** The same page, again each time that something of it has changed. */
  Mono<ServerResponse> listEvents(ServerRequest request) {
    Mono<Answer> page = page(request);
    return watching.answer(request, "functions", page.map(Answer::seen));
  }

  private Mono<Answer> page(ServerRequest request) {
    Parameters query = Parameters.of(request);
    OwnerName owner = query.value("owner", OwnerName::new);
    String text = Objects.requireNonNullElse(query.text("search"), "");
    FunctionLine.State state = query.value("state", FunctionLine.State::of);
    int limit = query.limit();
    Cursor cursor = query.cursor();
    query.check();
    return overview
        .list(Actor.of(request), new Overview.Wanted(owner, text, state), after(cursor), limit + 1)
        .flatMap(found ->
            usage
                .lastHour(found.stream().map(FunctionOperations::path).toList())
                .map(used ->
                    Answer.page(
                        found,
                        limit,
                        FunctionOperations::place,
                        one ->
                            Shapes.function(
                                one, used.getOrDefault(path(one), Usage.Total.NOTHING)))));
  }

  private static String path(FunctionLine line) {
    return line.owner() + "/" + line.name();
  }

  private static Overview.After after(@Nullable Cursor cursor) {
    return cursor == null ? Overview.After.NOTHING : Overview.After.parse(cursor.last());
  }

  /** How a function was used: the points of the last hour, or of the last day. */
  Mono<ServerResponse> usage(ServerRequest request, NamedFunction named) {
    Parameters query = Parameters.of(request);
    Usage.Window window =
        Objects.requireNonNullElse(
            query.value("window", FunctionOperations::window), Usage.Window.HOUR);
    query.check();
    return usage
        .of(named.owner(), named.function(), window)
        .flatMap(points -> Answer.ok(Shapes.usage(window, points)).sent());
  }

  private static Usage.Window window(String word) {
    return switch (word) {
      case "hour" -> Usage.Window.HOUR;
      case "day" -> Usage.Window.DAY;
      default -> throw new InvalidName("it is hour or day");
    };
  }

  private static Cursor place(FunctionLine line) {
    return new Cursor(Overview.After.of(line).toString());
  }

  Mono<ServerResponse> one(ServerRequest request, NamedFunction named) {
    Parameters.of(request).check();
    return overview
        .one(named.owner(), named.function())
        .switchIfEmpty(Mono.error(() -> Api.unknown(named)))
        .flatMap(view -> Answer.ok(Shapes.function(view)).sent(view.mark()));
  }

  Mono<ServerResponse> routes(ServerRequest request, NamedFunction named) {
    Parameters.of(request).check();
    return overview
        .routes(named.owner(), named.function())
        .collectList()
        .map(found -> Answer.all(found, Shapes::route))
        .flatMap(Answer::sent);
  }

  Mono<ServerResponse> revisions(ServerRequest request, NamedFunction named) {
    Parameters query = Parameters.of(request);
    int limit = query.limit();
    long before = query.before();
    query.check();
    return kept(named)
        .map(all -> all.stream().filter(one -> one.number() < before).toList())
        .map(found -> Answer.page(found, limit, FunctionOperations::place, Shapes::revision))
        .flatMap(Answer::sent);
  }

  Mono<ServerResponse> revision(ServerRequest request, NamedFunction named) {
    Parameters.of(request).check();
    int number = number(request, "a revision");
    return kept(named)
        .flatMapIterable(all -> all)
        .filter(one -> one.number() == number)
        .next()
        .switchIfEmpty(Mono.error(() -> unknown(named, number)))
        .flatMap(found -> Answer.ok(Shapes.revision(found)).sent());
  }

  /** How a revision is configured, as it was pushed. */
  Mono<ServerResponse> configuration(ServerRequest request, NamedFunction named) {
    Parameters.of(request).check();
    int number = number(request, "a revision");
    return Mono.zip(configurations(named, Set.of(number)), crossing.call(routers::defaults))
        .map(found ->
            Shapes.configuration(
                number, Objects.requireNonNull(found.getT1().get(number)), found.getT2()))
        .flatMap(shape -> Answer.ok(shape).sent());
  }

  /** What is different from one revision to another, key by key. */
  Mono<ServerResponse> changes(ServerRequest request, NamedFunction named) {
    int number = number(request, "a revision");
    Parameters query = Parameters.of(request);
    int from = query.number("from", 0, 1, LARGEST);
    query.check();
    if (from == 0) {
      throw new Refusal(
          HttpStatus.BAD_REQUEST, "'from' is missing: say since which revision, as ?from=1.");
    }
    return configurations(named, Set.of(from, number))
        .map(found ->
            Difference.between(
                Objects.requireNonNull(found.get(from)), Objects.requireNonNull(found.get(number))))
        .map(found -> Answer.all(found, Shapes::difference))
        .flatMap(Answer::sent);
  }

  /** All of them; of those that are not kept there is none. */
  private Mono<Map<Integer, FunctionConfiguration>> configurations(
      NamedFunction named, Set<Integer> numbers) {
    return overview
        .configurations(named.owner(), named.function(), numbers)
        .doOnNext(found ->
            numbers.stream()
                .filter(number -> !found.containsKey(number))
                .min(Comparator.naturalOrder())
                .ifPresent(number -> {
                  throw unknown(named, number);
                }));
  }

  private static Refusal unknown(NamedFunction named, int revision) {
    return new Refusal(
        HttpStatus.NOT_FOUND,
        "%s has no revision %d that is kept.".formatted(named.function(), revision));
  }

  /** A function that was never built has none. */
  private Mono<List<Revision>> kept(NamedFunction named) {
    return revisions.of(named.owner(), named.function()).onErrorReturn(Refused.class, List.of());
  }

  private static Cursor place(Revision revision) {
    return new Cursor(String.valueOf(revision.number()));
  }

  Mono<ServerResponse> releases(ServerRequest request, NamedFunction named) {
    Parameters query = Parameters.of(request);
    int limit = query.limit();
    long before = query.before();
    query.check();
    return releases
        .of(named.owner(), named.function(), before, limit + 1)
        .collectList()
        .map(found ->
            Answer.page(found, limit, one -> new Cursor(String.valueOf(one.id())), Shapes::release))
        .flatMap(Answer::sent);
  }

  Mono<ServerResponse> release(ServerRequest request, NamedFunction named) {
    Parameters.of(request).check();
    int number = number(request, "a release");
    return releases
        .one(named.owner(), named.function(), number)
        .switchIfEmpty(
            Mono.error(() ->
                new Refusal(
                    HttpStatus.NOT_FOUND,
                    "%s has no release %d.".formatted(named.function(), number))))
        .flatMap(found -> Answer.ok(Shapes.release(found)).sent());
  }

  Mono<ServerResponse> crashes(ServerRequest request, NamedFunction named) {
    Parameters.of(request).check();
    return crossing
        .call(() -> crashes.of(named.owner(), named.function()))
        .map(found -> Answer.all(found, Shapes::crash))
        .flatMap(Answer::sent);
  }

  Mono<ServerResponse> crash(ServerRequest request, NamedFunction named) {
    Parameters.of(request).check();
    int number = number(request, "a crash");
    return crossing
        .call(() -> crashes.one(named.owner(), named.function(), number))
        .onErrorMap(
            Refused.class,
            e ->
                new Refusal(
                    HttpStatus.NOT_FOUND,
                    "%s has no crash %d.".formatted(named.function(), number)))
        .flatMap(found -> Answer.ok(Shapes.crash(found)).sent());
  }

  private static int number(ServerRequest request, String what) {
    String text = request.pathVariable("number");
    if (!text.matches(NUMBER)) {
      throw new Refusal(
          HttpStatus.NOT_FOUND, "The address names no number of %s at its end.".formatted(what));
    }
    return Integer.parseInt(text);
  }
}
