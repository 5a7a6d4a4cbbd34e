package lmnop.controlplane;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import lmnop.controlplane.accounts.Accounts;
import lmnop.controlplane.accounts.Members;
import lmnop.controlplane.backup.Restore;
import lmnop.controlplane.builds.ArtifactKind;
import lmnop.controlplane.builds.Builds;
import lmnop.controlplane.builds.FunctionUrls;
import lmnop.controlplane.deletions.Deletions;
import lmnop.controlplane.functions.FunctionStore;
import lmnop.controlplane.gateway.DeployedImages;
import lmnop.controlplane.gateway.Deployments;
import lmnop.controlplane.gateway.GatewayApi;
import lmnop.controlplane.git.Fetches;
import lmnop.controlplane.git.GitApi;
import lmnop.controlplane.git.NewRepositories;
import lmnop.controlplane.git.PushedFunctions;
import lmnop.controlplane.git.Pushes;
import lmnop.controlplane.git.Repositories;
import lmnop.controlplane.git.RepositoryRows;
import lmnop.controlplane.git.UnclaimedRepositories;
import lmnop.controlplane.logs.FunctionLogs;
import lmnop.controlplane.releases.Drains;
import lmnop.controlplane.releases.Reinstatement;
import lmnop.controlplane.releases.ReleaseRun;
import lmnop.controlplane.releases.Releases;
import lmnop.controlplane.releases.Routers;
import lmnop.controlplane.releases.WorkloadNames;
import lmnop.controlplane.revisions.Retention;
import lmnop.controlplane.revisions.Revisions;
import lmnop.controlplane.scaling.Scaling;
import lmnop.controlplane.secrets.DeliveredSecrets;
import lmnop.controlplane.secrets.Secrets;
import lmnop.controlplane.state.Health;
import lmnop.controlplane.templates.AddedTemplates;
import lmnop.controlplane.templates.ListedTemplates;
import lmnop.controlplane.templates.Templates;
import lmnop.controlplane.web.Crossing;
import lmnop.controlplane.web.Entrance;
import lmnop.controlplane.web.WebServer;
import lmnop.operations.credentials.CredentialFile;
import lmnop.operations.credentials.Token;
import lmnop.operations.database.Database;
import lmnop.operations.database.Migrations;
import lmnop.operations.database.Notices;
import lmnop.operations.lifecycle.Loop;
import lmnop.operations.lifecycle.Pace;
import lmnop.operations.lifecycle.Parts;
import lmnop.operations.management.Checks;
import lmnop.operations.settings.Settings;
import lmnop.operations.settings.SettingsException;
import lmnop.providerapi.HttpFunctionProvider;
import lmnop.tasks.TaskClaimer;
import lmnop.tasks.TaskQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The control plane: what it is made of, in the order in which it starts. */
public final class ControlPlaneMain {
  private static final Logger log = LoggerFactory.getLogger(ControlPlaneMain.class);
  private static final Duration LEASE = Duration.ofSeconds(15);
  private static final Duration ABANDONED_LOOK = Duration.ofSeconds(10);
  private static final Duration DELETIONS_LOOK = Duration.ofSeconds(1);
  private static final Duration PREVIEWS_LOOK = Duration.ofSeconds(5);
  private static final Duration SECRETS_LOOK = Duration.ofSeconds(10);
  private static final Duration TEMPLATES_LOOK = Duration.ofMinutes(1);
  private static final int RELEASES_AT_ONCE = 8;
  private static final int SOURCES_AT_ONCE = 32;
  private static final int STREAMS_AT_ONCE = 500;
  private static final int CALLS_AT_ONCE = 32;

  private ControlPlaneMain() {}

  /** Runs until the process is asked to end. */
  public static void main(String[] arguments) throws Exception {
    try (Parts parts = new Parts("control-plane")) {
      start(parts, Settings.load(ControlPlaneSettings.class, arguments));
      parts.runUntilStopped();
    } catch (SettingsException e) {
      System.err.println(e.getMessage());
      System.exit(2);
    }
  }

  /** Starts everything; returns the public listener. */
  static WebServer start(Parts parts, ControlPlaneSettings settings) throws Exception {
    prepareSchema(settings);
    SecureRandom random = new SecureRandom();
    Database database = parts.add("database", new Database(settings.database()));
    Accounts accounts = accounts(parts, settings, database, random);
    Repositories repositories = parts.add("repositories", new Repositories(settings.data()));
    FunctionStore functions = new FunctionStore(database, settings.appsDomain());
    RepositoryRows rows = rows(parts, database, repositories, functions);
    Templates templates = new Templates(settings.templates(), database);
    FunctionUrls urls = new FunctionUrls(database, settings.publicUrl(), settings.appsDomain());
    HttpFunctionProvider provider = parts.add("provider", provider(settings.provider()));
    Secrets secrets = secrets(parts, settings, database, provider, random);
    Builds builds =
        deployments(
            parts,
            settings,
            database,
            repositories,
            functions,
            templates,
            secrets,
            urls,
            provider,
            random);
    GitApi git = gitApi(parts, settings, repositories, functions, rows, templates, secrets, builds);
    Deletions deletions = deletions(parts, database, repositories, provider);
    startBeside(parts, settings, database, builds);
    GatewayApi gateway =
        gateway(
            parts,
            settings,
            database,
            accounts,
            functions,
            new NewRepositories(repositories, rows),
            secrets,
            provider,
            deletions,
            random);
    WebServer open =
        PublicListener.start(
            parts,
            new PublicListener.Needs(
                settings,
                database,
                random,
                accounts,
                urls,
                provider,
                revisions(database, random),
                deletions,
                repositories,
                functions,
                secrets,
                templates,
                health(settings, database, provider),
                List.of(git, gateway)));
    Management.start(parts, settings, database, health(settings, database, provider));
    return open;
  }

  private static void prepareSchema(ControlPlaneSettings settings) {
    Migrations.apply(settings.schemaOwner());
    if (Restore.isUnfinished(settings.data())) {
      log.error("a restore did not come to its end: begin it again with ./lmnop restore FILE");
    }
  }

  private static Checks health(
      ControlPlaneSettings settings, Database database, HttpFunctionProvider provider) {
    return Health.of(
        database,
        provider::healthy,
        settings.data(),
        settings.git().freeDisk().toBytes(),
        () -> Restore.isUnfinished(settings.data()));
  }

  private static Accounts accounts(
      Parts parts, ControlPlaneSettings settings, Database database, SecureRandom random) {
    Accounts accounts = parts.add("accounts", new Accounts(database, random));
    accounts.createFirst(settings.adminPasswordFile());
    return accounts;
  }

  /** Which repositories there are; files of what is none go. */
  private static RepositoryRows rows(
      Parts parts, Database database, Repositories repositories, FunctionStore functions) {
    RepositoryRows rows = new RepositoryRows(database, functions);
    parts.add(
        "unclaimed-repositories",
        new UnclaimedRepositories(repositories, rows, Clock.systemUTC()).start());
    return rows;
  }

  private static GitApi gitApi(
      Parts parts,
      ControlPlaneSettings settings,
      Repositories repositories,
      FunctionStore functions,
      RepositoryRows rows,
      Templates templates,
      Secrets secrets,
      Builds builds) {
    Pushes pushes =
        new Pushes(
            repositories,
            rows,
            new PushedFunctions(templates::names, secrets::known),
            builds,
            settings.git());
    Crossing git = parts.add("git", new Crossing("git", settings.git().places()));
    return new GitApi(functions, git, settings.git(), new Fetches(repositories), pushes);
  }

  private static void startBeside(
      Parts parts, ControlPlaneSettings settings, Database database, Builds builds)
      throws IOException {
    startRetention(parts, settings, database);
    startListedTemplates(parts, settings, database);
    startInternal(parts, settings, builds);
  }

  /** The listener that workers reach. */
  private static void startInternal(Parts parts, ControlPlaneSettings settings, Builds builds) {
    Crossing sources = parts.add("sources", new Crossing("sources", SOURCES_AT_ONCE));
    parts.add(
        "internal",
        WebServer.start(
            "internal",
            settings.internal(),
            Entrance.FOR_TASKS,
            List.of(builds.workerApi(sources))));
  }

  private static Deletions deletions(
      Parts parts, Database database, Repositories repositories, HttpFunctionProvider provider) {
    TaskQueue queue = new TaskQueue(database);
    Deletions deletions = new Deletions(database, queue, new Releases(database, queue));
    parts.add(
        "deletions",
        Loop.start("deletions", DELETIONS_LOOK, deletions.run(repositories, provider)::finish));
    return deletions;
  }

  private static Revisions revisions(Database database, SecureRandom random) {
    return new Revisions(
        database, new Releases(database, new TaskQueue(database)), new WorkloadNames(random));
  }

  /** What clients of OpenFaaS ask. */
  private static GatewayApi gateway(
      Parts parts,
      ControlPlaneSettings settings,
      Database database,
      Accounts accounts,
      FunctionStore functions,
      NewRepositories repositories,
      Secrets secrets,
      HttpFunctionProvider provider,
      Deletions deletions,
      SecureRandom random) {
    Deployments deployments =
        new Deployments(
            new Deployments.Needs(
                database,
                functions,
                repositories,
                new Releases(database, new TaskQueue(database)),
                secrets::known,
                parts.add("deployed-images", new DeployedImages(settings.images())),
                new WorkloadNames(random),
                Pace.real()));
    return new GatewayApi(
        new GatewayApi.Needs(
            database,
            accounts,
            new Members(database),
            deployments,
            deletions,
            new Scaling(database, provider),
            repositories,
            new FunctionLogs(database, provider),
            secrets,
            new Routers(database, new CredentialFile(settings.routerTokenFile()).read()),
            provider,
            parts.add("gateway", new Crossing("gateway", CALLS_AT_ONCE)),
            parts.add("gateway-logs", new Crossing("gateway-logs", STREAMS_AT_ONCE))));
  }

  private static Secrets secrets(
      Parts parts,
      ControlPlaneSettings settings,
      Database database,
      HttpFunctionProvider provider,
      SecureRandom random) {
    Secrets secrets =
        new Secrets(database, settings.masterKeyFile(), random, revisions(database, random));
    secrets.prepare();
    DeliveredSecrets delivered = new DeliveredSecrets(database, provider);
    parts.add("secrets", Loop.start("delivered-secrets", SECRETS_LOOK, delivered::sweep));
    return secrets;
  }

  private static HttpFunctionProvider provider(ControlPlaneSettings.Provider at) {
    return new HttpFunctionProvider(at.url(), "operator", new CredentialFile(at.operatorFile()));
  }

  private static void startListedTemplates(
      Parts parts, ControlPlaneSettings settings, Database database) throws IOException {
    if (!settings.templateSources().isEmpty()) {
      AddedTemplates added = new AddedTemplates(database, settings.templates(), settings.data());
      ListedTemplates listed = new ListedTemplates(added, settings.templateSources());
      parts.add("templates", Loop.start("listed-templates", TEMPLATES_LOOK, listed::add));
    }
  }

  private static void startRetention(
      Parts parts, ControlPlaneSettings settings, Database database) {
    Path artifacts = settings.artifacts();
    if (artifacts != null) {
      Retention retention =
          new Retention(database, artifacts, settings.retention(), Clock.systemUTC());
      parts.add(
          "retention", Loop.start("retention", settings.retention().every(), retention::collect));
    }
  }

  /** What turns pushes into releases, and what works on them in the background. */
  private static Builds deployments(
      Parts parts,
      ControlPlaneSettings settings,
      Database database,
      Repositories repositories,
      FunctionStore functions,
      Templates templates,
      Secrets secrets,
      FunctionUrls urls,
      HttpFunctionProvider provider,
      SecureRandom random) {
    TaskQueue queue = new TaskQueue(database);
    Releases releases = new Releases(database, queue);
    Token routerToken = new CredentialFile(settings.routerTokenFile()).read();
    Token operator = new CredentialFile(settings.provider().operatorFile()).read();
    Routers routers = new Routers(database, routerToken);
    Builds builds =
        parts.add(
            "builds",
            new Builds(
                new Builds.Needs(
                    database,
                    queue,
                    functions,
                    templates,
                    repositories,
                    releases,
                    routers,
                    urls,
                    Clock.systemUTC(),
                    new ArtifactKind(provider),
                    new WorkloadNames(random),
                    settings.builds(),
                    settings.previews(),
                    List.of(routerToken.value(), operator.value()),
                    secrets::ofRepository)));
    Drains drains = releases.drains(provider);
    ReleaseRun run =
        releases.run(drains, provider, repositories, secrets, Pace.real(), settings.releases());
    Reinstatement reinstatement = releases.reinstatement(provider, secrets);
    parts.add("previews", Loop.start("previews", PREVIEWS_LOOK, releases.previews()::sweep));
    parts.add(
        "abandoned-releases", Loop.start("abandoned-releases", ABANDONED_LOOK, run::endAbandoned));
    TaskClaimer claimer =
        parts.add(
            "releases",
            TaskClaimer.start(
                queue,
                List.of(ReleaseRun.KIND, Drains.KIND, Reinstatement.KIND),
                "control-plane " + ProcessHandle.current().pid(),
                LEASE,
                RELEASES_AT_ONCE,
                (task, lease) ->
                    switch (task.kind()) {
                      case ReleaseRun.KIND -> run.work(task, lease);
                      case Drains.KIND -> drains.work(task, lease);
                      default -> reinstatement.work(task, lease);
                    }));
    parts.add("notices", Notices.listen(database, Signals.CHANNELS, new Signals(builds, claimer)));
    return builds;
  }
}
