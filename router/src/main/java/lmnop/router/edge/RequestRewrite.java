package lmnop.router.edge;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.util.List;

/** The step REWRITE. */
final class RequestRewrite {
  private RequestRewrite() {}

  static Progress run(Exchange exchange) {
    HttpRequest request = exchange.request();
    HttpHeaders headers = request.headers();
    List<CharSequence> dropped = exchange.headers().dropped();
    for (int i = 0; i < dropped.size(); i++) {
      headers.remove(dropped.get(i));
    }
    if (!exchange.isForPortal()) {
      PortalSession.drop(headers);
    }
    String host = exchange.headers().host();
    if (host == null) {
      headers.set(HttpHeaderNames.HOST, "");
    } else {
      headers.add(Names.X_FORWARDED_HOST, host);
    }
    Forwarding forwarding = exchange.forwarding();
    headers.add(Names.X_FORWARDED_FOR, forwarding.chain());
    headers.add(Names.X_FORWARDED_PROTO, forwarding.scheme());
    headers.add(Names.X_CALL_ID, exchange.callId());
    headers.add(Names.X_START_TIME, exchange.startTime());
    headers.add(
        Names.TRACE_PARENT_NAME,
        TraceParent.next(exchange.headers().traceParent(), exchange.ownCallId()));
    if (exchange.isForGateway()) {
      headers.add(
          EdgeContext.InnerGateway.SECRET_HEADER, exchange.lane().context().gateway().secret());
      String route = exchange.gatewayRoute();
      if (route != null) {
        headers.add(EdgeContext.InnerGateway.ROUTE_HEADER, route);
      }
    }
    String protocol = exchange.wantedProtocol();
    if (protocol != null && isSpokenBy(exchange, protocol)) {
      headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
      headers.set(HttpHeaderNames.UPGRADE, protocol);
    }
    request.setProtocolVersion(HttpVersion.HTTP_1_1);
    return Progress.NEXT;
  }

  /** Functions may speak anything, the inner gateway WebSocket, the control plane only HTTP. */
  private static boolean isSpokenBy(Exchange exchange, String protocol) {
    return !exchange.isForGateway()
        || (protocol.equalsIgnoreCase("websocket") && !exchange.isForPortal());
  }
}
