package lmnop.registry.table;

import java.security.SecureRandom;
import lmnop.operations.credentials.Token;
import org.jspecify.annotations.Nullable;

/**
 * A token that opens a function, as routers know it.
 *
 * @param sha256 of the token, in hexadecimal; the token itself is stored nowhere
 * @param expiresAt when it ends, in milliseconds since 1970; null means never
 */
public record InvokeToken(String sha256, @Nullable Long expiresAt) {
  /** What every token begins with, so that a scanner finds those that were committed or logged. */
  public static final String PREFIX = "lmnop_invoke_";

  private static final int LENGTH = PREFIX.length() + 43; // 32 bytes in Base64

  /** Makes a new one of 256 random bits. */
  public static Token random(SecureRandom random) {
    return new Token(PREFIX + Token.random(random).value());
  }

  /** Whether a text is worth being hashed. */
  public static boolean mayBe(CharSequence text) {
    return text.length() == LENGTH && PREFIX.contentEquals(text.subSequence(0, PREFIX.length()));
  }

  /** Whether its time is over. */
  public boolean isOver(long nowMillis) {
    return expiresAt != null && expiresAt <= nowMillis;
  }
}
