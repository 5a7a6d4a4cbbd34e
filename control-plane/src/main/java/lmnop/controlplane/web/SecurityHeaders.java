package lmnop.controlplane.web;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import java.util.Map;
import org.springframework.http.HttpHeaders;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;
import reactor.netty.NettyPipeline;

/**
 * What every answer tells browsers, whoever made it: to run no script but the portal's own and none
 * that stands in a page, to show it in no frame, to believe its type, to keep nothing of it unless
 * the answer says so.
 */
final class SecurityHeaders implements WebFilter {
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self';"
          + " base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
  private static final String CONTENT_POLICY = "Content-Security-Policy";
  private static final Map<String, String> ALWAYS =
      Map.of(
          CONTENT_POLICY,
          POLICY,
          "X-Content-Type-Options",
          "nosniff",
          // Not no-referrer: a browser would then not say either from which page a form comes.
          "Referrer-Policy",
          "same-origin",
          "Cross-Origin-Opener-Policy",
          "same-origin",
          "Cross-Origin-Resource-Policy",
          "same-origin");
  private static final String ENCRYPTED_FOR = "max-age=31536000"; // seconds: a year

  @Override
  public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
    exchange
        .getResponse()
        .beforeCommit(() -> {
          add(exchange.getRequest().getHeaders(), exchange.getResponse().getHeaders());
          return Mono.empty();
        });
    return chain.filter(exchange);
  }

  private static void add(HttpHeaders request, HttpHeaders answer) {
    ALWAYS.forEach(answer::set);
    if (answer.getFirst(HttpHeaders.CACHE_CONTROL) == null) {
      answer.set(HttpHeaders.CACHE_CONTROL, "no-store");
    }
    if (Transport.isEncrypted(request)) {
      answer.set("Strict-Transport-Security", ENCRYPTED_FOR);
    }
  }

  /** The same for what a channel answers itself, to bytes that are no request. */
  static void alsoOf(Channel channel) {
    channel
        .pipeline()
        .addAfter(
            NettyPipeline.HttpCodec,
            "security-headers",
            new ChannelOutboundHandlerAdapter() {
              @Override
              public void write(
                  ChannelHandlerContext context, Object message, ChannelPromise promise) {
                if (message instanceof HttpResponse answer
                    && answer.status().codeClass() != HttpStatusClass.INFORMATIONAL
                    && !answer.headers().contains(CONTENT_POLICY)) {
                  ALWAYS.forEach(answer.headers()::set);
                  answer.headers().set(HttpHeaders.CACHE_CONTROL, "no-store");
                }
                context.write(message, promise);
              }
            });
  }
}
