package lmnop.controlplane.portal;

import java.time.Duration;
import java.util.List;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.crashes.Crashes;
import lmnop.controlplane.crashes.FunctionCrash;
import lmnop.controlplane.web.Crossing;
import lmnop.controlplane.web.Refusal;
import lmnop.providerapi.ProviderException;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import org.springframework.http.HttpStatus;
import reactor.core.publisher.Mono;

/** Reads crashes from the provider, which may be away: then a page is shown without them. */
final class CrashLook {
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final int LONGEST_NUMBER = 9; // digits

  private final Crashes crashes;
  private final Crossing crossing;

  CrashLook(Crashes crashes, Crossing crossing) {
    this.crashes = crashes;
    this.crossing = crossing;
  }

  Mono<List<FunctionCrash>> of(OwnerName owner, FunctionName function) {
    return crossing
        .call(() -> crashes.of(owner, function))
        .timeout(PATIENCE)
        .onErrorResume(e -> !(e instanceof Refused), e -> Mono.just(List.of()));
  }

  Mono<FunctionCrash> one(OwnerName owner, FunctionName function, String number) {
    if (!number.matches("[0-9]{1," + LONGEST_NUMBER + "}")) {
      return Mono.error(
          new Refusal(HttpStatus.NOT_FOUND, "'%s' is no number of a crash.".formatted(number)));
    }
    return crossing
        .call(() -> crashes.one(owner, function, Integer.parseInt(number)))
        .onErrorMap(
            ProviderException.class,
            e ->
                new Refusal(
                    HttpStatus.SERVICE_UNAVAILABLE,
                    "Crashes cannot be shown now: %s.".formatted(e.getMessage())));
  }
}
