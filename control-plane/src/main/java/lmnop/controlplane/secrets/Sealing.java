package lmnop.controlplane.secrets;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * AES-256-GCM: a random nonce, and what was encrypted with it. What a text is about is
 * authenticated with it, so that it cannot be put in another's place.
 */
final class Sealing {
  static final int KEY_BYTES = 32;

  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;
  private static final String CIPHER = "AES/GCM/NoPadding";

  private final SecureRandom random;

  Sealing(SecureRandom random) {
    this.random = random;
    // The first time loads the cipher, which no transaction that holds a lock shall wait for.
    seal(newKey(), new byte[0], "");
  }

  byte[] newKey() {
    return random(KEY_BYTES);
  }

  private byte[] random(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  byte[] seal(byte[] key, byte[] plain, String about) {
    byte[] nonce = random(NONCE_BYTES);
    try {
      byte[] sealed = cipher(Cipher.ENCRYPT_MODE, key, nonce, about).doFinal(plain);
      byte[] all = Arrays.copyOf(nonce, NONCE_BYTES + sealed.length);
      System.arraycopy(sealed, 0, all, NONCE_BYTES, sealed.length);
      return all;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has AES-256-GCM", e);
    }
  }

  /** Gives what was sealed, unless anything of it, of the key or of what it is about differs. */
  static byte[] open(byte[] key, byte[] sealed, String about) throws GeneralSecurityException {
    if (sealed.length < NONCE_BYTES) {
      throw new GeneralSecurityException("it is too short");
    }
    byte[] nonce = Arrays.copyOf(sealed, NONCE_BYTES);
    return cipher(Cipher.DECRYPT_MODE, key, nonce, about)
        .doFinal(sealed, NONCE_BYTES, sealed.length - NONCE_BYTES);
  }

  private static Cipher cipher(int mode, byte[] key, byte[] nonce, String about)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance(CIPHER);
    cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(about.getBytes(StandardCharsets.UTF_8));
    return cipher;
  }
}
