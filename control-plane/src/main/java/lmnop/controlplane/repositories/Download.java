package lmnop.controlplane.repositories;

import lmnop.controlplane.web.Crossing;
import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/**
 * Bytes that are sent as they are.
 *
 * @param fileName under which a browser keeps them; plain characters only
 * @param length in bytes; negative where it is not known before
 */
public record Download(String fileName, String type, long length, Crossing.Writing writing) {
  /** Answers with these bytes of strangers: to be kept, never to be opened where they come from. */
  Mono<ServerResponse> sentBy(Crossing downloads) {
    ServerResponse.BodyBuilder answer =
        ServerResponse.ok()
            .header(HttpHeaders.CONTENT_TYPE, type)
            .header(HttpHeaders.CONTENT_DISPOSITION, "attachment; filename=\"" + fileName + "\"");
    if (length >= 0) {
      answer.contentLength(length);
    }
    return answer.build((exchange, context) -> downloads.answer(exchange, writing));
  }
}
