package lmnop.controlplane.releases;

import static lmnop.operations.database.Rows.need;

import java.util.Map;
import java.util.Optional;
import lmnop.controlplane.git.Deployer.Push;
import lmnop.operations.database.Database;
import lmnop.providerapi.EngineLimits;
import lmnop.providerapi.Wire;
import reactor.core.publisher.Mono;

/**
 * Whether what runs the functions can run what somebody pushes. The provider says in its row what
 * it cannot, so that nobody waits for a build in vain; it refuses the same when it is deployed.
 */
public final class Possible {
  private final Database database;
  private final InPlace inPlace;

  public Possible(Database database) {
    this.database = database;
    this.inPlace = new InPlace(database);
  }

  /** Why there is no preview; nothing where there may be one. */
  private Mono<String> previewRefusal() {
    return inPlace
        .isHow()
        .filter(alone -> alone)
        .map(alone ->
            "OpenFaaS runs one revision of a function at a time, so there are no previews: take `preview` out of this branch's function.yml, and push again");
  }

  /** Why a push cannot run; nothing where it can. */
  public Mono<String> refusal(Push push, boolean preview) {
    Mono<String> beyond = limits().flatMap(limits -> Mono.justOrEmpty(refusal(limits, push)));
    return preview ? previewRefusal().switchIfEmpty(beyond) : beyond;
  }

  private static Optional<String> refusal(EngineLimits limits, Push push) {
    Optional<String> full =
        push.firstPush() ? limits.full(push.functions().size()) : Optional.empty();
    return full.or(() ->
        push.functions().stream()
            .flatMap(function ->
                WorkloadSpec.beyond(limits, function.configuration())
                    .map(why -> function.name() + ": " + why)
                    .stream())
            .findFirst());
  }

  /** By the provider that was heard of last; nothing where none ever was. */
  private Mono<EngineLimits> limits() {
    return database
        .one(
            """
            SELECT coalesce(limits::text, '') AS limits FROM providers
            ORDER BY heartbeat DESC LIMIT 1
            """,
            Map.of(),
            row -> need(row, "limits", String.class))
        .filter(limits -> !limits.isEmpty())
        .map(limits -> Wire.read(limits, EngineLimits.class));
  }
}
