package lmnop.controlplane.builds;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import lmnop.controlplane.releases.ReleaseRun;
import lmnop.operations.database.Database;
import lmnop.operations.database.DatabaseSettings;
import lmnop.providerapi.FunctionProvider;
import lmnop.tasks.Task;
import lmnop.testkit.PostgresWire;

/** A control plane of its own, as far as releases go. */
final class OtherProcess implements AutoCloseable {
  private final TestDeployments it;
  private final PostgresWire wire;
  private final Database database;
  final ReleaseRun run;

  OtherProcess(TestDeployments it, Steps steps) {
    this.it = it;
    wire = new PostgresWire(it.test.settings("lmnop_control"), steps);
    database = new Database(wire.through(impatient(it.test.settings("lmnop_control"))));
    run = it.run(database, stepping(steps), new ImpatientPace());
  }

  /** PostgreSQL ends a transaction soon whose process says nothing more. */
  private static DatabaseSettings impatient(DatabaseSettings settings) {
    return new DatabaseSettings(
        settings.host(),
        settings.port(),
        settings.name(),
        settings.user(),
        settings.passwordFile(),
        settings.poolSize(),
        Duration.ofMillis(500));
  }

  void work(Task task) {
    try {
      run.work(task, () -> {});
    } catch (InterruptedException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The same provider; each call is a step before it, and one after it. */
  private FunctionProvider stepping(Steps steps) {
    return (FunctionProvider)
        Proxy.newProxyInstance(
            FunctionProvider.class.getClassLoader(),
            new Class<?>[] {FunctionProvider.class},
            (proxy, method, arguments) -> {
              aliveAfter(steps);
              try {
                Object answer = method.invoke(it.provider, arguments);
                aliveAfter(steps);
                return answer;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private static void aliveAfter(Steps steps) throws InterruptedException {
    steps.statement();
    if (steps.isDead()) {
      throw new IllegalStateException("killed");
    }
  }

  @Override
  public void close() {
    database.close();
    wire.close();
  }
}
