package lmnop.controlplane.api;

import java.util.List;
import java.util.stream.Stream;
import lmnop.controlplane.web.Refusal;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;
import reactor.core.publisher.Mono;

/**
 * {@code If-Match}: what somebody changes is what he has seen. {@code If-None-Match: *}: what he
 * makes is not there yet.
 */
final class Precondition {
  private static final String ANY = "*";

  private Precondition() {}

  /**
   * Refuses a request whose mark is an old one; one without a mark is for what there is.
   *
   * @param mark of what is there now; empty if nothing is
   */
  static Mono<Void> check(ServerRequest request, Mono<String> mark) {
    List<String> seen = marks(request, HttpHeaders.IF_MATCH);
    if (marks(request, HttpHeaders.IF_NONE_MATCH).contains(ANY)) {
      return mark.hasElement()
          .flatMap(there ->
              there
                  ? Mono.error(refused("There is one already: look at it, then decide."))
                  : Mono.empty());
    }
    if (seen.isEmpty() || seen.contains(ANY)) {
      return Mono.empty();
    }
    return mark.filter(now -> seen.contains('"' + now + '"'))
        .switchIfEmpty(
            Mono.error(
                () -> refused("It is another one than when you looked: look again, then decide.")))
        .then();
  }

  private static List<String> marks(ServerRequest request, String header) {
    return request.headers().header(header).stream()
        .flatMap(marks -> Stream.of(marks.split(",")))
        .map(String::strip)
        .toList();
  }

  private static Refusal refused(String words) {
    return new Refusal(HttpStatus.PRECONDITION_FAILED, words);
  }
}
