package lmnop.controlplane.api;

import java.time.Duration;
import java.util.Objects;
import lmnop.controlplane.web.Streams;
import lmnop.operations.lifecycle.Pace;
import org.jspecify.annotations.Nullable;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a GET shows, once more each time that something of it has changed. It is looked at once a
 * second for each who watches, so what he is told is what he would be told if he asked.
 *
 * @param pace of the looks
 */
record Watching(Streams streams, Pace pace) {
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final Duration LOOK = Duration.ofSeconds(1);

  /**
   * What is there at a moment.
   *
   * @param mark by which it is told from what was there before
   */
  record Seen(Object mark, Object shape) {}

  /**
   * Answers with it.
   *
   * @param event its name
   * @param look empty if it is there no more; then the answer ends
   */
  Mono<ServerResponse> answer(ServerRequest request, String event, Mono<Seen> look) {
    return streams.answer(
        request,
        out -> {
          @Nullable Object said = null;
          while (true) {
            @Nullable Seen seen = look.block(ANSWER);
            if (seen == null) {
              out.event("end", "{}");
              return;
            }
            if (!Objects.equals(seen.mark(), said)) {
              out.line(event, null, JsonMapper.shared().writeValueAsString(seen.shape()));
              said = seen.mark();
            }
            out.pulse();
            pace.pause(LOOK);
          }
        });
  }
}
