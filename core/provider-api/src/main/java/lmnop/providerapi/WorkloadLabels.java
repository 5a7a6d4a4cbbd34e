package lmnop.providerapi;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The labels by which a workload of ours says what it belongs to. */
public final class WorkloadLabels {
  /** The function's name, as its owner typed it. */
  public static final String FUNCTION = "lmnop.function";

  /** The function's numeric id, which traffic and metrics are kept by. */
  public static final String FUNCTION_ID = "lmnop.function-id";

  /** The owner's name. */
  public static final String OWNER = "lmnop.owner";

  /** The revision's numeric id. */
  public static final String REVISION = "lmnop.revision";

  /** What the instances speak: {@code h2c}, or {@code http1} where the label is not there. */
  public static final String PROTOCOL = "lmnop.protocol";

  /** An annotation: the path that answers 200 when an instance is ready. */
  public static final String HEALTH = "com.openfaas.health.http.path";

  /** An annotation: how long a request may take, in seconds, as in {@code 90s}. */
  public static final String TIMEOUT = "lmnop.timeout";

  /** The fewest instances that run while the workload is in use. */
  public static final String SCALE_MIN = "com.openfaas.scale.min";

  /** The most instances that scaling may start. */
  public static final String SCALE_MAX = "com.openfaas.scale.max";

  /** By how many percent of the most each report of an alert raises the number of instances. */
  public static final String SCALE_FACTOR = "com.openfaas.scale.factor";

  /** {@code true} when the workload may be scaled to no instance. */
  public static final String SCALE_ZERO = "com.openfaas.scale.zero";

  /** After which time without a request it is; hours, minutes and seconds, as in {@code 1h30m}. */
  public static final String SCALE_ZERO_DURATION = "com.openfaas.scale.zero-duration";

  /** How much an instance is to have of what the type says. */
  public static final String SCALE_TARGET = "com.openfaas.scale.target";

  /**
   * What the target counts: {@code capacity}, requests in flight; {@code rps}, requests a second,
   * which it is where only a target is named; {@code cpu}, thousandths of a processor.
   */
  public static final String SCALE_TYPE = "com.openfaas.scale.type";

  private static final Set<String> YES = Set.of("true", "TRUE", "True", "1", "t", "T"); // Go's

  private WorkloadLabels() {}

  /** Whether a label's value says yes, as OpenFaaS reads it. */
  public static boolean isYes(@Nullable String value) {
    return value != null && YES.contains(value.strip());
  }
}
