package lmnop.controlplane.builds;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import lmnop.operations.database.Database;
import lmnop.testkit.PostgresWire;
import lmnop.testkit.PostgresWire.Fate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A deletion whose process dies at each of its statements in turn, and another one that goes on.
 */
@Timeout(300)
final class InterruptedDeletionTest {
  @TempDir Path data;

  private TestDeployments it;
  private TestDeletions its;

  @BeforeEach
  void start() throws IOException {
    it = new TestDeployments(data);
    it.workerAnswers(TestDeployments.done());
    its = new TestDeletions(it, data);
  }

  @AfterEach
  void stop() {
    it.close();
  }

  @Test
  void whoeverDiesInTheMiddleOfADeletionLeavesTheFunctionOrNothing() throws Exception {
    int step = 0;
    int whole = 0;
    boolean died = true;
    while (died) {
      step++;
      its.push();
      died = diesAt(step, database -> its.delete(database, "hello"));
      if (it.count("SELECT count(*) FROM functions") > 0) {
        whole++;
        assertThat(it.count("SELECT count(*) FROM traffic WHERE weight = 100")).isEqualTo(1);
        assertThat(its.text("SELECT host FROM routes")).isEqualTo("hello.apps.localhost");
        assertThat(its.repositories()).hasSize(1);
        its.delete("hello");
      }
      its.finish();
      its.assertNothingIsLeft();
      its.beginAnew();
    }
    assertThat(whole).as("deletions that did not happen").isGreaterThan(10);
  }

  @Test
  void whoeverDiesWhileHeRemovesWhatIsLeftIsFollowedByAnother() throws Exception {
    int step = 0;
    boolean died = true;
    while (died) {
      step++;
      its.push();
      its.delete("hello");
      if (step % 2 == 0) { // it died while it removed the folder
        Files.delete(its.repositories().getFirst().resolve("HEAD"));
      }
      it.drain();
      it.publishWorkloads();
      died = diesAt(step, its::finishDeletions);
      its.finish();
      its.assertNothingIsLeft();
      its.beginAnew();
    }
    assertThat(step).as("statements").isGreaterThan(5);
  }

  /** What a process does on the database. */
  @FunctionalInterface
  private interface Work {
    void on(Database database);
  }

  /** Lets a process die right after a statement; whether it came so far. */
  private boolean diesAt(int step, Work work) {
    AtomicInteger taken = new AtomicInteger();
    try (PostgresWire wire =
            new PostgresWire(
                it.test.settings("lmnop_control"),
                () -> taken.incrementAndGet() == step ? Fate.CUT_AFTER : Fate.PASS);
        Database through = new Database(wire.through(it.test.settings("lmnop_control")))) {
      work.on(through);
    } catch (RuntimeException e) {
      assertThat(taken.get()).as("died where it should: " + e).isGreaterThanOrEqualTo(step);
    }
    return taken.get() >= step;
  }
}
