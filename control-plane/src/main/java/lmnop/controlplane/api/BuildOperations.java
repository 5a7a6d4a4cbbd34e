package lmnop.controlplane.api;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import lmnop.controlplane.accounts.Accounts;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.builds.Build;
import lmnop.controlplane.builds.BuildRecords;
import lmnop.controlplane.builds.Rebuilds;
import lmnop.controlplane.git.Harmless;
import lmnop.controlplane.releases.StageLog;
import lmnop.controlplane.web.Refusal;
import lmnop.controlplane.web.Right;
import lmnop.operations.lifecycle.Pace;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/** Builds: their list, their log, and what is done to them. */
final class BuildOperations {
  private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,17}");
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final Duration LOOK = Duration.ofMillis(300);
  private static final String LAST = "Last-Event-ID";

  private final Once once;
  private final Accounts accounts;
  private final BuildRecords builds;
  private final Rebuilds rebuilds;
  private final Streams streams;
  private final Pace pace;

  BuildOperations(Api.Needs needs, Once once, Streams streams) {
    this.once = once;
    this.accounts = needs.accounts();
    this.builds = needs.builds();
    this.rebuilds = needs.rebuilds();
    this.streams = streams;
    this.pace = needs.pace();
  }

  Mono<ServerResponse> list(ServerRequest request) {
    Parameters query = Parameters.of(request);
    BuildRecords.Wanted wanted =
        new BuildRecords.Wanted(
            query.value("owner", OwnerName::new),
            query.value("function", FunctionName::new),
            query.word("state", Build.State.class));
    int limit = query.limit();
    long before = query.before();
    query.check();
    return builds
        .list(Actor.of(request), wanted, before, limit + 1)
        .collectList()
        .map(found ->
            Answer.page(found, limit, one -> new Cursor(String.valueOf(one.id())), Shapes::build))
        .flatMap(Answer::sent);
  }

  Mono<ServerResponse> one(ServerRequest request) {
    Parameters.of(request).check();
    return readable(request).flatMap(build -> Answer.ok(Shapes.build(build)).sent());
  }

  private Mono<BuildRecords.Entry> readable(ServerRequest request) {
    return theirs(request, Right.READ);
  }

  private Mono<BuildRecords.Entry> writable(ServerRequest request) {
    return theirs(request, Right.DEPLOY);
  }

  private Mono<BuildRecords.Entry> theirs(ServerRequest request, Right right) {
    return found(request)
        .filterWhen(build -> accounts.may(Actor.of(request), right, new OwnerName(build.owner())))
        .switchIfEmpty(Mono.error(() -> unknown(request)));
  }

  private Mono<BuildRecords.Entry> found(ServerRequest request) {
    String number = request.pathVariable("build");
    return NUMBER.matcher(number).matches()
        ? builds.one(Long.parseLong(number))
        : Mono.error(() -> unknown(request));
  }

  private static Refusal unknown(ServerRequest request) {
    String number = request.pathVariable("build");
    return new Refusal(
        HttpStatus.NOT_FOUND,
        "There is no build %s, or it is not yours: GET %s/builds lists those that are."
            .formatted(NUMBER.matcher(number).matches() ? number : "of this number", Api.ROOT));
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
    return readable(request)
        .flatMap(build ->
            build.logKept()
                ? streams.answer(request, out -> write(build.id(), shown, follow, out))
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

  private void write(long id, int after, boolean follow, EventWriter out)
      throws IOException, InterruptedException {
    int shown = after;
    BuildRecords.@Nullable Entry said = null;
    while (true) {
      BuildRecords.Entry build =
          Objects.requireNonNull(builds.one(id).block(ANSWER), "the build is gone");
      shown = writeLines(id, shown, out); // of a build that has ended, these are all
      if (follow && !build.equals(said)) {
        out.event("build", JsonMapper.shared().writeValueAsString(Shapes.build(build)));
        said = build;
      }
      if (!follow || build.state().ended()) {
        out.event("end", "{}");
        return;
      }
      out.pulse();
      pace.pause(LOOK);
    }
  }

  private int writeLines(long id, int after, EventWriter out) throws IOException {
    int shown = after;
    while (true) {
      List<StageLog.Entry> lines =
          Objects.requireNonNull(builds.log(id, shown).collectList().block(ANSWER));
      if (lines.isEmpty()) {
        return shown;
      }
      for (StageLog.Entry line : lines) {
        Object shape = Shapes.logLine(line, Harmless.plain(line.text()));
        out.line(
            "line", String.valueOf(line.number()), JsonMapper.shared().writeValueAsString(shape));
        shown = line.number();
      }
    }
  }
}
