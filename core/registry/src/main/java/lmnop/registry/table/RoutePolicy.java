package lmnop.registry.table;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a revision asks of the routers, in milliseconds, bytes and requests; null means the router's
 * own default.
 *
 * @param functionRate how many requests of all clients together are let through
 * @param clientRate how many of each client
 * @param cors which pages of other origins may call it; null leaves that to the function
 * @param retries whether a request may be sent again where that is certain to be safe; null is yes
 * @param access who may call it; null is everybody
 * @param sticky by what requests that belong together get the same revision; null is by nothing
 */
public record RoutePolicy(
    @Nullable Long totalTimeoutMillis,
    @Nullable Long firstByteTimeoutMillis,
    @Nullable Long idleTimeoutMillis,
    @Nullable Integer concurrencyLimit,
    @Nullable Integer concurrencyQueue,
    @Nullable Long bodyLimitBytes,
    @Nullable Rate functionRate,
    @Nullable Rate clientRate,
    @Nullable Cors cors,
    @Nullable Boolean retries,
    @Nullable Access access,
    @Nullable Sticky sticky) {
  /** Leaves everything to the router. */
  public static final RoutePolicy DEFAULT = new RoutePolicy(null, null, null, null, null, null);

  /** A policy of a function that everybody may call. */
  public RoutePolicy(
      @Nullable Long totalTimeoutMillis,
      @Nullable Long firstByteTimeoutMillis,
      @Nullable Long idleTimeoutMillis,
      @Nullable Integer concurrencyLimit,
      @Nullable Integer concurrencyQueue,
      @Nullable Long bodyLimitBytes,
      @Nullable Rate functionRate,
      @Nullable Rate clientRate,
      @Nullable Cors cors,
      @Nullable Boolean retries) {
    this(
        totalTimeoutMillis,
        firstByteTimeoutMillis,
        idleTimeoutMillis,
        concurrencyLimit,
        concurrencyQueue,
        bodyLimitBytes,
        functionRate,
        clientRate,
        cors,
        retries,
        null,
        null);
  }

  /** A policy without rules for browsers and rates. */
  public RoutePolicy(
      @Nullable Long totalTimeoutMillis,
      @Nullable Long firstByteTimeoutMillis,
      @Nullable Long idleTimeoutMillis,
      @Nullable Integer concurrencyLimit,
      @Nullable Integer concurrencyQueue,
      @Nullable Long bodyLimitBytes) {
    this(
        totalTimeoutMillis,
        firstByteTimeoutMillis,
        idleTimeoutMillis,
        concurrencyLimit,
        concurrencyQueue,
        bodyLimitBytes,
        null,
        null,
        null,
        null,
        null,
        null);
  }

  /** What tells that requests belong together while several revisions share the traffic. */
  public enum Sticky {
    /** The id that a caller gives his calls. */
    CALL_ID,
    /** A cookie that the router gives each client. */
    COOKIE
  }

  /**
   * From the end of a request to the first byte of its answer. A function that says only how long a
   * request may take in all may take all of it to begin.
   */
  public @Nullable Long firstByteMillis() {
    return firstByteTimeoutMillis == null ? totalTimeoutMillis : firstByteTimeoutMillis;
  }

  /** How long an answer may stand still; by the same rule. */
  public @Nullable Long answerIdleMillis() {
    return idleTimeoutMillis == null ? totalTimeoutMillis : idleTimeoutMillis;
  }

  /** Who may call a function; the later, the fewer. */
  public enum Access {
    /** Everybody. */
    PUBLIC,
    /** Who shows a token of the function's owner. */
    TOKEN,
    /** Who comes through the routers' internal listener. */
    INTERNAL
  }

  /** So many requests in so much time, on average; as many may come at once. */
  public record Rate(int requests, long perMillis) {}

  /**
   * Which pages of other origins may call a function.
   *
   * @param origins as browsers write them, {@code https://example.com}, or {@code *}
   * @param headers that a page may set; {@code *} for those that it asks for
   * @param credentials whether it may send cookies
   * @param maxAgeSeconds how long a browser may remember the answer
   */
  public record Cors(
      List<String> origins,
      List<String> methods,
      List<String> headers,
      boolean credentials,
      @Nullable Long maxAgeSeconds) {
    public Cors {
      origins = List.copyOf(origins);
      methods = List.copyOf(methods);
      headers = List.copyOf(headers);
    }
  }
}
