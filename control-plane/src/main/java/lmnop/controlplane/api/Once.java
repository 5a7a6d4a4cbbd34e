package lmnop.controlplane.api;

import java.time.Duration;
import java.util.regex.Pattern;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.web.Refusal;
import lmnop.operations.archive.Digest;
import lmnop.operations.database.Database;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;
import reactor.core.publisher.Mono;

/**
 * Does what is asked for once, however often the request comes: the caller gives it a key, and the
 * answer is written in the transaction of what was done.
 */
final class Once {
  private static final String KEY = "Idempotency-Key";
  private static final Pattern PLAUSIBLE = Pattern.compile("[\\x21-\\x7e]{1,100}");
  private static final Duration ANSWER = Duration.ofSeconds(30);
  private static final Duration KEPT = Duration.ofDays(1);

  private final Database database;
  private final OnceStore store;

  Once(Database database) {
    this.database = database;
    this.store = new OnceStore(database);
  }

  /** Answers with what the work did, or did before. */
  Mono<Answer> answer(ServerRequest request, JsonBody body, Mono<Answer> work) {
    String key = key(request);
    if (key == null) {
      return database.inTransaction(work);
    }
    long account = Actor.of(request).accountId();
    String asked =
        Digest.of(request.method() + " " + request.uri().getRawPath() + " " + body.digest()).hex();
    return database.inTransaction(
        store
            .take(account, key, asked)
            .flatMap(first ->
                first
                    ? work.flatMap(done -> store.keep(account, key, done).thenReturn(done))
                    : before(account, key, asked)));
  }

  private Mono<Answer> before(long account, String key, String asked) {
    return store
        .find(account, key)
        .filter(answered -> answered.asked().equals(asked))
        .switchIfEmpty(
            Mono.error(() ->
                new Refusal(
                    HttpStatus.UNPROCESSABLE_CONTENT,
                    "The %s '%s' stood with another request before: take a new one for each."
                        .formatted(KEY, key))))
        .map(OnceStore.Answered::answer);
  }

  /** Refuses a key where the answer or the body is a secret: what is kept for the key has it. */
  static void refuse(ServerRequest request, String instead) {
    if (request.headers().firstHeader(KEY) != null) {
      throw new Refusal(
          HttpStatus.BAD_REQUEST,
          "No %s is taken here, because nothing secret is kept for it: %s."
              .formatted(KEY, instead));
    }
  }

  private static @Nullable String key(ServerRequest request) {
    String key = request.headers().firstHeader(KEY);
    if (key != null && !PLAUSIBLE.matcher(key).matches()) {
      throw new Refusal(
          HttpStatus.BAD_REQUEST,
          "The %s is no key: 1 to 100 characters without spaces are expected.".formatted(KEY));
    }
    return key;
  }

  /** Forgets what was answered long ago; a round of a loop. */
  void forget() {
    store.forget(KEPT.toSeconds() + " seconds").block(ANSWER);
  }
}
