package lmnop.controlplane.overview;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import lmnop.controlplane.configuration.FunctionConfiguration;
import lmnop.registry.table.RoutePolicy;
import org.jspecify.annotations.Nullable;

/**
 * What holds for a function, in the words of {@code function.yml}.
 *
 * @param origin from what it derives
 */
public record Setting(String key, String value, String origin) {
  private static final String FILE = "function.yml";
  private static final String PLATFORM = "the platform";
  private static final String NONE = "none";

  private static Setting of(String key, @Nullable Object said, String otherwise) {
    return of(key, said, otherwise, PLATFORM);
  }

  private static Setting of(String key, @Nullable Object said, String otherwise, String origin) {
    return said == null
        ? new Setting(key, otherwise, origin)
        : new Setting(key, said.toString(), FILE);
  }

  /** All of them, where nobody has asked the routers. */
  public static List<Setting> all(FunctionConfiguration configuration) {
    return all(configuration, Map.of());
  }

  /**
   * All of them.
   *
   * @param routers what they are set to, by the names of their settings
   */
  public static List<Setting> all(
      FunctionConfiguration configuration, Map<String, Duration> routers) {
    return Stream.of(times(configuration, routers), instances(configuration), calls(configuration))
        .flatMap(List::stream)
        .toList();
  }

  /** How long a request may take: each time, and that from which it derives. */
  public static List<Setting> times(
      FunctionConfiguration configuration, Map<String, Duration> routers) {
    FunctionConfiguration.Timeout timeout = configuration.timeout();
    String total = duration(timeout.total());
    return List.of(
        of("timeout.total", total, "no end"),
        derived("timeout.first-byte", timeout.firstByte(), total, "edge.first-byte-time", routers),
        derived("timeout.idle", timeout.idle(), total, "edge.answer-idle-time", routers));
  }

  private static Setting derived(
      String key,
      @Nullable Duration said,
      @Nullable String total,
      String setting,
      Map<String, Duration> routers) {
    String otherwise =
        Objects.requireNonNullElse(duration(routers.get(setting)), "as the routers are set");
    return total == null
        ? of(key, duration(said), otherwise, "the routers' " + setting)
        : of(key, duration(said), total, "timeout.total");
  }

  /** How many instances there are, and what each may use. */
  public static List<Setting> instances(FunctionConfiguration configuration) {
    FunctionConfiguration.Scale scale = configuration.scale();
    FunctionConfiguration.Concurrency concurrency = configuration.concurrency();
    return List.of(
        new Setting("limits.cpu", configuration.limits().cpuMillicores() + "m", FILE),
        new Setting("limits.memory", configuration.limits().memoryMebibytes() + "Mi", FILE),
        new Setting("requests.cpu", configuration.requests().cpuMillicores() + "m", FILE),
        new Setting("requests.memory", configuration.requests().memoryMebibytes() + "Mi", FILE),
        of("scale.min", scale.min(), "the provider's"),
        of("scale.max", scale.max(), "the provider's"),
        of("scale.target", scale.target(), "the provider's"),
        of("scale.idle", duration(scale.idle()), "the provider's"),
        of("concurrency.limit", concurrency.limit(), NONE),
        of("concurrency.queue", concurrency.queue(), "as the routers are set"),
        of("health", configuration.health(), "the template's"));
  }

  /** Who may call it, how often, and what the routers do then. */
  public static List<Setting> calls(FunctionConfiguration configuration) {
    FunctionConfiguration.Http http =
        Objects.requireNonNullElse(configuration.http(), FunctionConfiguration.Http.DEFAULT);
    RoutePolicy.Access access = configuration.access();
    RoutePolicy.Sticky sticky = http.sticky();
    RoutePolicy.Cors cors = http.cors();
    Boolean retries = http.retries();
    return List.of(
        of("access", access == null ? null : word(access), "public"),
        of("http.rate.function", rate(http.functionRate()), NONE),
        of("http.rate.client", rate(http.clientRate()), NONE),
        of("http.body-limit", bytes(http.bodyLimitBytes()), NONE),
        of("http.cors", cors == null ? null : words(cors), "the function's own affair"),
        of("http.retries", retries == null ? null : retries ? "safe" : NONE, "safe"),
        of("http.sticky", sticky == null ? null : word(sticky), "by chance"),
        of("http.protocol", http.protocol(), "http1"));
  }

  private static String words(RoutePolicy.Cors cors) {
    List<String> words = new ArrayList<>(cors.origins());
    words.addAll(cors.methods());
    words.addAll(cors.headers());
    if (cors.credentials()) {
      words.add("with cookies");
    }
    return String.join(", ", words);
  }

  private static @Nullable String rate(RoutePolicy.@Nullable Rate rate) {
    if (rate == null) {
      return null;
    }
    return rate.requests()
        + switch ((int) rate.perMillis()) {
          case 1_000 -> "/s";
          case 60_000 -> "/m";
          case 3_600_000 -> "/h";
          default -> " in " + duration(Duration.ofMillis(rate.perMillis()));
        };
  }

  private static @Nullable String bytes(@Nullable Long bytes) {
    return Optional.ofNullable(bytes).map(many -> (many >> 20) + "Mi").orElse(null);
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** As the file writes it. */
  private static @Nullable String duration(@Nullable Duration time) {
    if (time == null) {
      return null;
    }
    long millis = time.toMillis();
    if (millis % 1_000 != 0) {
      return millis + "ms";
    }
    if (millis % 60_000 != 0) {
      return millis / 1_000 + "s";
    }
    return millis % 3_600_000 == 0 ? millis / 3_600_000 + "h" : millis / 60_000 + "m";
  }
}
