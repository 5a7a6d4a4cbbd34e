package lmnop.provider.registry;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import lmnop.operations.database.Database;
import lmnop.operations.lifecycle.Loop;
import lmnop.provider.registry.RegistrarStore.Rows;
import lmnop.provider.registry.RegistrarStore.WorkloadName;
import lmnop.providerapi.EngineLimits;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the registry's tables equal to what runs.
 *
 * <p>Callers say what shall stand there and go on; one loop writes the difference. While the
 * database is away nothing is lost and nobody waits: when it is back, the tables are read, and made
 * what they shall be then.
 */
public final class Registrar implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Registrar.class);
  private static final Duration BEAT = Duration.ofSeconds(1);
  private static final Duration ANSWER = Duration.ofSeconds(10);

  private final RegistrarStore store;
  private final String provider;
  private final String orchestration;

  /** What shall stand in the tables; guarded by this. */
  private final Rows wanted = Rows.empty();

  /** Who waits until it stands there; guarded by this. */
  private List<CompletableFuture<Long>> waiting = new ArrayList<>();

  /** What stands in the tables, or null when that is not known. */
  private @Nullable Rows written;

  private volatile boolean reachable = true;
  private volatile @Nullable EngineLimits limits;
  private @Nullable Loop writes;
  private @Nullable Loop beats;

  public Registrar(Database database, String provider, String orchestration, Leading lead) {
    this.store = new RegistrarStore(database, lead);
    this.provider = provider;
    this.orchestration = orchestration;
  }

  /** Starts to write; what the tables hold besides what was wanted until now goes. */
  public synchronized void start() {
    writes = Loop.start("registrar", BEAT, this::write);
    beats = Loop.start("heartbeat", BEAT, this::beat);
  }

  private void beat() {
    store.beat(provider, orchestration, limits).block(ANSWER);
  }

  /** Notes what cannot be had from what runs the functions. */
  public void limits(EngineLimits now) {
    limits = now;
  }

  /** Whether the last write succeeded. */
  public boolean reachable() {
    return reachable;
  }

  /** Lets requests come to an instance; completes with the change number when they do. */
  public synchronized CompletableFuture<Long> publish(Endpoint endpoint) {
    wanted.endpoints().put(endpoint.instance(), endpoint);
    return written();
  }

  /** Lets no more requests come to an instance; completes with the change number. */
  public synchronized CompletableFuture<Long> withdraw(String instance) {
    wanted.endpoints().remove(instance);
    return written();
  }

  /** Waits until a change is written, and gives its number; nothing where that takes too long. */
  public static Optional<Long> await(CompletableFuture<Long> written, Duration patience)
      throws InterruptedException {
    try {
      return Optional.of(written.get(patience.toMillis(), TimeUnit.MILLISECONDS));
    } catch (TimeoutException | ExecutionException e) {
      return Optional.empty();
    }
  }

  /** Notes how a workload is. */
  public synchronized void note(WorkloadState state) {
    WorkloadName key = new WorkloadName(state.namespace(), state.name());
    if (!state.equals(wanted.workloads().put(key, state))) {
      nudge();
    }
  }

  /** Forgets a workload that was deleted. */
  public synchronized void forget(String namespace, String name) {
    wanted.workloads().remove(new WorkloadName(namespace, name));
    nudge();
  }

  private synchronized CompletableFuture<Long> written() {
    CompletableFuture<Long> done = new CompletableFuture<>();
    waiting.add(done);
    nudge();
    return done;
  }

  private void nudge() {
    if (writes != null) {
      writes.nudge();
    }
  }

  private void write() {
    Rows to;
    List<CompletableFuture<Long>> served;
    synchronized (this) {
      to = wanted.copy();
      served = waiting;
      waiting = new ArrayList<>();
    }
    try {
      long number = write(to);
      served.forEach(done -> done.complete(number));
      if (!reachable) {
        log.info("the registry is back; its endpoints are what runs here");
      }
      reachable = true;
    } catch (RuntimeException e) {
      written = null;
      synchronized (this) {
        waiting.addAll(served);
      }
      if (reachable && !Thread.currentThread().isInterrupted()) {
        log.warn("the registry is away; instances go on, their rows follow: {}", e.toString());
      }
      reachable = false;
    }
  }

  private long write(Rows to) {
    Rows from = written;
    if (from == null) {
      from = store.read().block(ANSWER);
    }
    if (from == null) {
      throw new IllegalStateException("the registry's tables gave no answer");
    }
    long number = 0;
    if (!from.equals(to)) {
      Long published = store.write(from, to).block(ANSWER);
      number = published == null ? 0 : published;
    }
    written = to;
    return number;
  }

  /** Writes what is still to be written, if the database is there, and stops. */
  @Override
  public void close() {
    Loop running;
    Loop beating;
    synchronized (this) {
      running = writes;
      beating = beats;
      writes = null;
      beats = null;
    }
    if (running != null) {
      running.close();
      write();
    }
    if (beating != null) {
      beating.close();
    }
  }
}
