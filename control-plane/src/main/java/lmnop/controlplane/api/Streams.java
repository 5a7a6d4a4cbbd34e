package lmnop.controlplane.api;

import java.io.IOException;
import lmnop.controlplane.web.Crossing;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** Answers that go on while something happens, each written by a virtual thread. */
record Streams(Crossing crossing) {
  /** What writes an answer. */
  @FunctionalInterface
  interface Writing {
    void to(EventWriter out) throws IOException, InterruptedException;
  }

  /** Answers with what the work writes; what fails before the first byte decides the status. */
  Mono<ServerResponse> answer(ServerRequest request, Writing writing) {
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
                    throw Failures.translated(e);
                  }
                }));
  }
}
