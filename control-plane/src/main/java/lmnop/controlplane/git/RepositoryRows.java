package lmnop.controlplane.git;

import java.time.Duration;
import java.util.Objects;
import java.util.function.LongPredicate;
import lmnop.controlplane.functions.FunctionStore;
import lmnop.operations.database.Database;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** The rows of repositories, asked for from virtual threads, which wait for the answer. */
public final class RepositoryRows {
  private static final Logger log = LoggerFactory.getLogger(RepositoryRows.class);
  private static final Duration ANSWER = Duration.ofSeconds(10);

  private final Database database;
  private final FunctionStore functions;

  public RepositoryRows(Database database, FunctionStore functions) {
    this.database = database;
    this.functions = functions;
  }

  /**
   * Takes a number for a new repository, passing over those that are taken on disk although the
   * database never gave them out, as after a restore from a backup.
   */
  long reserve(LongPredicate taken) {
    long id = await(functions.nextRepositoryId());
    while (taken.test(id)) {
      id = await(functions.nextRepositoryId());
    }
    return id;
  }

  boolean isClaimed(long id) {
    return await(functions.isRepository(id));
  }

  /** Whether the repository that a push found is deleted; not if that cannot be known now. */
  boolean isDeleted(PushTarget target) {
    try {
      return target.stored().isPresent() && !isClaimed(target.stored().get().id());
    } catch (RuntimeException e) {
      log.warn("whether {} is there is not known: {}", target.name(), e.toString());
      return false;
    }
  }

  /** Gives a repository its row without a function: only refs that are not deployed came. */
  void claim(PushTarget target, long id) {
    database
        .inTransaction(
            functions.claimRepository(target.owner(), id, target.name().value(), target.actor()))
        .block(ANSWER);
  }

  private static <T> T await(Mono<T> answer) {
    return Objects.requireNonNull(answer.block(ANSWER), "the database gave no row");
  }
}
