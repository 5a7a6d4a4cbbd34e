package lmnop.controlplane.git;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import lmnop.controlplane.functions.Claimed;
import lmnop.controlplane.functions.FunctionStore;
import lmnop.operations.database.Database;
import lmnop.registry.names.OwnerName;

/**
 * Releases a push without building anything: the rows in one transaction, then the ref, as the real
 * one does. A test may put something in its place.
 */
final class TestDeployer implements Deployer {
  final List<Push> pushes = new CopyOnWriteArrayList<>();
  final List<Push> previews = new CopyOnWriteArrayList<>();
  final List<String> deleted = new CopyOnWriteArrayList<>();
  private final Database database;
  private final FunctionStore functions;
  private final Repositories repositories;
  private volatile Answer next = this::release;

  /** What becomes of a push. */
  @FunctionalInterface
  interface Answer {
    Verdict deploy(Push push, Consumer<String> line) throws InterruptedException;
  }

  TestDeployer(Database database, FunctionStore functions, Repositories repositories) {
    this.database = database;
    this.functions = functions;
    this.repositories = repositories;
  }

  /** What the pushes from now on meet. */
  void becomes(Answer other) {
    next = other;
  }

  void becomesUsual() {
    next = this::release;
  }

  @Override
  public Verdict deploy(Push push, Consumer<String> line) throws InterruptedException {
    pushes.add(push);
    return next.deploy(push, line);
  }

  @Override
  public Verdict preview(Push push, Consumer<String> line) throws InterruptedException {
    previews.add(push);
    return next.deploy(push, line);
  }

  @Override
  public boolean branchDeleted(long repositoryId, String ref, String actor) {
    deleted.add(ref);
    return previews.stream().anyMatch(preview -> preview.ref().equals(ref));
  }

  /** Makes the rows that an accepted push has, whatever becomes of its build. */
  void accept(Push push) {
    var function = push.functions().getFirst();
    database
        .inTransaction(
            functions
                .claim(
                    new OwnerName(push.owner()),
                    push.repositoryId(),
                    push.repository(),
                    function.name(),
                    push.actor())
                .flatMap((Claimed claimed) -> functions.announce(List.of(claimed)).thenReturn(1)))
        .block();
  }

  Verdict release(Push push, Consumer<String> line) {
    accept(push);
    try {
      RefMove move =
          repositories.moveRef(push.repositoryId(), push.ref(), push.oldCommit(), push.commit());
      line.accept("released " + push.commit());
      return move == RefMove.MOVED ? new Verdict.Live() : new Verdict.Refused("overtaken");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
