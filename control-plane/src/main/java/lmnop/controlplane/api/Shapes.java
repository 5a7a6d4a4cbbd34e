package lmnop.controlplane.api;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import lmnop.controlplane.builds.BuildQueue;
import lmnop.controlplane.builds.BuildRecords;
import lmnop.controlplane.configuration.FunctionConfiguration;
import lmnop.controlplane.crashes.FunctionCrash;
import lmnop.controlplane.domains.Domain;
import lmnop.controlplane.overview.Difference;
import lmnop.controlplane.overview.FunctionLine;
import lmnop.controlplane.overview.FunctionView;
import lmnop.controlplane.overview.Setting;
import lmnop.controlplane.releases.ReleaseHistory;
import lmnop.controlplane.releases.StageLog;
import lmnop.controlplane.revisions.Asked;
import lmnop.controlplane.revisions.Revision;
import lmnop.controlplane.state.Apps;
import lmnop.controlplane.state.HealthWatch;
import lmnop.controlplane.templates.OfferedTemplate;
import lmnop.controlplane.usage.Usage;
import lmnop.controlplane.usage.UsagePoint;
import lmnop.providerapi.Crash;
import org.jspecify.annotations.Nullable;

/** What is answered, member by member, as {@code openapi.yaml} describes it. */
final class Shapes {
  private Shapes() {}

  static Map<String, @Nullable Object> of(@Nullable Object... namesAndValues) {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      Object value = namesAndValues[i + 1];
      members.put(
          String.valueOf(namesAndValues[i]),
          value instanceof Instant moment ? moment.toString() : value);
    }
    return members;
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  static Object function(FunctionLine line, Usage.Total lastHour) {
    Map<String, @Nullable Object> members = members(line);
    members.put("requestsLastHour", lastHour.requests());
    members.put("errorsLastHour", lastHour.errors());
    return members;
  }

  private static Map<String, @Nullable Object> members(FunctionLine line) {
    return of(
        "owner", line.owner(),
        "name", line.name(),
        "url", line.url(),
        "state", line.state().word(),
        "revision", line.revision(),
        "commit", line.commit(),
        "since", line.releasedAt(),
        "wantedInstances", line.wanted(),
        "readyInstances", line.instances(),
        "note", line.note());
  }

  static Object function(FunctionView view) {
    Map<String, @Nullable Object> members = members(view.line());
    members.put("createdAt", view.createdAt().toString());
    members.put("repository", view.repository());
    members.put("branch", view.branch());
    members.put("routes", view.routes().stream().map(Shapes::route).toList());
    members.put("traffic", view.traffic().stream().map(Shapes::share).toList());
    return members;
  }

  static Object route(FunctionView.Route route) {
    return of(
        "url", route.url(),
        "host", route.host(),
        "pathPrefix", route.pathPrefix(),
        "kind", route.kind(),
        "verified", route.verified(),
        "revision", route.revision(),
        "branch", route.branch(),
        "expiresAt", route.expiresAt());
  }

  static Object domain(Domain domain) {
    return of(
        "host", domain.host().value(),
        "state", domain.state(),
        "recordName", domain.recordName(),
        "path", domain.path(),
        "proof", domain.proof(),
        "verifiedAt", domain.verifiedAt(),
        "checkedAt", domain.checkedAt(),
        "missedAt", domain.missedAt(),
        "problem", domain.problem());
  }

  private static Object share(FunctionView.Share share) {
    return of(
        "revision", share.revision(),
        "commit", share.commit(),
        "percent", share.weight(),
        "since", share.since(),
        "wantedInstances", share.wanted(),
        "readyInstances", share.instances(),
        "reason", share.reason(),
        "chosenBy", share.chosenBy(),
        "scaledBecause", share.scaledBecause(),
        "scaledAt", share.scaledAt());
  }

  static Object revision(Revision revision) {
    Revision.Preview preview = revision.preview();
    return of(
        "number", revision.number(),
        "commit", revision.commit(),
        "pusher", revision.actor(),
        "createdAt", revision.createdAt(),
        "state", word(revision.state()),
        "percent", revision.weight(),
        "rolledBackBy", revision.rolledBackBy(),
        "preview",
            preview == null
                ? null
                : of(
                    "branch", preview.branch(),
                    "host", preview.host(),
                    "until", preview.until()));
  }

  static Object release(ReleaseHistory.Entry release) {
    return of(
        "id", release.id(),
        "cause", release.cause(),
        "actor", release.actor(),
        "state", release.state(),
        "revision", release.revision(),
        "commit", release.commit(),
        "percent", release.weight(),
        "previousRevision", release.previous(),
        "build", release.build(),
        "stage", release.stage(),
        "fault", release.fault(),
        "message", release.message(),
        "askedAt", release.askedAt(),
        "switchedAt", release.switchedAt(),
        "endedAt", release.endedAt());
  }

  static Object asked(Asked asked) {
    return of(
        "release", asked.release(),
        "revision", asked.number(),
        "commit", asked.commit(),
        "waitsFor", asked.waitsFor());
  }

  /** A build that has ended, or of which nobody asks where it stands. */
  static Object build(BuildRecords.Entry build) {
    return build(build, null);
  }

  /**
   * A build.
   *
   * @param underway where it stands; null if it has ended
   */
  static Object build(BuildRecords.Entry build, BuildQueue.@Nullable Underway underway) {
    Duration left = underway == null ? null : underway.left();
    return of(
        "id", build.id(),
        "owner", build.owner(),
        "repository", build.repository(),
        "functions", build.functions(),
        "ref", build.ref(),
        "commit", build.commit(),
        "pusher", build.pusher(),
        "preview", build.preview(),
        "state", build.state().name(),
        "stage", build.stage(),
        "fault", build.fault(),
        "message", build.message(),
        "supersededBy", build.supersededBy(),
        "logKept", build.logKept(),
        "createdAt", build.createdAt(),
        "startedAt", build.startedAt(),
        "endedAt", build.finishedAt(),
        "place", underway == null || underway.place() == 0 ? null : underway.place(),
        "waiting", underway == null ? null : underway.waiting(),
        "secondsLeft", left == null ? null : left.toSeconds());
  }

  static Object logLine(StageLog.Entry line, String text) {
    return of("number", line.number(), "at", line.at(), "stage", line.stage(), "text", text);
  }

  static Object crash(FunctionCrash seen) {
    Crash crash = seen.crash();
    return of(
        "number", crash.number(),
        "revision", seen.revision(),
        "commit", seen.commit(),
        "instance", crash.instance(),
        "how", seen.how(),
        "exitCode", crash.exitCode(),
        "signal", crash.signal(),
        "limits", crash.limits(),
        "memoryPeakBytes", crash.memoryPeak(),
        "memoryLimitBytes", crash.memoryLimit(),
        "times", crash.times(),
        "firstAt", crash.firstAt(),
        "lastAt", crash.lastAt(),
        "startedAt", crash.startedAt(),
        "lines", seen.lines());
  }

  static Object template(OfferedTemplate template) {
    return of(
        "name", template.name(),
        "aliases", template.aliases(),
        "digest", template.digest().toString(),
        "builtIn", template.builtIn(),
        "commit", template.commit(),
        "updatedAt", template.updatedAt());
  }

  static Object usage(Usage.Window window, List<UsagePoint> points) {
    return of(
        "window", word(window),
        "stepSeconds", window.step().toSeconds(),
        "points", points.stream().map(Shapes::point).toList());
  }

  private static Object point(UsagePoint point) {
    return of(
        "at", point.at(),
        "requests", point.requests(),
        "errors", point.errors(),
        "secondsOfHalf", point.seconds(0.5),
        "secondsOf95", point.seconds(0.95),
        "secondsOf99", point.seconds(0.99),
        "instances", point.instances());
  }

  static Object configuration(
      int revision, FunctionConfiguration configuration, Map<String, Duration> routers) {
    return of(
        "revision", revision,
        "template", configuration.template(),
        "settings", Setting.all(configuration, routers).stream().map(Shapes::setting).toList(),
        "environment", configuration.environment(),
        "secrets", configuration.secrets(),
        "options", configuration.options(),
        "labels", configuration.labels(),
        "annotations", configuration.annotations());
  }

  private static Object setting(Setting setting) {
    return of("key", setting.key(), "value", setting.value(), "from", setting.origin());
  }

  static Object difference(Difference difference) {
    return of("key", difference.key(), "before", difference.before(), "after", difference.after());
  }

  static Object part(HealthWatch.Part part, boolean withWords) {
    return of(
        "name", part.name(),
        "ok", part.ok(),
        "since", part.since(),
        "words", withWords ? part.words() : null);
  }

  static Object apps(Apps.Heard heard) {
    return of(
        "routers", heard.routers().stream().map(Shapes::router).toList(),
        "engines", heard.providers().stream().map(Shapes::engine).toList(),
        "workers", heard.workers().stream().map(Shapes::worker).toList());
  }

  private static Object router(Apps.Router router) {
    return of(
        "id", router.id(),
        "managementAddress", router.address(),
        "live", router.live(),
        "changesBehind", router.behind(),
        "seenAt", router.seenAt());
  }

  private static Object engine(Apps.Provider provider) {
    return of(
        "id", provider.id(),
        "kind", provider.engine(),
        "live", provider.live(),
        "seenAt", provider.seenAt());
  }

  private static Object worker(Apps.Worker worker) {
    return of(
        "name", worker.name(),
        "building", worker.building(),
        "builds", worker.builds(),
        "seenAt", worker.seenAt());
  }

  static Object scaled(int revision, int instances) {
    return of("revision", revision, "wantedInstances", instances);
  }

  static Object givenBack(@Nullable String actor) {
    return of("wasChosenBy", actor);
  }

  static Object deletion(long id) {
    return of("deletion", id);
  }
}
