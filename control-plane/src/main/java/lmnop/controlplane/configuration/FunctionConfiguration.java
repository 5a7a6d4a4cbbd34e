package lmnop.controlplane.configuration;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import lmnop.registry.table.RoutePolicy;
import lmnop.registry.table.RoutePolicy.Access;
import lmnop.registry.table.RoutePolicy.Cors;
import lmnop.registry.table.RoutePolicy.Rate;
import lmnop.registry.table.RoutePolicy.Sticky;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a {@code function.yml} says, with the defaults filled in.
 *
 * @param secrets names of secrets that the function reads as files
 * @param health the path that answers 200 when an instance is ready; null leaves it to the template
 * @param access who may call it; null is everybody
 * @param preview which other branches become previews; null is none
 * @param build from what it is built; null is from its folder alone
 */
public record FunctionConfiguration(
    String template,
    Resources requests,
    Resources limits,
    SortedMap<String, String> environment,
    List<String> secrets,
    SortedMap<String, String> options,
    Scale scale,
    Timeout timeout,
    Concurrency concurrency,
    @Nullable Http http,
    @Nullable String health,
    SortedMap<String, String> labels,
    SortedMap<String, String> annotations,
    @Nullable Access access,
    @Nullable Preview preview,
    @Nullable Build build) {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  public FunctionConfiguration {
    environment = sorted(environment);
    secrets = List.copyOf(secrets);
    options = sorted(options);
    labels = sorted(labels);
    annotations = sorted(annotations);
  }

  /**
   * What a function is built from.
   *
   * @param root its folder, from the top of the repository on
   * @param include what else of the repository lies in that folder in a build
   */
  public record Build(String root, List<Included> include) {
    public Build {
      include = List.copyOf(include);
    }

    /**
     * A file or folder.
     *
     * @param from where it is, from the top of the repository on
     * @param to where it is in a build, from the function's folder on
     */
    public record Included(String from, String to) {}
  }

  /** How much of the machine an instance may use. */
  public record Resources(int cpuMillicores, int memoryMebibytes) {
    /** What an instance is promised when the file does not say. */
    public static final Resources DEFAULT_REQUESTS = new Resources(50, 64);

    /** What an instance may use at most when the file does not say. */
    public static final Resources DEFAULT_LIMITS = new Resources(100, 128);
  }

  /**
   * How many instances run; null leaves it to the platform.
   *
   * @param target requests in flight for each instance, at which another one is started
   * @param idle after which time without use nothing runs of it, if {@code min} is 0
   */
  public record Scale(
      @Nullable Integer min,
      @Nullable Integer max,
      @Nullable Integer target,
      @Nullable Duration idle) {
    /** Leaves everything to the platform. */
    public static final Scale DEFAULT = new Scale(null, null, null, null);
  }

  /** How long a request may take; null leaves it to the routers. */
  public record Timeout(
      @Nullable Duration total, @Nullable Duration firstByte, @Nullable Duration idle) {
    /** Leaves everything to the routers. */
    public static final Timeout DEFAULT = new Timeout(null, null, null);
  }

  /**
   * How many requests an instance gets at once; null leaves it to the routers.
   *
   * @param queue how many more may wait
   */
  public record Concurrency(@Nullable Integer limit, @Nullable Integer queue) {
    /** Leaves everything to the routers. */
    public static final Concurrency DEFAULT = new Concurrency(null, null);
  }

  /**
   * What the routers do for the function; null leaves it to them.
   *
   * @param bodyLimitBytes of a request
   * @param functionRate of all clients together
   * @param clientRate of each client
   * @param retries whether a request may be sent again where that is certain to be safe
   * @param sticky by what requests get the same revision while several share the traffic
   * @param protocol what the function speaks, {@code http1} or {@code h2c}; null is {@code http1}
   */
  public record Http(
      @Nullable Long bodyLimitBytes,
      @Nullable Rate functionRate,
      @Nullable Rate clientRate,
      @Nullable Cors cors,
      @Nullable Boolean retries,
      @Nullable Sticky sticky,
      @Nullable String protocol) {
    /** Leaves everything to the routers. */
    public static final Http DEFAULT = new Http(null, null, null, null, null, null, null);
  }

  /**
   * Which branches become previews, and what those are like.
   *
   * @param branches patterns, in which {@code *} stands for any characters
   * @param lifetime null leaves it to the platform
   * @param secrets which of the function's own a preview reads
   */
  public record Preview(
      List<String> branches, @Nullable Duration lifetime, Access access, List<String> secrets) {
    public Preview {
      branches = List.copyOf(branches);
      secrets = List.copyOf(secrets);
    }
  }

  /** Whether a push to this branch asks for a preview. */
  public boolean isPreviewed(String branch) {
    return preview != null
        && preview.branches().stream().anyMatch(pattern -> Wildcard.matches(pattern, branch));
  }

  /** What runs as a preview: with the access and the secrets of one, and at first once. */
  public FunctionConfiguration asPreview() {
    Preview rules = Objects.requireNonNull(preview, "it asks for no preview");
    Integer min = scale.min();
    return new FunctionConfiguration(
        template,
        requests,
        limits,
        environment,
        rules.secrets(),
        options,
        new Scale(min == null ? null : Math.min(1, min), scale.max(), scale.target(), scale.idle()),
        timeout,
        concurrency,
        http,
        health,
        labels,
        annotations,
        rules.access(),
        rules,
        build);
  }

  /** What the function speaks where that is not HTTP/1.1; null where it is. */
  public @Nullable String protocol() {
    String said = http == null ? null : http.protocol();
    return "http1".equals(said) ? null : said;
  }

  /** The configuration as JSON, always in the same order: what a revision keeps. */
  public String toJson() {
    return JSON.writeValueAsString(this);
  }

  /** Reads what {@link #toJson} wrote. */
  public static FunctionConfiguration fromJson(String json) {
    return JSON.readValue(json, FunctionConfiguration.class);
  }

  /** The part that routers read. */
  public RoutePolicy policy() {
    Http asked = http == null ? Http.DEFAULT : http; // revisions of old have none
    return new RoutePolicy(
        millis(timeout.total()),
        millis(timeout.firstByte()),
        millis(timeout.idle()),
        concurrency.limit(),
        concurrency.queue(),
        asked.bodyLimitBytes(),
        asked.functionRate(),
        asked.clientRate(),
        asked.cors(),
        asked.retries(),
        access,
        asked.sticky());
  }

  /** The part that routers read, as JSON. */
  public String policyJson() {
    return JSON.writeValueAsString(policy());
  }

  private static @Nullable Long millis(@Nullable Duration duration) {
    return duration == null ? null : duration.toMillis();
  }

  private static SortedMap<String, String> sorted(Map<String, String> map) {
    return Collections.unmodifiableSortedMap(new TreeMap<>(map));
  }
}
