package lmnop.controlplane.web;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * Whether whoever asked may still read what he is answered. An answer that goes on asks now and
 * then, and ends with the token, the session, the account or the membership that it stood on.
 *
 * @param holds asks once more, of those who know
 */
public record Standing(Mono<Boolean> holds) {
  /** The attribute of a request that has one. */
  public static final String ATTRIBUTE = Standing.class.getName();

  private static final long LOOK = Duration.ofSeconds(5).toNanos();
  private static final Duration ANSWER = Duration.ofSeconds(5);

  /** Lets an answer stand on one thing more, which only its own handler knows. */
  public static void alsoOn(ServerWebExchange exchange, Mono<Boolean> more) {
    if (exchange.getAttribute(ATTRIBUTE) instanceof Standing standing) {
      exchange.getAttributes().put(ATTRIBUTE, standing.and(more));
    }
  }

  private Standing and(Mono<Boolean> more) {
    return new Standing(holds.filter(Boolean::booleanValue).flatMap(held -> more));
  }

  /** What is written as long as somebody may read it. */
  static OutputStream watched(ServerWebExchange exchange, OutputStream out) {
    @Nullable Standing standing = exchange.getAttribute(ATTRIBUTE);
    return standing == null ? out : new Watched(out, standing);
  }

  /** A database that does not answer takes nothing away from anybody. */
  private boolean isOver() {
    return Boolean.FALSE.equals(
        holds.timeout(ANSWER).defaultIfEmpty(false).onErrorReturn(true).block());
  }

  private static final class Watched extends OutputStream {
    private final OutputStream out;
    private final Standing standing;
    private long looked = System.nanoTime();

    Watched(OutputStream out, Standing standing) {
      this.out = out;
      this.standing = standing;
    }

    @Override
    public void write(int b) throws IOException {
      look();
      out.write(b);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      look();
      out.write(bytes, offset, length);
    }

    private void look() throws IOException {
      if (System.nanoTime() - looked >= LOOK) {
        looked = System.nanoTime();
        if (standing.isOver()) {
          throw new IOException("whoever reads this may not any more");
        }
      }
    }

    @Override
    public void flush() throws IOException {
      out.flush();
    }

    @Override
    public void close() throws IOException {
      out.close();
    }
  }
}
