package lmnop.router.tls;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads private keys in each of the three forms that tools write: PKCS #8, and the older ones of
 * RSA and of elliptic curves, which are the same key with fewer words around it.
 */
final class PrivateKeys {
  private static final Pattern KEY =
      Pattern.compile(
          "-----BEGIN ((?:RSA |EC |ENCRYPTED )?PRIVATE KEY)-----([A-Za-z0-9+/=\\s]*)-----END \\1-----");

  private static final byte[] VERSION = {2, 1, 0};
  private static final byte[] RSA = HexFormat.of().parseHex("300d06092a864886f70d0101010500");
  private static final byte[] EC_PUBLIC_KEY = HexFormat.of().parseHex("06072a8648ce3d0201");
  private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA");
  private static final int SEQUENCE = 0x30;
  private static final int OCTETS = 0x04;
  private static final int PARAMETERS = 0xa0;

  private PrivateKeys() {}

  /** Reads a file's first key; the exception's message is a sentence about what is wrong. */
  static PrivateKey read(Path file) throws IOException {
    Matcher found = KEY.matcher(Files.readString(file));
    if (!found.find()) {
      throw new IOException("it holds no private key in PEM");
    }
    byte[] bytes = Base64.getMimeDecoder().decode(found.group(2));
    return switch (found.group(1)) {
      case "ENCRYPTED PRIVATE KEY" -> throw new IOException("its key is behind a password");
      case "RSA PRIVATE KEY" -> key(wrapped(RSA, bytes));
      case "EC PRIVATE KEY" -> key(wrapped(curveOf(bytes), bytes));
      default -> key(bytes);
    };
  }

  /** Whether a key is the one that a certificate speaks of. */
  static boolean fits(PrivateKey key, PublicKey certified) {
    String algorithm =
        switch (key.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> key.getAlgorithm();
        };
    byte[] word = "the same".getBytes(StandardCharsets.US_ASCII);
    try {
      Signature signing = Signature.getInstance(algorithm);
      signing.initSign(key);
      signing.update(word);
      byte[] signed = signing.sign();
      signing.initVerify(certified);
      signing.update(word);
      return signing.verify(signed);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private static PrivateKey key(byte[] pkcs8) throws IOException {
    for (String algorithm : ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      } catch (GeneralSecurityException e) {
        // one of the others, then
      }
    }
    throw new IOException("its key is none of " + ALGORITHMS);
  }

  private static byte[] wrapped(byte[] algorithm, byte[] key) {
    return der(SEQUENCE, VERSION, algorithm, der(OCTETS, key));
  }

  /** The old form of a curve's key names the curve inside; the new one names it outside. */
  private static byte[] curveOf(byte[] key) throws IOException {
    for (int i = 0; i + 2 < key.length; i++) {
      boolean isName = (key[i] & 0xff) == PARAMETERS && key[i + 2] == 6 && key[i + 1] < 16;
      if (isName && i + 2 + key[i + 1] <= key.length) {
        return der(SEQUENCE, EC_PUBLIC_KEY, Arrays.copyOfRange(key, i + 2, i + 2 + key[i + 1]));
      }
    }
    throw new IOException("its key does not name its curve");
  }

  private static byte[] der(int tag, byte[]... parts) {
    int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
    byte[] size =
        length < 128
            ? new byte[] {(byte) length}
            : new byte[] {(byte) 0x82, (byte) (length >> 8), (byte) length};
    byte[] all = new byte[1 + size.length + length];
    all[0] = (byte) tag;
    System.arraycopy(size, 0, all, 1, size.length);
    int at = 1 + size.length;
    for (byte[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }
}
