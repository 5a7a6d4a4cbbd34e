package lmnop.controlplane.portal;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import lmnop.controlplane.accounts.Accounts;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.builds.Build;
import lmnop.controlplane.builds.BuildFollowing;
import lmnop.controlplane.builds.BuildQueue;
import lmnop.controlplane.builds.BuildRecords;
import lmnop.controlplane.builds.Expectation;
import lmnop.controlplane.builds.Rebuilds;
import lmnop.controlplane.releases.StageLog;
import lmnop.controlplane.web.Access;
import lmnop.controlplane.web.Refusal;
import lmnop.controlplane.web.Right;
import lmnop.controlplane.web.Route;
import lmnop.controlplane.web.Standing;
import lmnop.controlplane.web.WebFeature;
import lmnop.registry.names.OwnerName;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** Builds: what waits and runs, how each went, its log as it grows, its end and its repetition. */
final class BuildPages implements WebFeature {
  private static final String LIST = "/builds";
  private static final String BUILD = LIST + "/{build}";
  private static final int LISTED = 50;
  private static final int LINES_AT_ONCE = 1_000; // that are read from a log

  private final Accounts accounts;
  private final BuildRecords builds;
  private final BuildQueue queue;
  private final Rebuilds rebuilds;
  private final BuildFollowing following;
  private final LiveAnswers live;
  private final Pages pages;

  BuildPages(
      Accounts accounts,
      BuildRecords builds,
      BuildQueue queue,
      Rebuilds rebuilds,
      BuildFollowing following,
      LiveAnswers live,
      Pages pages) {
    this.accounts = accounts;
    this.builds = builds;
    this.queue = queue;
    this.rebuilds = rebuilds;
    this.following = following;
    this.live = live;
    this.pages = pages;
  }

  @Override
  public List<Route> routes() {
    // Which owner a build belongs to stands in its row; these look there.
    Access signedIn = Access.portal();
    return List.of(
        Route.get(LIST, signedIn, this::list),
        Route.get(BUILD, signedIn, this::show),
        Route.get(BUILD + "/log", signedIn, this::log),
        Route.post(BUILD + "/cancel", signedIn, this::cancel),
        Route.post(BUILD + "/retry", signedIn, this::retry));
  }

  private static String page(long build) {
    return LIST + "/" + build;
  }

  private Mono<ServerResponse> list(ServerRequest request) {
    BuildFilter filter = BuildFilter.of(request);
    Actor actor = Actor.of(request);
    return Mono.zip(
            builds.list(actor, filter.wanted(), filter.before(), LISTED + 1).collectList(),
            expectations())
        .flatMap(found -> {
          List<BuildRecords.Entry> all = found.getT1();
          List<BuildRecords.Entry> shown = all.subList(0, Math.min(LISTED, all.size()));
          String older = all.size() > LISTED ? filter.olderThan(shown.getLast().id()) : "";
          return pages.show(
              request,
              "builds.jte",
              Map.of(
                  "builds", shown,
                  "expected", found.getT2(),
                  "filter", filter,
                  "older", older));
        });
  }

  /** What is told of each build that is under way. */
  private Mono<Map<Long, String>> expectations() {
    return queue
        .underway()
        .map(all ->
            all.stream().collect(Collectors.toMap(BuildQueue.Underway::id, Expectation::words)));
  }

  private Mono<Boolean> mayRead(ServerRequest request) {
    return builds.of(Actor.of(request), Right.READ, request.pathVariable("build")).hasElement();
  }

  private Mono<BuildRecords.Entry> theirs(ServerRequest request, Right right) {
    return builds
        .of(Actor.of(request), right, request.pathVariable("build"))
        .switchIfEmpty(
            Mono.error(() ->
                new Refusal(
                    HttpStatus.NOT_FOUND,
                    "There is no such build, or it is not yours: %s lists those that are."
                        .formatted(LIST))));
  }

  private Mono<ServerResponse> show(ServerRequest request) {
    int after = lineNumber(request.queryParam("after").orElse(""));
    return theirs(request, Right.READ)
        .flatMap(build ->
            Mono.zip(
                    lines(build, after),
                    builds.stage(build.id()).defaultIfEmpty(""),
                    queue.underway(build.id()).map(Expectation::words).defaultIfEmpty(""),
                    accounts.may(Actor.of(request), Right.DEPLOY, new OwnerName(build.owner())))
                .flatMap(found -> {
                  List<StageLog.Entry> lines = found.getT1();
                  int shown = lines.isEmpty() ? after : lines.getLast().number();
                  Map<String, Object> values = new LinkedHashMap<>();
                  values.put("build", build);
                  values.put("steps", BuildStep.of(build, found.getT2()));
                  values.put("expected", found.getT3());
                  values.put("lines", LogLine.of(lines, build.createdAt()));
                  values.put("after", shown);
                  values.put("more", lines.size() == LINES_AT_ONCE);
                  values.put("grows", !build.state().ended() || lines.size() == LINES_AT_ONCE);
                  values.put("cancels", found.getT4() && isCancellable(build));
                  values.put("retries", found.getT4() && isRepeatable(build));
                  return pages.show(request, "build.jte", values);
                }));
  }

  private Mono<List<StageLog.Entry>> lines(BuildRecords.Entry build, int after) {
    return build.logKept() ? builds.log(build.id(), after).collectList() : Mono.just(List.of());
  }

  private static boolean isCancellable(BuildRecords.Entry build) {
    return build.state() == Build.State.WAITING || build.state() == Build.State.BUILDING;
  }

  private static boolean isRepeatable(BuildRecords.Entry build) {
    return build.state().ended() && build.state() != Build.State.LIVE;
  }

  private static int lineNumber(String text) {
    return text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : 0;
  }

  /** The log as it grows. */
  private Mono<ServerResponse> log(ServerRequest request) {
    int after = lineNumber(LiveAnswers.place(request));
    Standing.alsoOn(request.exchange(), mayRead(request));
    return theirs(request, Right.READ)
        .flatMap(build ->
            live.answer(request, out -> following.follow(build.id(), after, sink(build, out))));
  }

  private BuildFollowing.Sink sink(BuildRecords.Entry build, LiveAnswers.Writer out) {
    return new BuildFollowing.Sink() {
      @Override
      public void lines(List<StageLog.Entry> lines) throws IOException {
        out.lines(
            String.valueOf(lines.getLast().number()),
            pages.html("loglines.jte", Map.of("lines", LogLine.of(lines, build.createdAt()))));
      }

      @Override
      public void build(BuildRecords.Entry changed) {
        // the page looks at all of it every few seconds
      }

      @Override
      public void nothing() throws IOException {
        out.nothing();
      }
    };
  }

  private Mono<ServerResponse> cancel(ServerRequest request) {
    return theirs(request, Right.DEPLOY)
        .flatMap(build ->
            pages.change(
                request, page(build.id()), builds.cancel(build.id(), Actor.of(request).name())));
  }

  private Mono<ServerResponse> retry(ServerRequest request) {
    return theirs(request, Right.DEPLOY)
        .flatMap(build ->
            rebuilds
                .again(build.id(), Actor.of(request).name())
                .flatMap(made -> Pages.lead(page(made)))
                .onErrorResume(Refused.class, e -> pages.refused(request, page(build.id()), e)));
  }
}
