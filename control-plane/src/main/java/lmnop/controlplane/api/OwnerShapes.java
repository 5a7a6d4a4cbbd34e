package lmnop.controlplane.api;

import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.accounts.ApiTokens;
import lmnop.controlplane.accounts.InvokeTokens;
import lmnop.controlplane.accounts.Members;
import lmnop.controlplane.accounts.Sessions;
import lmnop.controlplane.accounts.Users;
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

  static Object user(Users.User user) {
    return Shapes.of(
        "name", user.name(),
        "administrator", user.administrator(),
        "owners", user.owners().stream().map(OwnerShapes::membership).toList());
  }

  /**
   * An account that has a new password.
   *
   * @param password the one time that it is shown; null if somebody chose it
   */
  static Object password(String name, @Nullable String password) {
    return Shapes.of("name", name, "password", password);
  }

  static Object account(Actor actor) {
    return Shapes.of(
        "name", actor.name(),
        "administrator", actor.administrator(),
        "right", actor.right().text(),
        "inPerson", actor.inPerson());
  }

  static Object session(Sessions.Listed session) {
    return Shapes.of(
        "id", session.id(),
        "client", session.client(),
        "browser", session.browser(),
        "createdAt", session.createdAt(),
        "usedAt", session.usedAt());
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
