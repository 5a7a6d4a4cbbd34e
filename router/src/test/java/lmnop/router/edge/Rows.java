package lmnop.router.edge;

import lmnop.testkit.TestDatabase;

/** Functions in the registry, as releases and the provider leave them there. */
final class Rows {
  private final TestDatabase database;

  Rows(TestDatabase database) {
    this.database = database;
    database.execute("INSERT INTO lmnop.owners (id, name) VALUES (1, 'default')");
  }

  /** A function at {@code <name>.apps.example.com} with one instance. */
  void release(String name, String policy, int port) {
    database.execute(
        """
        SET search_path = lmnop;
        INSERT INTO functions (owner_id, name) VALUES (1, '%1$s');
        INSERT INTO revisions (function_id, number, artifact, template, spec, policy)
          SELECT id, 1, 'bundle@sha256:00', 'python3', '{}', '%2$s' FROM functions WHERE name = '%1$s';
        INSERT INTO traffic (function_id, revision_id, namespace, workload, weight)
          SELECT f.id, r.id, 'default', '%1$s-1', 100
          FROM functions f JOIN revisions r ON r.function_id = f.id WHERE f.name = '%1$s';
        INSERT INTO routes (host, kind, function_id)
          SELECT '%1$s.apps.example.com', 'function', id FROM functions WHERE name = '%1$s';
        INSERT INTO endpoints (namespace, workload, instance, host, port)
          VALUES ('default', '%1$s-1', 'i1', '127.0.0.1', %3$d);
        SELECT publish_change((SELECT id FROM functions WHERE name = '%1$s'),
          ARRAY['%1$s.apps.example.com']);
        """
            .formatted(name, policy, port));
  }
}
