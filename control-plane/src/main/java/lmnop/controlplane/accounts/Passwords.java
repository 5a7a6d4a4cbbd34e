package lmnop.controlplane.accounts;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import lmnop.controlplane.web.Refusal;
import org.springframework.http.HttpStatus;
import org.springframework.security.crypto.argon2.Argon2PasswordEncoder;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Argon2id, at most two at once, because each takes 19 MiB and a core for a while.
 *
 * <p>A password that was right is remembered for five minutes, so that a push of ten requests pays
 * once. Kept is a keyed hash of it together with the stored hash: after a change of the password
 * neither the old nor the new one is remembered.
 */
final class Passwords implements AutoCloseable {
  private static final int SALT = 16; // bytes
  private static final int HASH = 32; // bytes
  private static final int MEMORY = 19 * 1024; // KiB
  private static final int ITERATIONS = 2;
  private static final int AT_ONCE = 2;
  private static final int WAITING = 50; // for each of the two
  private static final Duration REMEMBERED = Duration.ofMinutes(5);
  private static final int MOST_REMEMBERED = 10_000;

  private final Argon2PasswordEncoder argon2;
  private final Scheduler threads = Schedulers.newBoundedElastic(AT_ONCE, WAITING, "passwords");
  private final Cache<ByteBuffer, Boolean> remembered;
  private final SecretKeySpec key;
  private final String decoy;

  Passwords(SecureRandom random, Ticker ticker) {
    this(random, ticker, MEMORY, ITERATIONS);
  }

  /**
   * The same for tests, which hash often.
   *
   * @param memory in KiB
   */
  Passwords(SecureRandom random, Ticker ticker, int memory, int iterations) {
    this.argon2 = new Argon2PasswordEncoder(SALT, HASH, 1, memory, iterations);
    this.key = new SecretKeySpec(bytes(random, HASH), "HmacSHA256");
    this.decoy =
        "$argon2id$v=19$m=%d,t=%d,p=1$%s$%s"
            .formatted(memory, iterations, text(bytes(random, SALT)), text(bytes(random, HASH)));
    this.remembered =
        Caffeine.newBuilder()
            .expireAfterWrite(REMEMBERED)
            .maximumSize(MOST_REMEMBERED)
            .ticker(ticker)
            .build();
  }

  private static byte[] bytes(SecureRandom random, int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  private static String text(byte[] bytes) {
    return Base64.getEncoder().withoutPadding().encodeToString(bytes);
  }

  /** What may be stored of a password. */
  Mono<String> hash(String password) {
    return hashing(() -> argon2.encode(password));
  }

  /** Whether this was the right password of the account a short while ago. */
  boolean isRemembered(Account account, String password) {
    return remembered.getIfPresent(digest(account, password)) != null;
  }

  /** Whether this is the right password; remembers it if so. */
  Mono<Boolean> matches(Account account, String password) {
    return hashing(() -> argon2.matches(password, account.passwordHash()))
        .doOnNext(right -> {
          if (right) {
            remembered.put(digest(account, password), true);
          }
        });
  }

  /** Works as long as {@link #matches} does, for an account that is not there. */
  Mono<Boolean> matchesNobody(String password) {
    return hashing(() -> argon2.matches(password, decoy)).map(impossible -> false);
  }

  private <T> Mono<T> hashing(Callable<T> work) {
    return Mono.fromCallable(work)
        .subscribeOn(threads)
        .onErrorMap(
            RejectedExecutionException.class,
            e ->
                new Refusal(
                    HttpStatus.SERVICE_UNAVAILABLE,
                    "Too many log in at once: try again in a few seconds.",
                    Map.of("Retry-After", "5")));
  }

  private ByteBuffer digest(Account account, String password) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(key);
      mac.update(ByteBuffer.allocate(Long.BYTES).putLong(0, account.id()));
      mac.update(account.passwordHash().getBytes(StandardCharsets.UTF_8));
      mac.update((byte) 0);
      mac.update(password.getBytes(StandardCharsets.UTF_8));
      return ByteBuffer.wrap(mac.doFinal());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HmacSHA256", e);
    }
  }

  @Override
  public void close() {
    threads.dispose();
  }
}
