package lmnop.controlplane;

import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import lmnop.controlplane.accounts.ProxySignInSettings;
import lmnop.controlplane.accounts.SessionSettings;
import lmnop.controlplane.audit.AuditSettings;
import lmnop.controlplane.builds.BuildSettings;
import lmnop.controlplane.builds.PreviewSettings;
import lmnop.controlplane.domains.DomainSettings;
import lmnop.controlplane.gateway.DeployedImageSettings;
import lmnop.controlplane.git.GitSettings;
import lmnop.controlplane.identities.ProviderSettings;
import lmnop.controlplane.releases.ReleaseSettings;
import lmnop.controlplane.revisions.RetentionSettings;
import lmnop.controlplane.templates.ListedTemplate;
import lmnop.controlplane.web.ListenSettings;
import lmnop.operations.database.DatabaseSettings;
import lmnop.operations.management.ManagementSettings;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * All settings of the control plane.
 *
 * @param listen the public listener: portal, API and git
 * @param internal the listener for builder workers
 * @param management health and metrics
 * @param database where everything is kept
 * @param schemaOwner logs in as the owner of the schema, to migrate it at start
 * @param data a directory; the repositories are kept in it
 * @param templates a directory with a folder for each template
 * @param templateSources templates beside those, by name, each with {@code from}, {@code ref} and
 *     {@code folder}: added where they are missing
 * @param artifacts the artifact store's directory, from which what no kept revision needs is
 *     removed; without it nothing is
 * @param appsDomain functions get hosts below it
 * @param portalHost the host of the portal, API and git at the routers
 * @param publicUrl where the routers are reached from outside; its scheme and port are in every URL
 *     that is shown
 * @param provider what runs functions
 * @param routerTokenFile holds the token for the routers' management listeners
 * @param adminPasswordFile holds the password that the account {@code admin} gets at first start
 * @param masterKeyFile holds the master key of secrets; made at first start, and never in a backup
 * @param images images that are deployed without a push
 * @param git limits of the git server
 * @param retention what is kept of functions that went on
 * @param builds how long builds wait, and what is kept of them
 * @param releases how long releases wait
 * @param previews how long previews live, and how many there may be
 * @param domains how domains of owners' own are proved
 * @param audit how long it stays known who did what
 * @param sessions how long somebody stays signed in to the portal
 * @param proxySignIn sign-in by a proxy that knows already who somebody is; off unless its networks
 *     are named
 * @param identityProviders who else knows people, by name, each with {@code kind}, {@code issuer},
 *     {@code client-id}, {@code client-secret-file}, {@code label} and {@code create-accounts}
 */
public record ControlPlaneSettings(
    ListenSettings listen,
    ListenSettings internal,
    ManagementSettings management,
    DatabaseSettings database,
    DatabaseSettings schemaOwner,
    Path data,
    Path templates,
    @DefaultValue Map<String, ListedTemplate> templateSources,
    @Nullable Path artifacts,
    String appsDomain,
    String portalHost,
    URI publicUrl,
    Provider provider,
    Path routerTokenFile,
    Path adminPasswordFile,
    Path masterKeyFile,
    @DefaultValue DeployedImageSettings images,
    @DefaultValue GitSettings git,
    @DefaultValue RetentionSettings retention,
    @DefaultValue BuildSettings builds,
    @DefaultValue ReleaseSettings releases,
    @DefaultValue PreviewSettings previews,
    @DefaultValue DomainSettings domains,
    @DefaultValue AuditSettings audit,
    @DefaultValue SessionSettings sessions,
    @DefaultValue ProxySignInSettings proxySignIn,
    @DefaultValue Map<String, ProviderSettings> identityProviders) {
  /** The hosts that nobody else may have. */
  Set<String> ownHosts() {
    Set<String> own = new TreeSet<>(Set.of(appsDomain, portalHost));
    Optional.ofNullable(publicUrl.getHost()).ifPresent(own::add);
    return own;
  }

  /** Where browsers reach the portal: with the scheme and the port of all that routers serve. */
  URI portalUrl() {
    String port = publicUrl.getPort() < 0 ? "" : ":" + publicUrl.getPort();
    return URI.create(publicUrl.getScheme() + "://" + portalHost + port);
  }

  /**
   * Where the provider is.
   *
   * @param url its API
   * @param operatorFile holds the token of its user {@code operator}
   */
  public record Provider(URI url, Path operatorFile) {}
}
