package lmnop.controlplane.api;

import lmnop.testkit.TestDatabase;

/** The rows of the function hello, of which two revisions were made and a build has failed. */
final class HelloRows {
  private HelloRows() {}

  /**
   * Writes them.
   *
   * @param commit of the build that failed
   * @param template the digest of its template
   */
  static void add(TestDatabase postgres, String commit, String template) {
    postgres.execute(
        """
        SET search_path = lmnop;
        INSERT INTO repositories (id, owner_id, name) SELECT 1, id, 'hello' FROM owners WHERE name = 'team';
        INSERT INTO functions (id, owner_id, repository_id, name)
          SELECT 1, id, 1, 'hello' FROM owners WHERE name = 'team';
        INSERT INTO routes (host, kind, function_id) VALUES ('hello.apps.localhost', 'function', 1);
        INSERT INTO tasks (id, kind, subject, payload, state)
          SELECT 3, 'build', 'repository 1', jsonb_build_object('buildId', 3, 'commit', '%1$s', 'owner', 'team',
            'functions', jsonb_build_array(jsonb_build_object('functionId', 1, 'name', 'hello',
              'template', 'python3', 'templateDigest', '%2$s'))), 'FAILED';
        INSERT INTO builds (id, repository_id, ref, commit, pusher, state, stage, fault, message, started_at, finished_at, task_id, held)
          VALUES
          (1, 1, 'refs/heads/main', repeat('1', 40), 'dev', 'LIVE', NULL, NULL, NULL, now(), now(), NULL, false),
          (2, 1, 'refs/heads/main', repeat('2', 40), 'dev', 'LIVE', NULL, NULL, NULL, now(), now(), NULL, false),
          (3, 1, 'refs/heads/main', '%1$s', 'dev', 'FAILED', 'ARTIFACT', 'user', 'it has no entrypoint', now(), now(), 3, false);
        INSERT INTO build_functions (build_id, function_id, template, template_digest, spec, policy)
          SELECT n, 1, 'python3', '%2$s', '{}', '{}' FROM generate_series(1, 3) AS n;
        INSERT INTO build_log (build_id, number, stage, text)
          SELECT 3, n, 'ARTIFACT', 'line ' || n FROM generate_series(1, 3) AS n;
        INSERT INTO revisions (id, function_id, number, commit, artifact, template, spec, policy, build_id)
          SELECT n, 1, n, repeat(n::text, 40), 'bundle@sha256:' || n, 'python3',
            '{"template": "python3", "secrets": [], "options": {}, "environment": {}, "timeout": {}, "concurrency": {},
              "requests": {"cpuMillicores": 50, "memoryMebibytes": 64}, "labels": {}, "annotations": {},
              "limits": {"cpuMillicores": 100, "memoryMebibytes": 128}}'
              || jsonb_build_object('scale', jsonb_build_object('min', null, 'max', 7 - 2 * n)), '{}', n FROM generate_series(1, 2) AS n;
        INSERT INTO releases (id, repository_id, build_id, cause, actor, state, change_number, switched_at, finished_at)
          SELECT n, 1, n, 'push', 'dev', 'DONE', n, now(), now() FROM generate_series(1, 2) AS n;
        INSERT INTO release_functions (release_id, function_id, revision_id, namespace, workload)
          SELECT n, 1, n, 'team', 'hello-' || n FROM generate_series(1, 2) AS n;
        INSERT INTO traffic (function_id, revision_id, namespace, workload, weight)
          VALUES (1, 2, 'team', 'hello-2', 100);
        INSERT INTO workloads (namespace, name, replicas, available) VALUES ('team', 'hello-2', 1, 1);
        SELECT setval('releases_id_seq', 10), setval('builds_id_seq', 10), setval('tasks_id_seq', 10),
          setval('functions_id_seq', 10), setval('repositories_id_seq', 10), setval('revisions_id_seq', 10);
        """
            .formatted(commit, template));
  }

  /** A branch with a preview. */
  static void addPreview(TestDatabase postgres) {
    postgres.execute(
        """
        SET search_path = lmnop;
        INSERT INTO builds (id, repository_id, ref, commit, pusher, state, preview_lifetime, held)
          VALUES (4, 1, 'refs/heads/fix', repeat('4', 40), 'dev', 'LIVE', '1 day', false);
        INSERT INTO revisions (id, function_id, number, commit, artifact, template, spec, policy, preview_ref, build_id)
          VALUES (4, 1, 4, repeat('4', 40), 'bundle@sha256:4', 'python3', '{}', '{}', 'refs/heads/fix', 4);
        INSERT INTO build_functions (build_id, function_id, template, template_digest, spec, policy, own_spec, own_policy, revision_id)
          VALUES (4, 1, 'python3', 'sha256:4', '{}', '{}', '{}', '{}', 4);
        INSERT INTO releases (id, repository_id, build_id, cause, actor, state, change_number)
          VALUES (4, 1, 4, 'preview', 'dev', 'DONE', 4);
        INSERT INTO release_functions (release_id, function_id, revision_id, namespace, workload, weight)
          VALUES (4, 1, 4, 'team', 'hello-4', 0);
        INSERT INTO traffic (function_id, revision_id, namespace, workload, weight)
          VALUES (1, 4, 'team', 'hello-4', 0);
        INSERT INTO routes (host, kind, function_id, revision_id, ref, expires_at)
          VALUES ('k3jd82hs--hello.apps.localhost', 'preview', 1, 4, 'refs/heads/fix', '2100-01-02T03:04:05Z');
        """);
  }
}
