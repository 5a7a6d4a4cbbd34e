package lmnop.controlplane.accounts;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import lmnop.controlplane.web.Right;

/** What an account is at an owner. */
public enum Role {
  OWNER(Right.ADMIN),
  DEVELOPER(Right.DEPLOY),
  VIEWER(Right.READ);

  private final Right right;

  Role(Right right) {
    this.right = right;
  }

  /** The word that people write, and that stands in the database. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The role of a word. */
  public static Optional<Role> of(String word) {
    return Stream.of(values()).filter(role -> role.text().equals(word)).findFirst();
  }

  /** The words of the roles that have a right. */
  public static List<String> having(Right right) {
    return Stream.of(values()).filter(role -> role.right.includes(right)).map(Role::text).toList();
  }
}
