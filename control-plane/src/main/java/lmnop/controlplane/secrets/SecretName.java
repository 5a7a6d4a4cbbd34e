package lmnop.controlplane.secrets;

import java.util.regex.Pattern;
import lmnop.registry.names.InvalidName;

/** The name of a secret, which is its file's. */
public record SecretName(String value) {
  private static final int LONGEST = 100;
  private static final Pattern NAME =
      Pattern.compile(
          "[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*"); // as in function.yml

  public SecretName {
    if (value.length() > LONGEST || !NAME.matcher(value).matches()) {
      throw new InvalidName(
          "'%s' is no name for a secret: use a to z, 0 to 9, '-' and '.', at most %d, as in database-password"
              .formatted(value.replaceAll("[^\\x20-\\x7e]", "?"), LONGEST));
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
