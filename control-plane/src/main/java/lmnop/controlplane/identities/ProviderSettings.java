package lmnop.controlplane.identities;

import java.net.URI;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Somebody who knows people.
 *
 * @param kind {@code oidc}, or {@code github}
 * @param issuer what it calls itself, which is where it says how it is used; of GitHub its address
 * @param api of GitHub only: of its API
 * @param label on the button of the page to sign in
 * @param clientId as which this platform is registered there
 * @param clientSecretFile a credential file of mode 0600
 * @param createAccounts whether whom nobody knows here gets an account
 */
public record ProviderSettings(
    @DefaultValue("OIDC") Kind kind,
    @Nullable URI issuer,
    @Nullable URI api,
    @Nullable String label,
    String clientId,
    Path clientSecretFile,
    @DefaultValue("false") boolean createAccounts) {
  /** How it is asked. */
  public enum Kind {
    OIDC,
    GITHUB
  }

  public ProviderSettings {
    Objects.requireNonNull(clientId, "each of identity-providers has a client-id");
    Objects.requireNonNull(clientSecretFile, "each of identity-providers has a client-secret-file");
    if (kind == Kind.OIDC) {
      Objects.requireNonNull(issuer, "each of identity-providers of the kind oidc has an issuer");
    }
    if (issuer != null && !isSafe(issuer)) {
      throw new IllegalArgumentException(
          "identity-providers: the issuer '%s' must begin with https://".formatted(issuer));
    }
  }

  /** Whether what is sent there is read by nobody on the way. */
  static boolean isSafe(URI address) {
    String host = String.valueOf(address.getHost());
    boolean here = host.equals("localhost") || host.equals("127.0.0.1");
    return "https".equals(address.getScheme()) || ("http".equals(address.getScheme()) && here);
  }
}
