package lmnop.controlplane;

import java.time.Duration;
import java.util.List;
import lmnop.controlplane.accounts.Accounts;
import lmnop.controlplane.accounts.Members;
import lmnop.controlplane.audit.AuditRecords;
import lmnop.controlplane.functions.FunctionStore;
import lmnop.controlplane.git.Repositories;
import lmnop.controlplane.portal.AuditPages;
import lmnop.controlplane.portal.RepositoryPages;
import lmnop.controlplane.portal.SecretPages;
import lmnop.controlplane.repositories.RepositoryBrowser;
import lmnop.controlplane.secrets.Secrets;
import lmnop.controlplane.web.Crossing;
import lmnop.controlplane.web.WebFeature;
import lmnop.operations.database.Database;
import lmnop.operations.lifecycle.Loop;
import lmnop.operations.lifecycle.Parts;

/** The part of the control plane's list that is pages beside the portal's own. */
final class PortalPages {
  private static final Duration AUDIT_LOOK = Duration.ofHours(6);
  private static final Duration ANSWER = Duration.ofSeconds(30);
  private static final int LOOKS_AT_ONCE = 8; // each may hold some megabytes
  private static final int DOWNLOADS_AT_ONCE = 32;

  private PortalPages() {}

  /** The pages, in the order in which they are asked. */
  static List<WebFeature> all(
      Parts parts,
      ControlPlaneSettings settings,
      Database database,
      Accounts accounts,
      Repositories repositories,
      FunctionStore functions,
      Secrets secrets) {
    Crossing looks =
        parts.add("repository-looks", new Crossing("pages of repositories", LOOKS_AT_ONCE));
    Crossing downloads = parts.add("downloads", new Crossing("downloads", DOWNLOADS_AT_ONCE));
    AuditRecords records = new AuditRecords(database);
    parts.add(
        "audit",
        Loop.start(
            "audit", AUDIT_LOOK, () -> records.sweep(settings.audit().keep()).block(ANSWER)));
    return List.of(
        new RepositoryPages(
            new RepositoryBrowser(repositories, functions, database, looks, downloads)),
        new SecretPages(accounts, secrets),
        new AuditPages(records, new Members(database), downloads));
  }
}
