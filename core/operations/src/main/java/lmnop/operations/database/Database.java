package lmnop.operations.database;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.r2dbc.pool.ConnectionPool;
import io.r2dbc.pool.ConnectionPoolConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.spi.R2dbcException;
import io.r2dbc.spi.Row;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import lmnop.operations.credentials.CredentialFile;
import org.jspecify.annotations.Nullable;
import org.springframework.r2dbc.connection.R2dbcTransactionManager;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.transaction.reactive.TransactionalOperator;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;
import reactor.util.retry.Retry;

/**
 * One app's way into PostgreSQL: a pool of connections, logged in as that app's role.
 *
 * <p>Statements name their parameters ({@code :name}); a transaction wraps whatever is subscribed
 * inside {@link #inTransaction}.
 */
public final class Database implements AutoCloseable {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);
  private static final Duration SIGN_TIMEOUT = Duration.ofSeconds(2);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);
  private static final String DEADLOCK = "40P01";
  private static final Object INSIDE = new Object();

  /**
   * PostgreSQL ends one of two that wait for each other: what it did is undone, and can be redone.
   */
  public static final Retry AFTER_DEADLOCK =
      Retry.max(3)
          .filter(Database::isDeadlock)
          .onRetryExhaustedThrow((tries, last) -> last.failure());

  /** Of its own, so that they end with it: the JVM waits for threads inside the kernel. */
  private final LoopResources loops =
      LoopResources.create("database", Runtime.getRuntime().availableProcessors(), true);

  private final PostgresqlConnectionFactory direct;
  private final ConnectionPool pool;
  private final DatabaseClient client;
  private final TransactionalOperator transactions;

  public Database(DatabaseSettings settings) {
    this(settings, "");
  }

  /**
   * The same for what always comes one way.
   *
   * @param way see {@link Origin}; empty if each request has its own
   */
  public Database(DatabaseSettings settings, String way) {
    this.direct = new PostgresqlConnectionFactory(configuration(settings, way, loops));
    SignsOfLife signs = new SignsOfLife(System::nanoTime, SIGN_TIMEOUT);
    this.pool =
        new ConnectionPool(
            ConnectionPoolConfiguration.builder(direct)
                .maxSize(settings.poolSize())
                .initialSize(0)
                .maxAcquireTime(Duration.ofSeconds(5))
                .maxCreateConnectionTime(Duration.ofSeconds(5))
                .maxIdleTime(Duration.ofMinutes(5))
                .postAllocate(signs::ask)
                .build());
    this.client = DatabaseClient.create(pool);
    this.transactions = TransactionalOperator.create(new R2dbcTransactionManager(pool));
  }

  private static PostgresqlConnectionConfiguration configuration(
      DatabaseSettings settings, String way, LoopResources loops) {
    return PostgresqlConnectionConfiguration.builder()
        .host(settings.host())
        .port(settings.port())
        .database(settings.name())
        .username(settings.user())
        .password(new CredentialFile(settings.passwordFile()).read().value())
        .connectTimeout(CONNECT_TIMEOUT)
        .statementTimeout(settings.statementTimeout())
        .options(
            Map.of(
                "search_path",
                "lmnop",
                // a process that freezes inside a transaction must not keep its locks
                "idle_in_transaction_session_timeout",
                Long.toString(settings.statementTimeout().toMillis()),
                "lmnop.way",
                way))
        .applicationName(settings.user())
        .loopResources(loops)
        .build();
  }

  /** Shows how many connections are in use, idle, waited for, and how many there may be. */
  public void show(MeterRegistry metrics) {
    pool.getMetrics()
        .ifPresent(now -> {
          gauge(metrics, "in_use", now::acquiredSize);
          gauge(metrics, "idle", now::idleSize);
          gauge(metrics, "waited_for", now::pendingAcquireSize);
          gauge(metrics, "most", now::getMaxAllocatedSize);
        });
  }

  private static void gauge(MeterRegistry metrics, String state, Supplier<Number> number) {
    Gauge.builder("lmnop.database.connections", number)
        .tag("state", state)
        .strongReference(true)
        .register(metrics);
  }

  /** Starts a statement with named parameters; see {@link DatabaseClient#sql(String)}. */
  public DatabaseClient.GenericExecuteSpec sql(String statement) {
    return client.sql(statement);
  }

  /** Runs a statement and maps the one row that it may give. */
  public <T> Mono<T> one(String statement, Map<String, ?> values, Function<Row, T> map) {
    return bound(statement, values).map((row, meta) -> map.apply(row)).one();
  }

  /** Runs a statement and maps all its rows. */
  public <T> Flux<T> all(String statement, Map<String, ?> values, Function<Row, T> map) {
    return bound(statement, values).map((row, meta) -> map.apply(row)).all();
  }

  /** Runs a statement and gives the number of rows that it changed. */
  public Mono<Long> change(String statement, Map<String, ?> values) {
    return bound(statement, values).fetch().rowsUpdated();
  }

  /**
   * Wraps what is subscribed in one transaction; an error rolls all of it back. It knows from where
   * the request comes that asks for it. After a deadlock it is done again.
   */
  public <T> Mono<T> inTransaction(Mono<T> work) {
    return Mono.deferContextual(context -> {
      Origin origin = Origin.of(context);
      Mono<T> once = transactions.transactional(origin == null ? work : tell(origin).then(work));
      return context.hasKey(INSIDE)
          ? once // what surrounds it is lost as well, and done again as a whole
          : once.retryWhen(AFTER_DEADLOCK).contextWrite(inside -> inside.put(INSIDE, true));
    });
  }

  private static boolean isDeadlock(Throwable error) {
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      if (cause instanceof R2dbcException r2dbc && DEADLOCK.equals(r2dbc.getSqlState())) {
        return true;
      }
    }
    return false;
  }

  private Mono<Long> tell(Origin origin) {
    return change(
        "SELECT set_config('lmnop.way', :way, true), set_config('lmnop.client', :client, true)",
        Map.of("way", origin.way(), "client", origin.client()));
  }

  /** The factory for connections outside the pool, which {@link Notices} needs. */
  PostgresqlConnectionFactory direct() {
    return direct;
  }

  private DatabaseClient.GenericExecuteSpec bound(String statement, Map<String, ?> values) {
    DatabaseClient.GenericExecuteSpec spec = client.sql(statement);
    for (Map.Entry<String, ?> entry : values.entrySet()) {
      Object value = entry.getValue();
      spec =
          value instanceof Optional<?> optional
              ? bindOptional(spec, entry.getKey(), optional.orElse(null))
              : spec.bind(entry.getKey(), value);
    }
    return spec;
  }

  private static DatabaseClient.GenericExecuteSpec bindOptional(
      DatabaseClient.GenericExecuteSpec spec, String name, @Nullable Object value) {
    return value == null ? spec.bindNull(name, String.class) : spec.bind(name, value);
  }

  /** Closes the connections; one that the server has cut already is no reason to complain. */
  @Override
  public void close() {
    pool.disposeLater().timeout(CLOSE_TIMEOUT).onErrorComplete().block();
    loops.disposeLater(Duration.ZERO, CLOSE_TIMEOUT).onErrorComplete().block();
  }
}
