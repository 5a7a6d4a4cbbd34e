package lmnop.provider.api;

import java.util.Map;
import java.util.Objects;
import lmnop.providerapi.EngineLimits;
import lmnop.providerapi.FunctionDeployment;

/** A request that is not done; the message tells the user what was wrong and what to do. */
public final class Refused extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;

  public Refused(int status, String message) {
    super(message);
    this.status = status;
  }

  /** The request itself does not fit. */
  public static Refused badRequest(String message) {
    return new Refused(400, message);
  }

  /** Refuses a deployment that cannot run where it is to. */
  public static void beyond(EngineLimits limits, FunctionDeployment deployment) {
    limits
        .refusal(
            Objects.requireNonNullElse(deployment.labels(), Map.of()),
            Objects.requireNonNullElse(deployment.annotations(), Map.of()))
        .ifPresent(why -> {
          throw badRequest(why);
        });
  }

  /** There is nothing of that name. */
  public static Refused notFound(String what, String name, String namespace) {
    return new Refused(
        404, "There is no %s '%s' in the namespace '%s'".formatted(what, name, namespace));
  }

  /** The HTTP status that fits. */
  public int status() {
    return status;
  }
}
