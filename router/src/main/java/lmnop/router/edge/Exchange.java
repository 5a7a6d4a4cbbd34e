package lmnop.router.edge;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import java.util.List;
import lmnop.registry.table.FunctionRoutes;
import lmnop.registry.table.HostRoutes;
import lmnop.registry.table.RoutePolicy;
import lmnop.router.accesslog.LineBuffer;
import lmnop.router.balance.FunctionTraffic;
import lmnop.router.balance.Instance;
import lmnop.router.limits.Rates;
import lmnop.router.outcome.Outcome;
import lmnop.router.resolve.Lookup;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request from its head to its {@link Outcome}: which step it is at, what the steps found, and
 * the one place where it ends.
 */
final class Exchange {
  private static final Logger log = LoggerFactory.getLogger(Exchange.class);

  private final Lane lane;
  private final Caller client;
  private final HttpRequest request;
  private final Upload upload;
  private final Answer answer;
  private final Patience patience;
  private String callId = "";
  private final long startTime = System.currentTimeMillis();
  private @Nullable String startWritten;

  private @Nullable Step step = Step.CHECK;
  private boolean proceeding;
  private boolean ended;

  // Found by CHECK.
  private @Nullable RequestHeaders headers;
  private @Nullable Forwarding forwarding;
  private String target = "";

  // Found by RESOLVE.
  private @Nullable Lookup lookup;
  private @Nullable HostRoutes found;
  private @Nullable HostRoutes matched;
  private @Nullable FunctionTraffic traffic;
  private @Nullable String gatewayRoute;
  private boolean counted;
  private String path = "";

  // Found by CHOOSE, and by SEND.
  private @Nullable Instance instance;
  private RoutePolicy policy = RoutePolicy.DEFAULT;
  private @Nullable Callee origin;
  private boolean freshConnection;
  private FunctionRoutes.@Nullable Share revision;
  private int retries;
  private Rates.@Nullable Verdict verdict;

  Exchange(Caller client, HttpRequest request) {
    this.client = client;
    this.lane = client.lane();
    this.request = request;
    this.upload = new Upload(this);
    this.answer = new Answer(this);
    this.patience = new Patience(this);
  }

  // ── what the steps ask ───────────────────────────────────────────────────────────────────────

  Lane lane() {
    return lane;
  }

  Caller client() {
    return client;
  }

  HttpRequest request() {
    return request;
  }

  Upload upload() {
    return upload;
  }

  Answer answer() {
    return answer;
  }

  Patience patience() {
    return patience;
  }

  RequestHeaders headers() {
    return there(headers);
  }

  /** Where the request came from. */
  Forwarding forwarding() {
    return there(forwarding);
  }

  /** The raw path and query as the client sent them. */
  String target() {
    return target;
  }

  /** The raw path and query as the function sees them. */
  String path() {
    return path;
  }

  /** The call's id where the router made it; null where the client did. */
  @Nullable String ownCallId() {
    String id = callId();
    return headers == null || headers.callId() == null ? id : null;
  }

  /** Whether the request's head was found to be in order. */
  boolean isChecked() {
    return headers != null;
  }

  /** When the request came, in milliseconds since 1970. */
  long startMillis() {
    return startTime;
  }

  /** Nanoseconds since 1970, as OpenFaaS writes it. */
  String startTime() {
    String written = startWritten;
    if (written == null) {
      written = Long.toString(startTime).concat("000000");
      startWritten = written;
    }
    return written;
  }

  String callId() {
    if (callId.isEmpty()) {
      String sent = headers == null ? null : headers.callId();
      callId = sent == null ? CallIds.next() : sent;
    }
    return callId;
  }

  /**
   * The protocol that the client asks to change to, or null. An offer of h2c may be left
   * unanswered, and common clients make it with every request; so may any other, where a body
   * comes.
   */
  @Nullable String wantedProtocol() {
    String protocol = headers().upgrade();
    return protocol == null
            || protocol.isEmpty()
            || protocol.equalsIgnoreCase("h2c")
            || client.speaksOld()
            || headers().announcesBody()
            || !request.method().equals(HttpMethod.GET)
        ? null
        : protocol;
  }

  boolean isForGateway() {
    return traffic == null;
  }

  @Nullable String gatewayRoute() {
    return gatewayRoute;
  }

  boolean isForPortal() {
    return isForGateway() && EdgeContext.InnerGateway.PORTAL.equals(gatewayRoute);
  }

  FunctionTraffic traffic() {
    return there(traffic);
  }

  Instance instance() {
    return there(instance);
  }

  @Nullable FunctionTraffic trafficIfAny() {
    return traffic;
  }

  @Nullable Instance instanceIfAny() {
    return instance;
  }

  /** The revision that was chosen, once one was. */
  FunctionRoutes.@Nullable Share revision() {
    return revision;
  }

  /** How often the request was sent again. */
  int retries() {
    return retries;
  }

  RoutePolicy policy() {
    return policy;
  }

  @Nullable Callee origin() {
    return origin;
  }

  boolean hasEnded() {
    return ended;
  }

  @Nullable Lookup lookup() {
    return lookup;
  }

  /** Whether only a connection that was never used before will do. */
  boolean wantsFreshConnection() {
    return freshConnection;
  }

  private static <T> T there(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("a step came before the one that it builds on");
    }
    return value;
  }

  // ── what the steps found ─────────────────────────────────────────────────────────────────────

  void checked(RequestHeaders found, Forwarding way, String originForm) {
    headers = found;
    forwarding = way;
    target = originForm;
    path = originForm;
  }

  /** The request was counted against a rate. */
  void counted(Rates.@Nullable Verdict found) {
    verdict = found;
  }

  /** What that said; null where the function has no rate. */
  Rates.@Nullable Verdict verdict() {
    return verdict;
  }

  /** The gateway's route, or null where those of the request's host may take it. */
  void forGateway(@Nullable String route) {
    traffic = null;
    gatewayRoute = route;
  }

  void lookFor(Lookup wanted) {
    lookup = wanted;
  }

  /** The newest snapshot that is known for the look-up, or null. */
  @Nullable HostRoutes routes() {
    HostRoutes cached = lane.context().routes().cached(there(lookup).key());
    return cached == null ? found : cached;
  }

  /** Whether requests of the same function wait for an instance on this event loop. */
  boolean isBehindOthers() {
    return lane.isWaitedFor(traffic().queue());
  }

  /** Whether the routing table has a newer snapshot than the one that was matched. */
  boolean isOutdated() {
    HostRoutes newest = routes();
    return newest != null && matched != null && newest.number() != matched.number();
  }

  void forFunction(HostRoutes routes, FunctionTraffic function, String functionPath) {
    matched = routes;
    traffic = function;
    path = functionPath;
    if (!counted) {
      counted = true;
      function.meter().started();
    }
  }

  /** The request counts as in flight from here on, unless others took the instance's last place. */
  boolean chose(Instance chosen, RoutePolicy chosenPolicy, FunctionRoutes.@Nullable Share share) {
    if (!chosen.begin()) {
      return false;
    }
    instance = chosen;
    policy = chosenPolicy;
    revision = share;
    patience.waitingIsOver();
    return true;
  }

  void attach(Callee connection) {
    origin = connection;
    connection.begin(this);
  }

  // ── moving on ────────────────────────────────────────────────────────────────────────────────

  /** Runs steps until one waits or the request ends. */
  void proceed() {
    if (proceeding) {
      return;
    }
    proceeding = true;
    try {
      for (Step now = step; now != null && !ended; now = step) {
        Progress progress = now.run(this);
        if (progress != Progress.NEXT) {
          return;
        }
        if (step == now) {
          step = now.next();
        }
      }
    } catch (RuntimeException e) {
      log.error("call {} failed in the router", callId(), e);
      end(Outcome.ROUTER_FAULT);
    } finally {
      proceeding = false;
    }
  }

  /** Runs the step again that waited. */
  void resume() {
    if (!ended) {
      proceed();
    }
  }

  /** A look-up that the request waited for has its answer. */
  void lookedUp(HostRoutes routes) {
    found = routes;
    resume();
  }

  /** The instance took no connection: another one is tried, or the same one later. */
  void refused() {
    if (!ended) {
      giveInstanceBack();
      retried();
      step = Step.CHOOSE;
      resume();
    }
  }

  private void retried() {
    retries++;
    lane.context().metrics().retried();
  }

  /** The connection was closed before anything of an answer came. */
  void connectionLost() {
    Callee lost = there(origin);
    origin = null;
    boolean may = !Boolean.FALSE.equals(policy.retries());
    if (may && lost.wasReused() && upload.mayBeRepeated(request.method(), lost)) {
      giveInstanceBack();
      freshConnection = true;
      upload.rewind();
      retried();
      step = Step.CHOOSE;
      resume();
    } else {
      end(isForGateway() ? Outcome.PORTAL_AWAY : Outcome.CONNECTION_BROKEN);
    }
  }

  /** The instance says that it did nothing of the request: whatever it is, it may be sent again. */
  void notTaken(List<HttpContent> body) {
    origin = null;
    if (!upload.rewind(body, !Boolean.FALSE.equals(policy.retries()))) {
      end(
          Outcome.REFUSED,
          "The function does not take the request at the moment, and did nothing of it.");
      return;
    }
    giveInstanceBack();
    retried();
    step = Step.CHOOSE;
    resume();
  }

  private void giveInstanceBack() {
    Instance given = instance;
    if (given != null) {
      instance = null;
      given.end();
      FunctionTraffic called = traffic;
      if (policy.concurrencyLimit() != null && called != null) {
        lane.placeIsFree(called.queue());
      }
    }
  }

  /** See {@link Patience#shouldLookAgain}. */
  boolean shouldLookAgain(long now) {
    return patience.shouldLookAgain(now);
  }

  // ── the end ──────────────────────────────────────────────────────────────────────────────────

  /** Ends the request with an outcome that is not the function's answer, inside a step. */
  Progress refuse(Outcome outcome, @Nullable String detail) {
    end(outcome, detail);
    return Progress.ENDED;
  }

  void end(Outcome outcome) {
    end(outcome, null);
  }

  private void end(Outcome outcome, @Nullable String detail) {
    if (ended) {
      return;
    }
    settle(outcome);
    Callee abandoned = origin;
    if (abandoned != null) {
      abandoned.abandon();
    }
    if (outcome == Outcome.CLIENT_LEFT) {
      client.abort();
    } else if (answer.isStarted()) {
      if (!answer.breakOff(outcome)) {
        client.abort();
      }
    } else {
      answer.error(outcome, detail);
    }
  }

  /** The function's answer is complete. */
  void answered() {
    settle(Outcome.ANSWERED);
    Callee used = origin;
    if (used != null && !upload.isComplete()) {
      used.abandon();
    }
    client.exchangeEnded(this, answer.keepsConnection());
  }

  /** The function agrees to speak the protocol that the client asked for. */
  void switchProtocols(HttpResponse head, OriginConnection connection) {
    answer.switching(head);
    client.switchProtocols(this, connection);
  }

  /** Counts the request as ended, whatever is still to be done with its connections. */
  void settle(Outcome outcome) {
    ended = true;
    step = null;
    patience.waitingIsOver();
    LineBuffer lines = lane.accessLines();
    if (lines != null) {
      AccessLine.write(lines, this, outcome);
    }
    Instance had = instance;
    if (had != null && outcome.isLoss()) {
      lane.context().fleet().lost(had);
    }
    giveInstanceBack();
    upload.release();
    lane.context().metrics().ended(outcome);
    FunctionTraffic called = traffic;
    if (counted && called != null) {
      int status = answer.isStarted() ? answer.status() : outcome.status();
      called.meter().ended(status, patience.servedNanos());
    }
  }

  /** Stops or lets run what the client sends. */
  void clientMaySend(boolean may) {
    client.holdUpload(!may);
  }

  /** Flushes at the end of the loop's turn. */
  void flush(Channel channel) {
    lane.flush(channel);
  }
}
