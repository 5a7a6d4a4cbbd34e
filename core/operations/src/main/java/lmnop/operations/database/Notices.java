package lmnop.operations.database;

import io.r2dbc.postgresql.api.Notification;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * Listens to PostgreSQL's notices on a connection of its own, and connects again by itself.
 *
 * <p>A notice may be lost while the connection is away. So {@link Listener#connected} is called
 * after every connect, and whoever listens catches up from the tables then.
 */
public final class Notices implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Notices.class);
  private static final Duration HEARTBEAT = Duration.ofSeconds(5);

  /** A database that hangs takes connections and says nothing. */
  private static final Duration ANSWER = Duration.ofSeconds(5);

  private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(2);

  /** Told of notices; called on the connection's thread, so it hands work on and returns. */
  public interface Listener {
    /** The connection stands (again); notices may have been missed. */
    void connected();

    /** A notice came. */
    void notice(String channel, String payload);

    /** The connection is gone and is being made again. */
    default void disconnected() {}
  }

  private final Database database;
  private final String listen;
  private final Listener listener;
  private volatile boolean away;
  private final Disposable subscription;

  private Notices(Database database, List<String> channels, Listener listener) {
    this.database = database;
    this.listen =
        channels.stream().map(channel -> "LISTEN " + channel).collect(Collectors.joining("; "));
    this.listener = listener;
    this.subscription = start();
  }

  /** Starts to listen on the given channels. */
  public static Notices listen(Database database, List<String> channels, Listener listener) {
    return new Notices(database, channels, listener);
  }

  private Disposable start() {
    return Flux.usingWhen(
            database.direct().create().timeout(ANSWER), this::follow, PostgresqlConnection::close)
        .doOnError(e -> {
          if (!away) {
            away = true;
            log.warn("the notices of the database are away: {}", e.toString());
          }
          listener.disconnected();
        })
        .retryWhen(
            Retry.backoff(Long.MAX_VALUE, Duration.ofMillis(100)).maxBackoff(LONGEST_BACKOFF))
        .subscribe(
            n -> listener.notice(n.getName(), n.getParameter() == null ? "" : n.getParameter()));
  }

  private Flux<Notification> follow(PostgresqlConnection connection) {
    Mono<Void> listening =
        connection
            .createStatement(listen)
            .execute()
            .flatMap(r -> r.getRowsUpdated())
            .then()
            .timeout(ANSWER);
    Flux<Notification> beats =
        Flux.interval(HEARTBEAT)
            .onBackpressureDrop()
            .concatMap(tick ->
                connection
                    .createStatement("SELECT 1")
                    .execute()
                    .flatMap(r -> r.getRowsUpdated())
                    .then()
                    .timeout(HEARTBEAT)
                    .then(Mono.<Notification>empty()));
    Flux<Notification> notifications =
        connection
            .getNotifications()
            .concatWith(Flux.error(new IllegalStateException("the connection ended")));
    return listening
        .then(
            Mono.fromRunnable(() -> {
              away = false;
              listener.connected();
            }))
        .thenMany(Flux.merge(notifications, beats));
  }

  @Override
  public void close() {
    subscription.dispose();
  }
}
