package lmnop.operations.credentials;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;

/**
 * A secret of the platform that a caller shows to prove itself. Never printed: {@code toString}
 * hides it.
 */
public record Token(String value) {
  private static final int BYTES = 32; // 256 bit

  public Token {
    if (value.isBlank()) {
      throw new IllegalArgumentException("a token is empty");
    }
  }

  /** Makes a new token of 256 random bits. */
  public static Token random(SecureRandom random) {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    return new Token(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
  }

  /** Compares in constant time. */
  public boolean matches(String shown) {
    return MessageDigest.isEqual(
        value.getBytes(StandardCharsets.UTF_8), shown.getBytes(StandardCharsets.UTF_8));
  }

  /** The SHA-256 of the token in hexadecimal, which is what may be stored. */
  public String sha256() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(value.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  @Override
  public String toString() {
    return "Token[hidden]";
  }
}
