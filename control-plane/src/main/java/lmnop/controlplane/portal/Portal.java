package lmnop.controlplane.portal;

import java.time.Clock;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import lmnop.controlplane.accounts.Accounts;
import lmnop.controlplane.accounts.ApiTokens;
import lmnop.controlplane.accounts.InvokeTokens;
import lmnop.controlplane.accounts.Members;
import lmnop.controlplane.accounts.Sessions;
import lmnop.controlplane.audit.AuditRecords;
import lmnop.controlplane.builds.BuildFollowing;
import lmnop.controlplane.builds.BuildQueue;
import lmnop.controlplane.builds.BuildRecords;
import lmnop.controlplane.builds.FunctionUrls;
import lmnop.controlplane.builds.Rebuilds;
import lmnop.controlplane.crashes.Crashes;
import lmnop.controlplane.deletions.Deletions;
import lmnop.controlplane.domains.Domains;
import lmnop.controlplane.identities.Identities;
import lmnop.controlplane.logs.FunctionLogs;
import lmnop.controlplane.overview.Overview;
import lmnop.controlplane.releases.ReleaseHistory;
import lmnop.controlplane.releases.Routers;
import lmnop.controlplane.repositories.RepositoryBrowser;
import lmnop.controlplane.revisions.Revisions;
import lmnop.controlplane.scaling.Scaling;
import lmnop.controlplane.secrets.Secrets;
import lmnop.controlplane.state.Apps;
import lmnop.controlplane.state.HealthWatch;
import lmnop.controlplane.usage.Usage;
import lmnop.controlplane.web.Crossing;
import lmnop.controlplane.web.ErrorPage;
import lmnop.controlplane.web.Route;
import lmnop.controlplane.web.Streams;
import lmnop.controlplane.web.WebFeature;
import lmnop.operations.database.Database;
import lmnop.operations.lifecycle.Pace;

/** The portal: all of its pages, in one list. Each answers for addresses of its own. */
public final class Portal implements WebFeature {
  private final Pages pages;
  private final List<WebFeature> all;

  /**
   * What the pages show and change.
   *
   * @param crossing for what blocks and ends soon
   * @param downloads for answers that are files
   * @param streams for answers that go on; each takes a place while it does
   */
  public record Needs(
      Database database,
      FunctionUrls urls,
      Accounts accounts,
      Sessions sessions,
      ApiTokens apiTokens,
      InvokeTokens invokeTokens,
      Overview overview,
      Revisions revisions,
      ReleaseHistory releases,
      BuildRecords builds,
      Rebuilds rebuilds,
      Crashes crashes,
      Scaling scaling,
      FunctionLogs logs,
      Deletions deletions,
      Domains domains,
      Usage usage,
      Identities identities,
      RepositoryBrowser repositories,
      Secrets secrets,
      AuditRecords audit,
      HealthWatch health,
      Routers routers,
      Pace pace,
      Clock clock,
      Crossing crossing,
      Crossing downloads,
      Crossing streams) {}

  public Portal(Needs needs) {
    this.pages = new Pages(needs.clock());
    Members members = new Members(needs.database());
    LiveAnswers live =
        new LiveAnswers(new Streams(needs.streams(), UnaryOperator.identity()), needs.clock());
    this.all =
        Stream.of(
                functions(needs, members, live, pages),
                builds(needs, live, pages),
                platform(needs, members, pages),
                people(needs, members, pages))
            .flatMap(List::stream)
            .toList();
  }

  private static List<WebFeature> functions(
      Needs needs, Members members, LiveAnswers live, Pages pages) {
    Accounts accounts = needs.accounts();
    Overview overview = needs.overview();
    Crossing crossing = needs.crossing();
    return List.of(
        new FunctionListPage(overview, members, needs.usage(), pages),
        new FirstStepsPage(members, pages),
        new RevisionPages(
            accounts,
            overview,
            needs.revisions(),
            needs.urls(),
            new CrashLook(needs.crashes(), crossing),
            needs.deletions(),
            needs.usage(),
            pages),
        new LogPages(overview, needs.logs(), needs.clock(), crossing, live, pages),
        new ConfigurationPages(
            accounts,
            overview,
            needs.revisions(),
            needs.releases(),
            needs.routers(),
            crossing,
            pages),
        new DomainPages(accounts, overview, needs.domains(), crossing, pages),
        new TrafficForms(needs.revisions(), needs.scaling(), crossing, pages));
  }

  private static List<WebFeature> builds(Needs needs, LiveAnswers live, Pages pages) {
    return List.of(
        new BuildPages(
            needs.accounts(),
            needs.builds(),
            new BuildQueue(needs.database()),
            needs.rebuilds(),
            new BuildFollowing(needs.builds(), needs.pace()),
            live,
            pages));
  }

  private static List<WebFeature> platform(Needs needs, Members members, Pages pages) {
    return List.of(
        new PlatformPages(needs.health(), new Apps(needs.database()), pages),
        new RepositoryPages(needs.repositories(), pages),
        new SecretPages(needs.accounts(), needs.secrets(), pages),
        new AuditPages(needs.audit(), members, needs.downloads(), pages));
  }

  private static List<WebFeature> people(Needs needs, Members members, Pages pages) {
    return List.of(
        new OwnerPages(needs.accounts(), members, needs.invokeTokens(), pages),
        new UserPages(needs.accounts().users(), needs.crossing(), pages),
        new AccountPages(
            needs.sessions(),
            needs.apiTokens(),
            members,
            !needs.identities().choices().isEmpty(),
            pages),
        new SignInPages(needs.sessions(), needs.identities(), pages),
        new IdentityPages(needs.identities(), needs.sessions(), pages),
        new Assets(),
        new Schemas());
  }

  @Override
  public List<Route> routes() {
    return all.stream().flatMap(pages -> pages.routes().stream()).toList();
  }

  /** What browsers are shown where something is refused or fails. */
  public ErrorPage errors() {
    return pages::instead;
  }
}
