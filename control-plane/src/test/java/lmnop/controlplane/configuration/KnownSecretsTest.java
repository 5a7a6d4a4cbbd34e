package lmnop.controlplane.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is said of secrets that a function cannot read. */
final class KnownSecretsTest {
  private static final Set<String> TEMPLATES = Set.of("python3");
  private static final KnownSecrets ONE =
      (function, secret) -> secret.equals("api-key") ? null : "it is not for " + function;

  /** A secret that is there and may not be read is no reason to say that it is not listed. */
  @Test
  void secretsThatCannotBeReadAreSaidWithTheirPlaceAndAllAtOnce() {
    byte[] content =
        """
        template: python3
        secrets:
          - api-key
          - database-password
          - mail-key
        preview:
          secrets: [database-password]
        limit: 1
        """
            .getBytes(StandardCharsets.UTF_8);
    InvalidConfiguration failure =
        catchThrowableOfType(
            InvalidConfiguration.class,
            () ->
                FunctionFile.parse(
                    FunctionFile.NAME, "hello", content, TEMPLATES, ONE, AllFolders.INSTANCE));
    assertThat(Objects.requireNonNull(failure).lines())
        .containsExactly(
            "function.yml:4:5: `secrets` is 'database-password'; it is not for hello",
            "function.yml:5:5: `secrets` is 'mail-key'; it is not for hello",
            "function.yml:8:1: `limit` is not a key; did you mean `limits`?");
  }

  @Test
  void theFunctionOfAStackIsAskedForByItsOwnName() {
    byte[] content =
        """
        functions:
          cart:
            lang: python3
            handler: ./cart
            secrets: [api-key, database-password]
        """
            .getBytes(StandardCharsets.UTF_8);
    InvalidConfiguration failure =
        catchThrowableOfType(
            InvalidConfiguration.class,
            () -> StackFile.parse(content, TEMPLATES, ONE, AllFolders.INSTANCE, note -> {}));
    assertThat(Objects.requireNonNull(failure).lines())
        .containsExactly("stack.yml:5:24: `secrets` is 'database-password'; it is not for cart");
  }
}
