package lmnop.controlplane;

import io.r2dbc.spi.R2dbcException;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import lmnop.controlplane.accounts.ApiTokens;
import lmnop.controlplane.accounts.InvokeTokens;
import lmnop.controlplane.accounts.Misused;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.accounts.TokenCommand;
import lmnop.controlplane.accounts.UserCommand;
import lmnop.controlplane.accounts.Users;
import lmnop.controlplane.backup.Backup;
import lmnop.controlplane.backup.BackupCommand;
import lmnop.controlplane.backup.Restore;
import lmnop.controlplane.builds.BuildCommand;
import lmnop.controlplane.builds.FunctionUrls;
import lmnop.controlplane.crashes.CrashCommand;
import lmnop.controlplane.crashes.Crashes;
import lmnop.controlplane.deletions.DeletionCommand;
import lmnop.controlplane.deletions.Deletions;
import lmnop.controlplane.domains.DomainCommand;
import lmnop.controlplane.domains.Domains;
import lmnop.controlplane.git.Repositories;
import lmnop.controlplane.git.RepositoryCopies;
import lmnop.controlplane.logs.FunctionLogs;
import lmnop.controlplane.logs.LogsCommand;
import lmnop.controlplane.releases.Releases;
import lmnop.controlplane.releases.Routers;
import lmnop.controlplane.releases.WorkloadNames;
import lmnop.controlplane.revisions.ReleaseWatch;
import lmnop.controlplane.revisions.RevisionCommand;
import lmnop.controlplane.revisions.Revisions;
import lmnop.controlplane.secrets.SecretCommand;
import lmnop.controlplane.secrets.Secrets;
import lmnop.controlplane.templates.AddedTemplates;
import lmnop.controlplane.templates.TemplateCommand;
import lmnop.operations.credentials.CredentialFile;
import lmnop.operations.database.Database;
import lmnop.operations.lifecycle.Pace;
import lmnop.operations.settings.Settings;
import lmnop.operations.settings.SettingsException;
import lmnop.providerapi.HttpFunctionProvider;
import lmnop.tasks.TaskQueue;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * Manages accounts, tokens, secrets, templates, builds and revisions from the command line of the
 * machine, makes backups and restores them, and shows crashes and logs, on the database of a
 * platform that runs.
 */
public final class OperatorMain {
  private static final Set<String> BACKUPS = Set.of("backup", "restore");
  private static final int REFUSED = 1;
  private static final int MISUSED = 2;
  private static final String NOT_RUNNING =
      "lmnop does not run on this data directory: start it with ./lmnop up, then try again.";

  private OperatorMain() {}

  /** Takes the control plane's settings file, the command's name, and what is wanted. */
  public static void main(String... arguments) {
    System.exit(run(arguments));
  }

  static int run(String... arguments) {
    Path file = Path.of(arguments[0]);
    try {
      if (BACKUPS.contains(arguments[1])) { // what is asked for on a machine where nothing runs yet
        BackupCommand.require(arguments[1], wanted(arguments));
      }
      if (!Files.isReadable(file)) {
        return refuse(REFUSED, NOT_RUNNING);
      }
      return run(Settings.load(ControlPlaneSettings.class, "--config", file.toString()), arguments);
    } catch (Misused e) {
      return refuse(MISUSED, String.valueOf(e.getMessage()));
    } catch (SettingsException e) {
      return refuse(REFUSED, String.valueOf(e.getMessage()));
    }
  }

  /** What stands behind the command. */
  private static String[] wanted(String... arguments) {
    return Arrays.copyOfRange(arguments, 2, arguments.length);
  }

  private static int run(ControlPlaneSettings settings, String... arguments) {
    try (Database database = new Database(settings.database(), "command")) {
      run(arguments[1], database, settings, wanted(arguments));
      return 0;
    } catch (Refused e) {
      return refuse(REFUSED, String.valueOf(e.getMessage()));
    } catch (Misused e) {
      return refuse(MISUSED, String.valueOf(e.getMessage()));
    } catch (DataAccessException | TransactionException | R2dbcException e) {
      return refuse(REFUSED, NOT_RUNNING);
    } catch (IOException e) {
      return refuse(REFUSED, String.valueOf(e.getMessage()));
    } catch (InterruptedException e) {
      return refuse(REFUSED, "It was interrupted; what it asked for goes on by itself.");
    }
  }

  private static void run(
      String command, Database database, ControlPlaneSettings settings, String... wanted)
      throws IOException, InterruptedException {
    switch (command) {
      case "builds" -> builds(database).list(wanted);
      case "log" -> builds(database).log(wanted);
      case "cancel" -> builds(database).cancel(wanted);
      case "token" ->
          new TokenCommand(
                  new InvokeTokens(database, new SecureRandom()),
                  new ApiTokens(database, new SecureRandom()),
                  System.out::println)
              .run(wanted);
      case "secret" -> secrets(database, settings).run(wanted);
      case "domain" -> domain(database, settings, wanted);
      case "delete" -> deletions(database, settings).run(wanted);
      case "template" ->
          new TemplateCommand(
                  new AddedTemplates(database, settings.templates(), settings.data()),
                  System.out::println)
              .run(wanted);
      case "crashes" -> crashes(database, settings, wanted);
      case "logs" -> logs(database, settings, wanted);
      case "backup", "restore" -> backup(command, database, settings, wanted);
      case "revisions", "rollback", "split", "promote" ->
          revisions(database, settings).run(command, wanted);
      default -> user(database, wanted);
    }
  }

  private static BuildCommand builds(Database database) {
    return new BuildCommand(database, isTerminal(), System.out::println);
  }

  private static boolean isTerminal() {
    return Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
  }

  private static BufferedReader input() {
    return new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
  }

  private static DeletionCommand deletions(Database database, ControlPlaneSettings settings) {
    TaskQueue queue = new TaskQueue(database);
    return new DeletionCommand(
        new Deletions(database, queue, new Releases(database, queue)),
        new FunctionUrls(database, settings.publicUrl(), settings.appsDomain()),
        new Routers(database, new CredentialFile(settings.routerTokenFile()).read()),
        Pace.real(),
        isTerminal() ? input() : null,
        System.out::println);
  }

  private static void domain(Database database, ControlPlaneSettings settings, String... wanted)
      throws InterruptedException {
    try (Domains domains =
        new Domains(database, new SecureRandom(), settings.domains(), settings.ownHosts())) {
      new DomainCommand(domains, System.out::println).run(wanted);
    }
  }

  private static void user(Database database, String... wanted) throws IOException {
    SecureRandom random = new SecureRandom();
    try (Users users = new Users(database, random)) {
      new UserCommand(users, input(), System.out::println).run(wanted);
    }
  }

  private static void crashes(Database database, ControlPlaneSettings settings, String... wanted) {
    try (HttpFunctionProvider provider = provider(settings.provider())) {
      new CrashCommand(new Crashes(database, provider), System.out::println).run(wanted);
    }
  }

  private static void logs(Database database, ControlPlaneSettings settings, String... wanted)
      throws IOException, InterruptedException {
    try (HttpFunctionProvider provider = provider(settings.provider())) {
      FunctionLogs logs = new FunctionLogs(database, provider);
      new LogsCommand(logs, Clock.systemUTC(), isTerminal(), System.out::println).run(wanted);
    }
  }

  private static HttpFunctionProvider provider(ControlPlaneSettings.Provider at) {
    return new HttpFunctionProvider(at.url(), "operator", new CredentialFile(at.operatorFile()));
  }

  private static RevisionCommand revisions(Database database, ControlPlaneSettings settings) {
    Releases releases = new Releases(database, new TaskQueue(database));
    return new RevisionCommand(
        new Revisions(database, releases, new WorkloadNames(new SecureRandom())),
        watch(database, settings, releases),
        System.out::println);
  }

  private static ReleaseWatch watch(
      Database database, ControlPlaneSettings settings, Releases releases) {
    return new ReleaseWatch(
        releases,
        new Routers(database, new CredentialFile(settings.routerTokenFile()).read()),
        Pace.real(),
        System.out::println);
  }

  private static SecretCommand secrets(Database database, ControlPlaneSettings settings) {
    SecureRandom random = new SecureRandom();
    Releases releases = new Releases(database, new TaskQueue(database));
    Revisions revisions = new Revisions(database, releases, new WorkloadNames(random));
    return new SecretCommand(
        new Secrets(database, settings.masterKeyFile(), random, revisions),
        watch(database, settings, releases),
        isTerminal() ? null : System.in,
        System.out::println);
  }

  private static void backup(
      String command, Database database, ControlPlaneSettings settings, String... wanted)
      throws IOException, InterruptedException {
    SecureRandom random = new SecureRandom();
    Releases releases = new Releases(database, new TaskQueue(database));
    Revisions revisions = new Revisions(database, releases, new WorkloadNames(random));
    Secrets secrets = new Secrets(database, settings.masterKeyFile(), random, revisions);
    try (Repositories repositories = new Repositories(settings.data())) {
      RepositoryCopies copies = new RepositoryCopies(repositories);
      Restore.Target target =
          new Restore.Target(settings.schemaOwner(), copies, settings.data(), settings.artifacts());
      Backup backup =
          new Backup(
              settings.schemaOwner(),
              copies,
              settings.artifacts(),
              Clock.systemUTC(),
              System.out::println);
      Restore restore = new Restore(target, secrets::masterKeys, System.out::println);
      new BackupCommand(backup, restore, database, Pace.real(), System.out::println)
          .run(command, wanted);
    }
  }

  private static int refuse(int code, String words) {
    System.err.println(words);
    return code;
  }
}
