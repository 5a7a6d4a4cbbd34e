package lmnop.router.outcome;

import java.util.Locale;

/**
 * How a request ended: whose fault it was and what happened. Every request ends in exactly one, and
 * nothing but this list decides on a status that the router itself gives.
 */
public enum Outcome {
  /** The function's own answer was passed on, whatever it was. */
  ANSWERED(Fault.NOBODY, 200, "The function answered."),

  /** A plain request where only encrypted ones are served. */
  MOVED_TO_HTTPS(Fault.NOBODY, 308, "This host is reached by https."),

  /** A browser asks whether a page may call a function, and the router knows. */
  PREFLIGHT(Fault.NOBODY, 204, ""),

  // ── the client's ─────────────────────────────────────────────────────────────────────────────
  TOKEN_MISSING(
      Fault.CLIENT, 401, "This function is called with a token, in the header X-Lmnop-Token."),
  TOKEN_REFUSED(Fault.CLIENT, 403, "The token in X-Lmnop-Token does not open this function."),
  TOKEN_OVER(Fault.CLIENT, 403, "The token in X-Lmnop-Token has expired."),
  BAD_REQUEST(Fault.CLIENT, 400, "The request is not valid HTTP, or not in only one way."),
  CLIENT_TOO_SLOW(Fault.CLIENT, 408, "The request did not arrive in time."),
  BODY_TOO_LARGE(Fault.CLIENT, 413, "The request's body is larger than this function takes."),
  TARGET_TOO_LONG(Fault.CLIENT, 414, "The request's address is longer than 8 KiB."),
  HEADERS_TOO_LARGE(
      Fault.CLIENT, 431, "The request has more than 32 KiB or more than 100 headers."),
  CLIENT_LEFT(
      Fault.CLIENT, 499, "The client closed the connection before the answer was complete."),
  MISDIRECTED(
      Fault.CLIENT,
      421,
      "This connection was opened for another host; ask for this one on a connection of its own."),
  VERSION_UNSUPPORTED(Fault.CLIENT, 505, "This router speaks HTTP/2, HTTP/1.1 and HTTP/1.0."),
  NO_OTHER_PROTOCOL(
      Fault.CLIENT,
      400,
      "The function speaks HTTP/2, where no connection changes to another protocol such as"
          + " WebSocket."),
  CLIENT_TOO_OFTEN(Fault.CLIENT, 429, "This client calls the function more often than it allows."),
  FUNCTION_TOO_OFTEN(
      Fault.CLIENT,
      429,
      "The function is called more often than it allows, by all its clients together."),
  UNKNOWN_HOST(Fault.CLIENT, 404, "No function has this address."),
  UNKNOWN_FUNCTION(Fault.CLIENT, 404, "There is no function of this name."),

  // ── the function's ───────────────────────────────────────────────────────────────────────────
  NOT_RELEASED(
      Fault.FUNCTION,
      503,
      "The function exists, and no revision of it serves: none was released yet, or its repository"
          + " does not name it any more."),
  REFUSED(Fault.FUNCTION, 502, "No instance of the function takes connections."),
  CONNECTION_BROKEN(Fault.FUNCTION, 502, "The function closed the connection without an answer."),
  BAD_ANSWER(Fault.FUNCTION, 502, "The function's answer is not valid HTTP."),
  INTERIM_WITHOUT_END(
      Fault.FUNCTION, 502, "The function sent more than 32 interim answers and not the real one."),
  NO_ANSWER_IN_TIME(Fault.FUNCTION, 504, "The function did not begin to answer in time."),
  TOTAL_TIME_OVER(Fault.FUNCTION, 504, "The call took longer than the function allows."),
  ANSWER_BROKEN(Fault.FUNCTION, 502, "The function ended its answer in the middle."),
  ANSWER_STALLED(Fault.FUNCTION, 504, "The function stopped in the middle of its answer."),
  NOT_STARTED_IN_TIME(Fault.FUNCTION, 503, "No instance of the function became ready in time."),

  // ── the platform's ───────────────────────────────────────────────────────────────────────────
  TOO_MANY_WAITING(
      Fault.PLATFORM, 503, "Too many requests wait for this function's first instance already."),
  ALL_BUSY(
      Fault.PLATFORM,
      503,
      "Every instance of the function has as many requests as it takes, and others wait already."),
  REGISTRY_AWAY(
      Fault.PLATFORM, 503, "This address is not known here yet, and the registry does not answer."),
  PORTAL_STARTING(
      Fault.PLATFORM,
      503,
      "The entrance to the portal and to the operator's own routes is starting."),
  PORTAL_AWAY(Fault.PLATFORM, 502, "The portal does not answer."),
  ROUTER_FAULT(Fault.PLATFORM, 500, "The router made a mistake; its log tells more.");

  /** Whose fault an outcome is. */
  public enum Fault {
    NOBODY,
    CLIENT,
    FUNCTION,
    PLATFORM;

    /** The fault as metrics and errors write it. */
    public String tag() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Fault fault;
  private final int status;
  private final String words;
  private final String tag;

  Outcome(Fault fault, int status, String words) {
    this.fault = fault;
    this.status = status;
    this.words = words;
    this.tag = name().toLowerCase(Locale.ROOT);
  }

  public Fault fault() {
    return fault;
  }

  /** The status that the client gets, if it got none before. */
  public int status() {
    return status;
  }

  /** What happened, in a sentence for the caller. */
  public String words() {
    return words;
  }

  /** The outcome as metrics and errors write it. */
  public String tag() {
    return tag;
  }

  /** Whether a request that an instance got was lost with it. */
  public boolean isLoss() {
    return fault == Fault.FUNCTION || fault == Fault.PLATFORM;
  }

  /** Whether the same request may well succeed soon, so that the answer says when to come again. */
  public boolean passes() {
    return status == 503 && this != NOT_RELEASED;
  }
}
