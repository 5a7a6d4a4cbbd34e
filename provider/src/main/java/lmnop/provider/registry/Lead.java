package lmnop.provider.registry;

import java.time.Duration;
import java.util.OptionalLong;
import lmnop.operations.lifecycle.Loop;
import lmnop.operations.lifecycle.Pace;
import lmnop.provider.registry.LeadStore.Lease;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;

/**
 * That this process provides for the registry, and no other one does: by a lease that it keeps in
 * the database. Who loses it ends, since somebody else does its work.
 *
 * <p>A database that is away takes the lead from nobody, as nobody else can have it then. Clocks
 * are not compared: what counts is whether somebody has taken the lease.
 */
public final class Lead implements Leading, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Lead.class);
  private static final Duration BEAT = Duration.ofSeconds(1);

  /** How long nobody else takes the lease of one that is not heard of. */
  static final Duration LEASE = Duration.ofSeconds(15);

  /** For how long what was seen last is believed; less than the lease, for whoever was frozen. */
  private static final Duration BELIEVED = Duration.ofSeconds(10);

  private final LeadStore store;
  private final String provider;
  private final String holder;
  private final Pace pace;
  private final Runnable lost;
  private final Rivals rivals;
  private @Nullable Loop beats;
  private volatile long fence; // 0 before it is known
  private volatile boolean over;
  private volatile Duration looked;

  /**
   * One that does not lead yet.
   *
   * @param provider the id
   * @param holder no other folder of data has this name
   * @param lost is run once, when somebody else has taken the lease
   */
  public Lead(LeadStore store, String provider, String holder, Pace pace, Runnable lost) {
    this.store = store;
    this.provider = provider;
    this.holder = holder;
    this.pace = pace;
    this.lost = lost;
    this.rivals = new Rivals(provider, holder);
    this.looked = pace.elapsed();
  }

  /**
   * Waits until this process leads, and keeps that up.
   *
   * @param standsBy whether it waits while another process of the same provider leads, and for a
   *     database that is away; otherwise the one is refused, and the other is not waited for
   * @throws IllegalStateException if another provider has the registry; in words for its operator
   */
  public Lead take(boolean standsBy) throws InterruptedException {
    boolean told = false;
    while (fence == 0) {
      String waits = attempt(standsBy);
      if (waits != null && !told) {
        log.info(waits);
        told = true;
      }
      if (waits == null) {
        break;
      }
      pace.pause(BEAT);
    }
    beats = Loop.start("lead", BEAT, this::beat);
    return this;
  }

  /** Tries once; gives for what it is worth waiting, if it is. */
  private @Nullable String attempt(boolean standsBy) {
    Lease found;
    try {
      found = store.take(provider, holder, LEASE);
    } catch (DataAccessException | IllegalStateException e) { // the latter is a time that is over
      log.debug("who leads is not known", e);
      return standsBy ? "the database does not say who leads; this process waits for it" : null;
    }
    if (found.holder().equals(holder)) {
      begin(found.fence());
      return null;
    }
    if (rivals.isAlive(found) && !(standsBy && provider.equals(found.provider()))) {
      throw new IllegalStateException(rivals.words(found));
    }
    return "a process of the provider '%s' provides for this registry; this one waits for its end"
        .formatted(found.provider());
  }

  private void begin(long number) {
    fence = number;
    looked = pace.elapsed();
    log.info("this process provides for the registry now");
  }

  /** Looks whether this process still leads. */
  synchronized void beat() {
    if (over) {
      return;
    }
    Duration begun = pace.elapsed();
    try {
      if (fence == 0) {
        takeLate();
      } else if (!store.keep(holder, fence, LEASE)) {
        lose("another process has taken over this registry, and this one ends");
      }
    } catch (DataAccessException | IllegalStateException e) {
      log.debug("who leads is not known now", e);
    }
    looked = begun;
  }

  /** The database was away when this process began. */
  private void takeLate() {
    Lease found = store.take(provider, holder, LEASE);
    if (found.holder().equals(holder)) {
      begin(found.fence());
    } else if (rivals.isAlive(found)) {
      lose(rivals.words(found));
    }
  }

  private void lose(String why) {
    over = true;
    log.error(why);
    Thread.ofVirtual().name("lead-lost").start(lost);
  }

  /**
   * Whether this process may change what runs: nobody else leads, as far as can be known. One that
   * was frozen looks first.
   */
  public boolean mayAct() {
    if (pace.elapsed().minus(looked).compareTo(BELIEVED) > 0) {
      beat();
    }
    return !over;
  }

  @Override
  public String holder() {
    return holder;
  }

  @Override
  public OptionalLong fence() {
    long number = fence;
    return number == 0 || over ? OptionalLong.empty() : OptionalLong.of(number);
  }

  @Override
  public void close() {
    if (beats != null) {
      beats.close();
    }
    OptionalLong held = fence();
    if (held.isPresent()) {
      try {
        store.resign(holder, held.getAsLong());
      } catch (RuntimeException e) { // it ends by itself
        log.debug("the lead is not given back: {}", e.toString());
      }
    }
  }
}
