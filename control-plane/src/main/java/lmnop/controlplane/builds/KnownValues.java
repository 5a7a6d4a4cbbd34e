package lmnop.controlplane.builds;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import lmnop.operations.credentials.Scrubber;
import lmnop.operations.credentials.Token;
import reactor.core.publisher.Mono;

/** What must not stand in the log of a build: the platform's credentials, its owner's secrets. */
final class KnownValues {
  private final List<byte[]> credentials;
  private final LongFunction<Mono<List<byte[]>>> secrets;

  KnownValues(List<String> credentials, LongFunction<Mono<List<byte[]>>> secrets) {
    this.credentials = credentials.stream().map(KnownValues::bytes).toList();
    this.secrets = secrets;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** What takes them, and the task's own token, out of the lines of one holder of a task. */
  Mono<Scrubber> scrubber(long repository, Token token) {
    return secrets
        .apply(repository)
        .map(found -> {
          List<byte[]> all = new ArrayList<>(credentials);
          all.add(bytes(token.value()));
          all.addAll(found);
          return new Scrubber(all);
        });
  }
}
