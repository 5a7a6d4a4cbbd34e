package lmnop.loadtest.bench.router;

import lmnop.operations.database.DatabaseSettings;
import lmnop.testkit.TestDatabase;

/** A database with as many functions as asked for, all of them served by the same backend. */
final class Registry implements AutoCloseable {
  static final String HOST = "f1.apps.localhost";

  private final TestDatabase database = new TestDatabase();

  Registry(int backend, int functions) {
    execute(
        """
        INSERT INTO owners (name) VALUES ('default') ON CONFLICT DO NOTHING;
        INSERT INTO workloads (namespace, name, replicas, available) VALUES ('default', 'all', 1, 1);
        INSERT INTO endpoints (namespace, workload, instance, host, port)
          VALUES ('default', 'all', 'one', '127.0.0.1', %d);
        """
            .formatted(backend));
    addFunctions(1, functions);
    execute(
        """
        INSERT INTO routes (host, kind, function_id) VALUES ('localhost', 'custom', 1);
        SELECT publish_change(1, '{}');
        ANALYZE;
        """);
  }

  /** Adds functions with the numbers from one to another. */
  void addFunctions(int from, int to) {
    execute(
        """
        INSERT INTO functions (id, owner_id, name)
          SELECT n, (SELECT id FROM owners WHERE name = 'default'), 'f' || n
          FROM generate_series(%1$d, %2$d) n;
        INSERT INTO revisions (id, function_id, number, artifact, template, spec, policy)
          SELECT n, n, 1, 'bundle@sha256:0', 'static', '{}', '{}' FROM generate_series(%1$d, %2$d) n;
        INSERT INTO traffic (function_id, revision_id, namespace, workload, weight)
          SELECT n, n, 'default', 'all', 100 FROM generate_series(%1$d, %2$d) n;
        INSERT INTO routes (host, kind, function_id)
          SELECT 'f' || n || '.apps.localhost', 'function', n FROM generate_series(%1$d, %2$d) n;
        """
            .formatted(from, to));
  }

  private void execute(String statements) {
    database.execute("SET search_path = lmnop; " + statements);
  }

  DatabaseSettings asRouter() {
    return database.settings("lmnop_router");
  }

  /** Gives a function another host, as a change that routers learn of; returns at the commit. */
  void claim(String host) {
    execute(
        """
        INSERT INTO routes (host, kind, function_id) VALUES ('%1$s', 'custom', 1);
        SELECT publish_change(1, '{%1$s}');
        """
            .formatted(host));
  }

  @Override
  public void close() {
    database.close();
  }
}
