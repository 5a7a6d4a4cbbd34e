package lmnop.controlplane.api;

import lmnop.controlplane.accounts.ApiTokens;
import lmnop.controlplane.accounts.InvokeTokens;
import lmnop.controlplane.accounts.Members;
import lmnop.controlplane.secrets.Secrets;
import org.jspecify.annotations.Nullable;

/** What is answered of owners: who belongs to them, their secrets, and tokens. */
final class OwnerShapes {
  private OwnerShapes() {}

  static Object membership(Members.Membership membership) {
    return Shapes.of("owner", membership.owner(), "role", membership.role());
  }

  static Object member(Members.Member member) {
    return Shapes.of("name", member.name(), "role", member.role());
  }

  static Object secret(Secrets.Listed secret) {
    return Shapes.of(
        "name", secret.name(),
        "version", secret.version(),
        "changedAt", secret.changedAt(),
        "changedBy", secret.changedBy(),
        "functions", secret.functions(),
        "readers", secret.readers().stream().map(OwnerShapes::reader).toList());
  }

  private static Object reader(Secrets.Reader reader) {
    return Shapes.of(
        "function", reader.function(),
        "revision", reader.revision(),
        "preview", reader.preview(),
        "version", reader.version());
  }

  static Object put(Secrets.Put put) {
    return Shapes.of(
        "version", put.version(), "releases", put.rolled().stream().map(Shapes::asked).toList());
  }

  static Object token(ApiTokens.Listed token) {
    return Shapes.of(
        "name", token.name(),
        "scope", token.scope(),
        "owner", token.owner(),
        "createdAt", token.createdAt(),
        "expiresAt", token.expiresAt(),
        "usedAt", token.usedAt());
  }

  static Object token(InvokeTokens.Listed token) {
    return Shapes.of(
        "name", token.name(),
        "functions", token.functions(),
        "createdAt", token.createdAt(),
        "expiresAt", token.expiresAt());
  }

  /** The one time that a token is shown. */
  static Object made(String name, @Nullable String token) {
    return Shapes.of("name", name, "token", token);
  }
}
