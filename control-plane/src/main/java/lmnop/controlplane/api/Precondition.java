package lmnop.controlplane.api;

import java.util.List;
import java.util.stream.Stream;
import lmnop.controlplane.web.Refusal;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;
import reactor.core.publisher.Mono;

/** {@code If-Match}: what somebody changes is what he has seen. */
final class Precondition {
  private Precondition() {}

  /** Refuses a request whose mark is an old one; one without a mark is for what there is. */
  static Mono<Void> check(ServerRequest request, Mono<String> mark) {
    List<String> seen =
        request.headers().header(HttpHeaders.IF_MATCH).stream()
            .flatMap(header -> Stream.of(header.split(",")))
            .map(String::strip)
            .toList();
    if (seen.isEmpty() || seen.contains("*")) {
      return Mono.empty();
    }
    return mark.filter(now -> seen.contains('"' + now + '"'))
        .switchIfEmpty(
            Mono.error(() ->
                new Refusal(
                    HttpStatus.PRECONDITION_FAILED,
                    "Other revisions get the traffic than when you looked: look again, then decide.")))
        .then();
  }
}
