package lmnop.router.edge;

import lmnop.registry.table.HostRoutes;
import lmnop.registry.table.RoutePolicy;
import lmnop.router.balance.Instance;
import lmnop.router.balance.Share;
import lmnop.router.balance.Workload;
import lmnop.router.outcome.Outcome;
import lmnop.router.resolve.Lookup;

/** The step CHOOSE. */
final class Choice {
  private Choice() {}

  static Progress run(Exchange exchange) {
    Lookup lookup = exchange.lookup();
    if (exchange.isForGateway() || lookup == null) {
      return gateway(exchange);
    }
    // The snapshot is at most as old as this turn of the loop: a request counts as in flight before
    // the loop says that it has a newer one.
    HostRoutes routes = exchange.routes();
    if (routes != null && exchange.isOutdated()) {
      Progress matched = Resolution.match(exchange, lookup, routes);
      if (matched != Progress.NEXT || exchange.isForGateway()) {
        return matched == Progress.NEXT ? gateway(exchange) : matched;
      }
      Outcome locked = Admission.locked(exchange);
      if (locked != null) {
        return exchange.refuse(locked, null); // it asks for a token since it was matched
      }
    }
    if (!exchange.traffic().isReleased()) {
      return exchange.refuse(Outcome.NOT_RELEASED, null);
    }
    Share share = Stickiness.share(exchange);
    if (exchange.upload().isMoreThan(share.policy().bodyLimitBytes())) {
      return exchange.refuse(Outcome.BODY_TOO_LARGE, null);
    }
    if (share.isLimited() && !exchange.patience().isWaiting() && exchange.isBehindOthers()) {
      return await(exchange, share);
    }
    boolean waited = exchange.patience().isWaiting();
    Instance instance = share.choose(System.nanoTime());
    if (instance == null || !exchange.chose(instance, share.policy(), share.source())) {
      return await(exchange, share);
    }
    if (waited) {
      Workload workload = share.workload();
      exchange.lane().context().waker().cameTrue(workload.namespace(), workload.name());
    }
    return Progress.NEXT;
  }

  private static Progress gateway(Exchange exchange) {
    Instance gateway = exchange.lane().gateway();
    if (gateway == null) { // whoever waits is asked ten times a second to look again
      return exchange.patience().awaitGateway()
          ? Progress.WAIT
          : exchange.refuse(Outcome.PORTAL_STARTING, null);
    }
    if (exchange.patience().refusals() > 0) {
      return exchange.refuse(Outcome.PORTAL_AWAY, null);
    }
    exchange.chose(gateway, RoutePolicy.DEFAULT, null);
    return Progress.NEXT;
  }

  private static Progress await(Exchange exchange, Share share) {
    if (!exchange.patience().await(share)) {
      boolean busy = share.isLimited() && share.hasInstances();
      return exchange.refuse(busy ? Outcome.ALL_BUSY : Outcome.TOO_MANY_WAITING, null);
    }
    if (exchange.isOutdated()) {
      return run(exchange); // an instance came between the look and the wait
    }
    if (!share.hasInstances()) {
      Workload workload = share.workload();
      exchange.lane().context().waker().wake(workload.namespace(), workload.name());
    }
    return Progress.WAIT;
  }
}
