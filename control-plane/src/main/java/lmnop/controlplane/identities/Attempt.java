package lmnop.controlplane.identities;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import lmnop.operations.archive.Digest;

/**
 * A way to a provider and back.
 *
 * @param state comes back with the answer
 * @param nonce stands in what the provider signs
 * @param verifier proves to the provider that who takes the answer is who asked
 */
record Attempt(String state, String nonce, String verifier) {
  /** What is told of the verifier beforehand. */
  String challenge() {
    byte[] hash =
        HexFormat.of().parseHex(Digest.of(verifier.getBytes(StandardCharsets.US_ASCII)).hex());
    return Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
  }
}
