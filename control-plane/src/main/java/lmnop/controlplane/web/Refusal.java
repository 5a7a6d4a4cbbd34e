package lmnop.controlplane.web;

import java.util.Map;
import org.springframework.http.HttpStatus;

/**
 * A request that is not done: the status, and words for the caller that show the offending value,
 * what was expected and what to do.
 */
public final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final HttpStatus status;
  private final transient Map<String, String> headers;

  public Refusal(HttpStatus status, String message) {
    this(status, message, Map.of());
  }

  /** A refusal with headers of its own, such as {@code Retry-After}. */
  public Refusal(HttpStatus status, String message, Map<String, String> headers) {
    super(message, null, false, false);
    this.status = status;
    this.headers = Map.copyOf(headers);
  }

  /** The status of the answer. */
  public HttpStatus status() {
    return status;
  }

  /** Headers of the answer. */
  public Map<String, String> headers() {
    return headers;
  }

  /** The words of the answer. */
  public String words() {
    return String.valueOf(getMessage());
  }
}
