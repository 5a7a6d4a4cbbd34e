package lmnop.router.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import lmnop.operations.credentials.Token;
import lmnop.registry.table.InvokeToken;
import org.jspecify.annotations.Nullable;

/**
 * The tokens that open a function. What a caller shows is hashed and compared with every one of
 * them, each in constant time, so that the time of a refusal tells nothing of the tokens.
 */
public final class Keyring {
  /** What is to be said to a caller. */
  public enum Verdict {
    /** It may come in. */
    OPENS,
    /** It showed nothing. */
    MISSING,
    /** What it showed opens something else, or nothing. */
    WRONG,
    /** What it showed opened the function once. */
    OVER
  }

  private final List<InvokeToken> tokens;
  private final List<byte[]> hashes;

  private Keyring(List<InvokeToken> tokens) {
    this.tokens = tokens;
    this.hashes = tokens.stream().map(token -> ascii(token.sha256())).toList();
  }

  /** Makes tokens ready to be compared with. */
  public static Keyring of(List<InvokeToken> tokens) {
    return new Keyring(tokens);
  }

  /**
   * Looks whether a token opens the function.
   *
   * @param shown null where the caller showed none
   * @param nowMillis since 1970
   */
  public Verdict check(@Nullable CharSequence shown, long nowMillis) {
    if (shown == null) {
      return Verdict.MISSING;
    }
    if (!InvokeToken.mayBe(shown)) {
      return Verdict.WRONG;
    }
    byte[] hash = ascii(new Token(shown.toString()).sha256());
    InvokeToken found = null;
    for (int i = 0; i < hashes.size(); i++) {
      if (MessageDigest.isEqual(hash, hashes.get(i))) {
        found = tokens.get(i);
      }
    }
    if (found == null) {
      return Verdict.WRONG;
    }
    return found.isOver(nowMillis) ? Verdict.OVER : Verdict.OPENS;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
