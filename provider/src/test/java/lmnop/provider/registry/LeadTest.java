package lmnop.provider.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import lmnop.operations.database.Database;
import lmnop.operations.lifecycle.Pace;
import lmnop.testkit.TestDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One process provides for a registry, whatever others begin, freeze, die or come back. */
final class LeadTest {
  private static final Duration PATIENCE = Duration.ofSeconds(40);

  private TestDatabase database;
  private Database provider;
  private final AtomicInteger lost = new AtomicInteger();

  @BeforeEach
  void open() {
    database = new TestDatabase();
    provider = database.as("lmnop_provider");
  }

  @AfterEach
  void close() {
    provider.close();
    database.close();
  }

  private Lead lead(String id, String holder) {
    return lead(id, holder, Pace.real());
  }

  private Lead lead(String id, String holder, Pace pace) {
    return new Lead(new LeadStore(provider), id, holder, pace, lost::incrementAndGet);
  }

  private static CompletableFuture<Lead> inBackground(Lead lead) {
    CompletableFuture<Lead> taken = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try {
            taken.complete(lead.take(true));
          } catch (InterruptedException | RuntimeException e) {
            taken.completeExceptionally(e);
          }
        });
    return taken;
  }

  private Instant until() {
    return new LeadStore(provider).take("nobody", "nobody", Lead.LEASE).until();
  }

  /** The leader has kept its lease once more. */
  private void awaitBeat() {
    Instant before = until();
    await().atMost(PATIENCE).until(() -> until().isAfter(before));
  }

  private void leaseEnds() {
    database.execute("UPDATE lmnop.provider_lease SET lease_until = now() - interval '1 second'");
  }

  @Test
  void whoStandsByLeadsOnceTheOtherOneStops() throws Exception {
    Lead first = lead("p", "a").take(true);
    CompletableFuture<Lead> second = inBackground(lead("p", "b"));
    awaitBeat();
    awaitBeat();
    awaitBeat();
    assertThat(second).isNotDone();
    assertThat(first.mayAct()).isTrue();
    first.close();
    await().atMost(PATIENCE).until(second::isDone);
    assertThat(second.get().fence()).hasValue(2);
    assertThat(lost).hasValue(0);
    second.get().close();
  }

  @Test
  void theSameFolderGoesOnAtOnceAndWhatItWasIsOver() throws Exception {
    Lead before = lead("p", "a").take(false);
    Lead after = lead("p", "a").take(false);
    assertThat(after.fence()).hasValue(2);
    await().atMost(PATIENCE).until(() -> lost.get() == 1);
    assertThat(before.mayAct()).isFalse();
    assertThat(before.fence()).isEmpty();
    assertThat(after.mayAct()).isTrue();
    before.close();
    assertThat(lead("p", "b").fence()).isEmpty();
    assertThat(new LeadStore(provider).take("p", "b", Lead.LEASE).holder())
        .as("what is over gives nothing back")
        .isEqualTo("a");
    after.close();
  }

  @Test
  void anotherProviderIsRefusedInWordsWhileTheFirstLives() throws Exception {
    Lead first = lead("one", "a").take(false);
    assertThatThrownBy(() -> lead("two", "b").take(true))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("'one' provides for this registry already")
        .hasMessageContaining("give this one a database of its own");
    assertThatThrownBy(() -> lead("one", "c").take(false))
        .hasMessageContaining("Another process with the id 'one' and another data folder");
    assertThat(first.mayAct()).isTrue();
    assertThat(lost).hasValue(0);
    first.close();
  }

  @Test
  void anotherProviderTakesTheRegistryOfOneThatDied() throws Exception {
    new LeadStore(provider).take("one", "a", Duration.ofMillis(1500));
    Lead second = lead("two", "b").take(false);
    assertThat(second.fence()).hasValue(2);
    second.close();
  }

  @Test
  void whoWasFrozenActsNoMoreOnceAnotherLeads() throws Exception {
    AtomicReference<Duration> now = new AtomicReference<>(Duration.ZERO);
    Pace frozen =
        new Pace() {
          @Override
          public Duration elapsed() {
            return now.get();
          }

          @Override
          public void pause(Duration time) {}
        };
    Lead first = lead("p", "a", frozen);
    first.beat();
    assertThat(first.mayAct()).isTrue();
    leaseEnds();
    new LeadStore(provider).take("p", "b", Lead.LEASE);
    assertThat(first.mayAct()).as("it looked a moment ago").isTrue();
    now.set(Duration.ofMinutes(1));
    assertThat(first.mayAct()).as("it looks before it does anything").isFalse();
    await().atMost(PATIENCE).until(() -> lost.get() == 1);
  }

  @Test
  void clocksThatJumpTakeTheLeadFromNobodyWhoKeepsIt() throws Exception {
    Lead first = lead("p", "a");
    first.beat();
    leaseEnds(); // forward, and nobody else is there
    first.beat();
    assertThat(first.fence()).hasValue(1);
    database.execute("UPDATE lmnop.provider_lease SET lease_until = now() + interval '1 hour'");
    first.beat();
    assertThat(new LeadStore(provider).take("p", "b", Lead.LEASE).holder())
        .as("back, and it keeps its lease in the new time")
        .isEqualTo("a");
    database.execute("UPDATE lmnop.provider_lease SET lease_until = now() + interval '1 hour'");
    assertThat(new LeadStore(provider).take("p", "b", Lead.LEASE).holder())
        .as("back, and nobody keeps it")
        .isEqualTo("b");
    first.close();
  }

  @Test
  void aDatabaseThatIsAwayTakesTheLeadFromNobody() throws Exception {
    database.execute("ALTER TABLE lmnop.provider_lease RENAME TO away");
    Lead first = lead("p", "a");
    first.beat();
    database.execute("ALTER TABLE lmnop.away RENAME TO provider_lease");
    first.beat();
    assertThat(first.fence()).hasValue(1);
    database.execute("ALTER TABLE lmnop.provider_lease RENAME TO away");
    first.beat();
    assertThat(first.mayAct()).isTrue();
    assertThat(first.fence()).hasValue(1);
    assertThat(lost).hasValue(0);
    first.close();
  }

  @Test
  void whoMayNotWaitForTheDatabaseBeginsAndLeadsOnceItIsThere() throws Exception {
    database.execute("ALTER TABLE lmnop.provider_lease RENAME TO away");
    Lead early = lead("p", "a").take(false);
    assertThat(early.fence()).isEmpty();
    assertThat(early.mayAct()).isTrue();
    CompletableFuture<Lead> waiting = inBackground(lead("p", "b"));
    database.execute("ALTER TABLE lmnop.away RENAME TO provider_lease");
    await().atMost(PATIENCE).until(() -> early.fence().isPresent() || waiting.isDone());
    early.close();
    await().atMost(PATIENCE).until(waiting::isDone);
    waiting.get().close();
  }
}
