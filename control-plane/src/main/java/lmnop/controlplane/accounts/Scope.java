package lmnop.controlplane.accounts;

import java.security.SecureRandom;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import lmnop.controlplane.web.Right;
import lmnop.operations.credentials.Token;

/**
 * What a token of an account is good for.
 *
 * <p>Each begins with a prefix of its own, so that a scanner finds those that were committed or
 * logged.
 */
public enum Scope {
  /** A deploy password: git pushes and fetches with it, and that is all. */
  PUSH("lmnop_deploy_", Right.DEPLOY),
  READ("lmnop_token_", Right.READ),
  DEPLOY("lmnop_token_", Right.DEPLOY),
  ADMIN("lmnop_token_", Right.ADMIN);

  private static final int RANDOM = 43; // characters: 32 bytes in Base64

  private final String prefix;
  private final Right right;

  Scope(String prefix, Right right) {
    this.prefix = prefix;
    this.right = right;
  }

  /** The word that people write, and that stands in the database. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The scope of a word. */
  public static Optional<Scope> of(String word) {
    return Stream.of(values()).filter(scope -> scope.text().equals(word)).findFirst();
  }

  /** What may be done with it at most. */
  Right right() {
    return right;
  }

  /** Makes a token of 256 random bits. */
  Token random(SecureRandom random) {
    return new Token(prefix + Token.random(random).value());
  }

  /** Whether a text has the form of a token, which no password may have. */
  static boolean isToken(String text) {
    return Stream.of(values())
        .anyMatch(scope ->
            text.startsWith(scope.prefix) && text.length() == scope.prefix.length() + RANDOM);
  }
}
