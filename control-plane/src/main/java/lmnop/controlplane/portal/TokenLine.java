package lmnop.controlplane.portal;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import lmnop.controlplane.accounts.ApiTokens;
import lmnop.controlplane.accounts.InvokeTokens;
import lmnop.controlplane.accounts.Lifetime;
import lmnop.controlplane.accounts.Refused;
import org.jspecify.annotations.Nullable;
import org.springframework.util.MultiValueMap;

/** A token as its list shows it. */
public record TokenLine(
    String name, String scope, String opens, String created, String expires, String used) {
  private static final String NEVER = "never";

  static TokenLine of(ApiTokens.Listed token) {
    String owner = token.owner();
    return new TokenLine(
        token.name(),
        token.scope(),
        owner == null ? "every owner of yours" : owner,
        inWords(token.createdAt(), ""),
        inWords(token.expiresAt(), NEVER),
        inWords(token.usedAt(), "not yet"));
  }

  static TokenLine of(InvokeTokens.Listed token) {
    return new TokenLine(
        token.name(),
        "invoke",
        token.functions().isEmpty() ? "every function" : String.join(", ", token.functions()),
        inWords(token.createdAt(), ""),
        inWords(token.expiresAt(), NEVER),
        "");
  }

  private static String inWords(@Nullable Instant moment, String otherwise) {
    return moment == null ? otherwise : moment.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /** For how long a form wants one. */
  static Duration lifetime(MultiValueMap<String, String> form) {
    String expires = Pages.field(form, "expires");
    return Lifetime.of(expires)
        .orElseThrow(() -> new Refused("'%s' is no time: write 30d or 12h.".formatted(expires)));
  }
}
