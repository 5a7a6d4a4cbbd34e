package lmnop.controlplane.api;

import java.util.Map;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.web.Refusal;
import lmnop.providerapi.ProviderException;
import org.springframework.http.HttpStatus;

/** What the facades throw, as answers. */
final class Failures {
  private Failures() {}

  static RuntimeException translated(RuntimeException failure) {
    return switch (failure) {
      case Refused refused ->
          new Refusal(HttpStatus.CONFLICT, String.valueOf(refused.getMessage()));
      case ProviderException provider ->
          new Refusal(
              HttpStatus.SERVICE_UNAVAILABLE,
              "The provider does not do this now: %s.".formatted(provider.getMessage()),
              Map.of("Retry-After", "5"));
      default -> failure;
    };
  }
}
