package lmnop.controlplane;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import lmnop.controlplane.accounts.Accounts;
import lmnop.controlplane.accounts.ApiTokens;
import lmnop.controlplane.accounts.Gate;
import lmnop.controlplane.accounts.InvokeTokens;
import lmnop.controlplane.accounts.Sessions;
import lmnop.controlplane.api.Api;
import lmnop.controlplane.audit.AuditRecords;
import lmnop.controlplane.builds.BuildRecords;
import lmnop.controlplane.builds.FunctionUrls;
import lmnop.controlplane.builds.Rebuilds;
import lmnop.controlplane.crashes.Crashes;
import lmnop.controlplane.deletions.Deletions;
import lmnop.controlplane.domains.Domains;
import lmnop.controlplane.functions.FunctionStore;
import lmnop.controlplane.git.Repositories;
import lmnop.controlplane.identities.Identities;
import lmnop.controlplane.logs.FunctionLogs;
import lmnop.controlplane.overview.Overview;
import lmnop.controlplane.portal.Portal;
import lmnop.controlplane.releases.ReleaseHistory;
import lmnop.controlplane.releases.Routers;
import lmnop.controlplane.repositories.RepositoryBrowser;
import lmnop.controlplane.revisions.Revisions;
import lmnop.controlplane.scaling.Scaling;
import lmnop.controlplane.secrets.Secrets;
import lmnop.controlplane.state.HealthWatch;
import lmnop.controlplane.templates.Templates;
import lmnop.controlplane.usage.Usage;
import lmnop.controlplane.usage.UsageSampler;
import lmnop.controlplane.web.Crossing;
import lmnop.controlplane.web.WebFeature;
import lmnop.controlplane.web.WebServer;
import lmnop.operations.credentials.CredentialFile;
import lmnop.operations.database.Database;
import lmnop.operations.lifecycle.Loop;
import lmnop.operations.lifecycle.Pace;
import lmnop.operations.lifecycle.Parts;
import lmnop.operations.management.Checks;
import lmnop.providerapi.FunctionProvider;

/**
 * The listener that people, git and programs reach. The portal and the API show and change the same
 * things, over the same facades.
 */
final class PublicListener {
  private static final Duration ANSWERS_LOOK = Duration.ofMinutes(10);
  private static final Duration USAGE_LOOK = Duration.ofSeconds(10);
  private static final Duration DOMAINS_LOOK = Duration.ofSeconds(30);
  private static final Duration AUDIT_LOOK = Duration.ofHours(6);
  private static final Duration HEALTH_LOOK = Duration.ofSeconds(5);
  private static final Duration SWEEP = Duration.ofSeconds(30);
  private static final int LOOKS_AT_ONCE = 8; // each may hold some megabytes
  private static final int DOWNLOADS_AT_ONCE = 32;
  private static final int IDENTITIES_AT_ONCE = 16;
  private static final int PAGES_AT_ONCE = 16;
  private static final int CALLS_AT_ONCE = 32;
  private static final int STREAMS_AT_ONCE = 500;

  private PublicListener() {}

  /**
   * What is there before it.
   *
   * @param forPrograms what else it answers, to git and to other clients
   */
  record Needs(
      ControlPlaneSettings settings,
      Database database,
      SecureRandom random,
      Accounts accounts,
      FunctionUrls urls,
      FunctionProvider provider,
      Revisions revisions,
      Deletions deletions,
      Repositories repositories,
      FunctionStore functions,
      Secrets secrets,
      Templates templates,
      Checks health,
      List<WebFeature> forPrograms) {}

  /** What the portal and the API have in common. */
  private record Shared(
      Overview overview,
      BuildRecords builds,
      Rebuilds rebuilds,
      Crashes crashes,
      Scaling scaling,
      FunctionLogs logs,
      ReleaseHistory releases,
      Domains domains,
      Usage usage,
      InvokeTokens invokeTokens,
      HealthWatch health,
      Crossing calls,
      Crossing streams) {
    static Shared of(Parts parts, Needs needs) {
      Database database = needs.database();
      Crossing calls = parts.add("api", new Crossing("api", CALLS_AT_ONCE));
      return new Shared(
          new Overview(database, needs.urls()),
          new BuildRecords(database),
          new Rebuilds(
              database,
              needs.repositories(),
              needs.templates(),
              calls,
              needs.functions(),
              needs.settings().previews()),
          new Crashes(database, needs.provider()),
          new Scaling(database, needs.provider()),
          new FunctionLogs(database, needs.provider()),
          new ReleaseHistory(database),
          PublicListener.domains(parts, needs),
          new Usage(database, Clock.systemUTC()),
          new InvokeTokens(database, needs.random()),
          PublicListener.health(parts, needs),
          calls,
          parts.add("streams", new Crossing("streams", STREAMS_AT_ONCE)));
    }
  }

  static WebServer start(Parts parts, Needs needs) {
    Database database = needs.database();
    ControlPlaneSettings settings = needs.settings();
    ApiTokens tokens = new ApiTokens(database, needs.random());
    Sessions sessions =
        new Sessions(
            database,
            needs.random(),
            settings.sessions(),
            settings.proxySignIn(),
            needs.accounts());
    Shared shared = Shared.of(parts, needs);
    startSampling(parts, needs);
    Crossing downloads = parts.add("downloads", new Crossing("downloads", DOWNLOADS_AT_ONCE));
    RepositoryBrowser repositories = repositories(parts, needs, downloads);
    Portal portal = portal(parts, needs, shared, sessions, tokens, repositories, downloads);
    Api api = api(needs, shared, sessions, tokens, repositories);
    parts.add(
        "answered-requests", Loop.start("answered-requests", ANSWERS_LOOK, api::forgetAnswers));
    return parts.add(
        "public",
        WebServer.start(
            "public",
            settings.listen(),
            new Gate(needs.accounts(), tokens, sessions),
            Stream.concat(needs.forPrograms().stream(), Stream.of(portal, api)).toList(),
            portal.errors()));
  }

  private static void startSampling(Parts parts, Needs needs) {
    UsageSampler sampler =
        new UsageSampler(
            routers(needs), needs.database(), UUID.randomUUID().toString(), Clock.systemUTC());
    parts.add("usage", Loop.start("usage", USAGE_LOOK, sampler::sample));
  }

  private static Routers routers(Needs needs) {
    return new Routers(
        needs.database(), new CredentialFile(needs.settings().routerTokenFile()).read());
  }

  private static Portal portal(
      Parts parts,
      Needs needs,
      Shared shared,
      Sessions sessions,
      ApiTokens tokens,
      RepositoryBrowser repositories,
      Crossing downloads) {
    return new Portal(
        new Portal.Needs(
            needs.database(),
            needs.urls(),
            needs.accounts(),
            sessions,
            tokens,
            shared.invokeTokens(),
            shared.overview(),
            needs.revisions(),
            shared.releases(),
            shared.builds(),
            shared.rebuilds(),
            shared.crashes(),
            shared.scaling(),
            shared.logs(),
            needs.deletions(),
            shared.domains(),
            shared.usage(),
            identities(parts, needs),
            repositories,
            needs.secrets(),
            audit(parts, needs),
            shared.health(),
            routers(needs),
            Pace.real(),
            Clock.systemUTC(),
            parts.add("pages", new Crossing("pages", PAGES_AT_ONCE)),
            downloads,
            shared.streams()));
  }

  private static RepositoryBrowser repositories(Parts parts, Needs needs, Crossing downloads) {
    return new RepositoryBrowser(
        needs.repositories(),
        needs.functions(),
        needs.database(),
        parts.add("repository-looks", new Crossing("pages of repositories", LOOKS_AT_ONCE)),
        downloads);
  }

  private static AuditRecords audit(Parts parts, Needs needs) {
    AuditRecords records = new AuditRecords(needs.database());
    Duration keep = needs.settings().audit().keep();
    parts.add("audit", Loop.start("audit", AUDIT_LOOK, () -> records.sweep(keep).block(SWEEP)));
    return records;
  }

  private static HealthWatch health(Parts parts, Needs needs) {
    HealthWatch watch = new HealthWatch(needs.health(), Clock.systemUTC());
    parts.add("health-watch", Loop.start("health-watch", HEALTH_LOOK, watch::look));
    return watch;
  }

  private static Api api(
      Needs needs,
      Shared shared,
      Sessions sessions,
      ApiTokens tokens,
      RepositoryBrowser repositories) {
    Database database = needs.database();
    return new Api(
        new Api.Needs(
            database,
            needs.accounts(),
            sessions,
            repositories,
            shared.overview(),
            needs.revisions(),
            shared.releases(),
            shared.builds(),
            shared.rebuilds(),
            shared.crashes(),
            needs.deletions(),
            shared.domains(),
            shared.scaling(),
            shared.logs(),
            needs.templates(),
            routers(needs),
            shared.usage(),
            needs.secrets(),
            tokens,
            shared.invokeTokens(),
            shared.health(),
            Pace.real(),
            shared.calls(),
            shared.streams()));
  }

  private static Identities identities(Parts parts, Needs needs) {
    ControlPlaneSettings settings = needs.settings();
    return new Identities(
        needs.database(),
        settings.identityProviders(),
        settings.portalUrl(),
        needs.random(),
        Clock.systemUTC(),
        parts.add("identities", new Crossing("identities", IDENTITIES_AT_ONCE)));
  }

  private static Domains domains(Parts parts, Needs needs) {
    ControlPlaneSettings settings = needs.settings();
    Domains domains =
        parts.add(
            "domains",
            new Domains(needs.database(), needs.random(), settings.domains(), settings.ownHosts()));
    parts.add("domain-proofs", Loop.start("domain-proofs", DOMAINS_LOOK, domains::sweep));
    return domains;
  }
}
