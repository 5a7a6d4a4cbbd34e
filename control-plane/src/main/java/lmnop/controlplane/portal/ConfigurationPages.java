package lmnop.controlplane.portal;

import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import lmnop.controlplane.accounts.Accounts;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.builds.BuildRecords;
import lmnop.controlplane.configuration.FunctionConfiguration;
import lmnop.controlplane.overview.Difference;
import lmnop.controlplane.overview.FunctionView;
import lmnop.controlplane.overview.Overview;
import lmnop.controlplane.overview.Setting;
import lmnop.controlplane.releases.ReleaseHistory;
import lmnop.controlplane.releases.Routers;
import lmnop.controlplane.revisions.Revision;
import lmnop.controlplane.revisions.Revisions;
import lmnop.controlplane.web.Access;
import lmnop.controlplane.web.Crossing;
import lmnop.controlplane.web.NamedFunction;
import lmnop.controlplane.web.Refusal;
import lmnop.controlplane.web.Right;
import lmnop.controlplane.web.Route;
import lmnop.controlplane.web.WebFeature;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** How a function is configured, and what each of its releases changed of that. */
final class ConfigurationPages implements WebFeature {
  private static final int LISTED = 20;

  private final Accounts accounts;
  private final Overview overview;
  private final Revisions revisions;
  private final ReleaseHistory releases;
  private final Routers routers;
  private final Crossing crossing;
  private final Pages pages;

  ConfigurationPages(
      Accounts accounts,
      Overview overview,
      Revisions revisions,
      ReleaseHistory releases,
      Routers routers,
      Crossing crossing,
      Pages pages) {
    this.accounts = accounts;
    this.overview = overview;
    this.revisions = revisions;
    this.releases = releases;
    this.routers = routers;
    this.crossing = crossing;
    this.pages = pages;
  }

  @Override
  public List<Route> routes() {
    Access reader = Access.portal().reader();
    String function = "/functions/{owner}/{function}";
    return List.of(
        Route.get(function + "/configuration", reader, this::configuration),
        Route.get(function + "/releases", reader, this::releases));
  }

  private Mono<ServerResponse> configuration(ServerRequest request) {
    NamedFunction named = NamedFunction.of(request);
    int asked = asked(request);
    return overview
        .one(named.owner(), named.function())
        .switchIfEmpty(Mono.error(() -> RevisionPages.unknown(named)))
        .flatMap(function -> {
          int number = asked > 0 ? asked : current(function);
          return Mono.zip(
                  overview.configurations(named.owner(), named.function(), Set.of(number)),
                  crossing.call(routers::defaults))
              .flatMap(
                  found -> configuration(request, named, number, found.getT1(), found.getT2()));
        });
  }

  /** The one with the largest share; none is 0, which no revision is. */
  private static int current(FunctionView function) {
    Integer revision = function.line().revision();
    return revision == null ? 0 : revision;
  }

  private static int asked(ServerRequest request) {
    String text = request.queryParam("revision").orElse("");
    if (!text.matches("([1-9][0-9]{0,8})?")) {
      throw new Refusal(HttpStatus.BAD_REQUEST, "'%s' is no number of a revision.".formatted(text));
    }
    return text.isEmpty() ? 0 : Integer.parseInt(text);
  }

  private Mono<ServerResponse> configuration(
      ServerRequest request,
      NamedFunction named,
      int number,
      Map<Integer, FunctionConfiguration> found,
      Map<String, Duration> routers) {
    Map<String, Object> values = named(named);
    values.put("number", number);
    FunctionConfiguration configuration = found.get(number);
    if (configuration != null) {
      values.put("configuration", configuration);
      values.put("times", Setting.times(configuration, routers));
      values.put("instances", Setting.instances(configuration));
      values.put("calls", Setting.calls(configuration));
    }
    return pages.show(request, "configuration.jte", values);
  }

  private static Map<String, Object> named(NamedFunction named) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("owner", named.owner().value());
    values.put("name", named.function().value());
    return values;
  }

  private Mono<ServerResponse> releases(ServerRequest request) {
    NamedFunction named = NamedFunction.of(request);
    String before = request.queryParam("before").orElse("");
    long last = BuildRecords.isNumber(before) ? Long.parseLong(before) : Long.MAX_VALUE;
    return Mono.zip(
            RevisionPages.kept(revisions, named),
            releases.of(named.owner(), named.function(), last, LISTED + 1).collectList(),
            accounts.may(Actor.of(request), Right.DEPLOY, named.owner()),
            overview
                .mark(named.owner(), named.function())
                .switchIfEmpty(Mono.error(() -> RevisionPages.unknown(named))))
        .flatMap(found -> {
          List<ReleaseHistory.Entry> all = found.getT2();
          List<ReleaseHistory.Entry> shown = all.subList(0, Math.min(LISTED, all.size()));
          Set<Integer> back = found.getT3() ? mayBeGoneBackTo(found.getT1()) : Set.of();
          return overview
              .configurations(named.owner(), named.function(), numbers(shown))
              .flatMap(configurations -> {
                List<ReleaseLine> lines =
                    shown.stream().map(one -> line(one, configurations, back)).toList();
                Map<String, Object> values = named(named);
                values.put("releases", lines);
                values.put("busy", lines.stream().anyMatch(ReleaseLine::isUnderWay));
                values.put("older", all.size() > LISTED ? "?before=" + shown.getLast().id() : "");
                return pages.show(request, "releases.jte", values);
              });
        });
  }

  private static Set<Integer> mayBeGoneBackTo(List<Revision> kept) {
    return kept.stream()
        .filter(Revision::mayBeRolledBackTo)
        .map(Revision::number)
        .collect(Collectors.toSet());
  }

  private static Set<Integer> numbers(List<ReleaseHistory.Entry> releases) {
    Set<Integer> numbers = new HashSet<>();
    for (ReleaseHistory.Entry release : releases) {
      numbers.add(release.revision());
      Integer previous = release.previous();
      if (previous != null) {
        numbers.add(previous);
      }
    }
    return numbers;
  }

  private static ReleaseLine line(
      ReleaseHistory.Entry release,
      Map<Integer, FunctionConfiguration> configurations,
      Set<Integer> back) {
    Integer previous = release.previous();
    FunctionConfiguration before = previous == null ? null : configurations.get(previous);
    FunctionConfiguration after = configurations.get(release.revision());
    List<Difference> changes =
        before == null || after == null ? List.of() : Difference.between(before, after);
    return ReleaseLine.of(release, changes, back.contains(release.revision()));
  }
}
