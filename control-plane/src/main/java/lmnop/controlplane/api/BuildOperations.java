package lmnop.controlplane.api;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.builds.Build;
import lmnop.controlplane.builds.BuildFollowing;
import lmnop.controlplane.builds.BuildQueue;
import lmnop.controlplane.builds.BuildRecords;
import lmnop.controlplane.builds.Rebuilds;
import lmnop.controlplane.git.Harmless;
import lmnop.controlplane.releases.StageLog;
import lmnop.controlplane.web.EventWriter;
import lmnop.controlplane.web.Refusal;
import lmnop.controlplane.web.Right;
import lmnop.controlplane.web.Standing;
import lmnop.controlplane.web.Streams;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/** Builds: their list, their log, and what is done to them. */
final class BuildOperations {
  private static final String LAST = "Last-Event-ID";
  private static final Pattern LEFT = Pattern.compile("\"secondsLeft\":[0-9]+");

  private final Once once;
  private final BuildRecords builds;
  private final Rebuilds rebuilds;
  private final BuildQueue queue;
  private final Streams streams;
  private final BuildFollowing following;
  private final Watching watching;

  BuildOperations(Api.Needs needs, Once once, Streams streams, Watching watching) {
    this.watching = watching;
    this.once = once;
    this.builds = needs.builds();
    this.rebuilds = needs.rebuilds();
    this.queue = new BuildQueue(needs.database());
    this.streams = streams;
    this.following = new BuildFollowing(needs.builds(), needs.pace());
  }

  Mono<ServerResponse> list(ServerRequest request) {
    return page(request).flatMap(Answer::sent);
  }

  /** The same page, again each time that something of it has changed but for the time. */
  Mono<ServerResponse> listEvents(ServerRequest request) {
    Mono<Answer> page = page(request);
    return watching.answer(
        request,
        "builds",
        page.map(
            now -> new Watching.Seen(LEFT.matcher(now.body()).replaceAll(""), now.seen().shape())));
  }

  private Mono<Answer> page(ServerRequest request) {
    Parameters query = Parameters.of(request);
    BuildRecords.Wanted wanted =
        new BuildRecords.Wanted(
            query.value("owner", OwnerName::new),
            query.value("function", FunctionName::new),
            query.word("state", Build.State.class));
    int limit = query.limit();
    long before = query.before();
    query.check();
    return Mono.zip(
            builds.list(Actor.of(request), wanted, before, limit + 1).collectList(), underway())
        .map(found ->
            Answer.page(
                found.getT1(),
                limit,
                one -> new Cursor(String.valueOf(one.id())),
                one -> Shapes.build(one, found.getT2().get(one.id()))));
  }

  Mono<ServerResponse> one(ServerRequest request) {
    Parameters.of(request).check();
    return Mono.zip(readable(request), underway())
        .map(found -> Answer.ok(Shapes.build(found.getT1(), found.getT2().get(found.getT1().id()))))
        .flatMap(Answer::sent);
  }

  private Mono<Map<Long, BuildQueue.Underway>> underway() {
    return queue
        .underway()
        .map(all ->
            all.stream().collect(Collectors.toMap(BuildQueue.Underway::id, Function.identity())));
  }

  private Mono<BuildRecords.Entry> readable(ServerRequest request) {
    return theirs(request, Right.READ);
  }

  private Mono<BuildRecords.Entry> writable(ServerRequest request) {
    return theirs(request, Right.DEPLOY);
  }

  private Mono<Boolean> mayRead(ServerRequest request) {
    return builds.of(Actor.of(request), Right.READ, request.pathVariable("build")).hasElement();
  }

  private Mono<BuildRecords.Entry> theirs(ServerRequest request, Right right) {
    return builds
        .of(Actor.of(request), right, request.pathVariable("build"))
        .switchIfEmpty(Mono.error(() -> unknown(request)));
  }

  private static Refusal unknown(ServerRequest request) {
    String number = request.pathVariable("build");
    return new Refusal(
        HttpStatus.NOT_FOUND,
        "There is no build %s, or it is not yours: GET %s/builds lists those that are."
            .formatted(BuildRecords.isNumber(number) ? number : "of this number", Api.ROOT));
  }

  Mono<ServerResponse> cancel(ServerRequest request) {
    return JsonBody.of(request)
        .flatMap(body -> {
          Parameters.of(request).check();
          body.check();
          return writable(request)
              .flatMap(build -> builds.cancel(build.id(), Actor.of(request).name()))
              .flatMap(cancelled -> builds.one(cancelled.id()));
        })
        .flatMap(build -> Answer.ok(Shapes.build(build)).sent());
  }

  Mono<ServerResponse> retry(ServerRequest request) {
    return JsonBody.of(request)
        .flatMap(body -> {
          Parameters.of(request).check();
          body.check();
          return writable(request)
              .flatMap(build -> once.answer(request, body, again(request, build)));
        })
        .flatMap(Answer::sent);
  }

  private Mono<Answer> again(ServerRequest request, BuildRecords.Entry build) {
    return Mono.defer(() -> rebuilds.again(build.id(), Actor.of(request).name()))
        .flatMap(builds::one)
        .map(made -> Answer.accepted(Api.ROOT + "/builds/" + made.id(), Shapes.build(made)));
  }

  /** The log from a line on; with {@code follow} until the build has ended. */
  Mono<ServerResponse> log(ServerRequest request) {
    Parameters query = Parameters.of(request);
    int after = query.number("after", 0, 0, Integer.MAX_VALUE);
    boolean follow = query.flag("follow");
    query.check();
    int shown = lastEvent(request, after);
    Standing.alsoOn(request.exchange(), mayRead(request));
    return readable(request)
        .flatMap(build ->
            build.logKept()
                ? streams.answer(
                    request,
                    out -> {
                      if (follow) {
                        following.follow(build.id(), shown, sink(out));
                      } else {
                        following.read(build.id(), shown, sink(out));
                      }
                      out.event("end", "{}");
                    })
                : Mono.error(
                    new Refusal(
                        HttpStatus.GONE,
                        "The log of build %d is not kept any more.".formatted(build.id()))));
  }

  /** A browser that lost its connection says what it saw last. */
  private static int lastEvent(ServerRequest request, int after) {
    String last = request.headers().firstHeader(LAST);
    return last != null && last.matches("[0-9]{1,9}") ? Integer.parseInt(last) : after;
  }

  private static BuildFollowing.Sink sink(EventWriter out) {
    return new BuildFollowing.Sink() {
      @Override
      public void lines(List<StageLog.Entry> lines) throws IOException {
        for (StageLog.Entry line : lines) {
          Object shape = Shapes.logLine(line, Harmless.plain(line.text()));
          out.line("line", String.valueOf(line.number()), json(shape));
        }
      }

      @Override
      public void build(BuildRecords.Entry build) throws IOException {
        out.event("build", json(Shapes.build(build)));
      }

      @Override
      public void nothing() throws IOException {
        out.pulse();
      }
    };
  }

  private static String json(Object shape) {
    return JsonMapper.shared().writeValueAsString(shape);
  }
}
