package lmnop.controlplane.web;

import java.io.IOException;
import java.util.function.UnaryOperator;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/**
 * Answers that go on while something happens, each written by a virtual thread.
 *
 * @param crossing of which each takes a place while it goes on
 * @param translation of what the facades throw
 */
public record Streams(Crossing crossing, UnaryOperator<RuntimeException> translation) {
  /** What writes an answer. */
  @FunctionalInterface
  public interface Writing {
    void to(EventWriter out) throws IOException, InterruptedException;
  }

  /** Answers with what the work writes; what fails before the first byte decides the status. */
  public Mono<ServerResponse> answer(ServerRequest request, Writing writing) {
    MediaType type = EventWriter.type(request);
    return ServerResponse.ok()
        .contentType(type)
        .cacheControl(CacheControl.noStore())
        .build((exchange, context) ->
            crossing.answer(
                exchange,
                out -> {
                  try {
                    writing.to(new EventWriter(out, type));
                  } catch (RuntimeException e) {
                    throw translation.apply(e);
                  }
                }));
  }
}
