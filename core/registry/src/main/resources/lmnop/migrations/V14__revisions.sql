-- Revisions that can be returned to: what each release changed and said, and which revisions are kept.

ALTER TABLE build_functions ADD COLUMN template_digest text;

-- The row of a revision stays for ever; its artifact goes once the revision is dropped.
ALTER TABLE revisions
  ADD COLUMN template_digest text, -- null: built before it was noted
  ADD COLUMN dropped_at timestamptz;

ALTER TABLE releases
  ADD COLUMN stage text, -- at which it failed
  ADD COLUMN switched_at timestamptz;
UPDATE releases SET switched_at = finished_at WHERE change_number IS NOT NULL;

ALTER TABLE release_functions
  ADD COLUMN previous_revision_id bigint REFERENCES revisions, -- that of "previous"
  ADD COLUMN difference jsonb; -- what the cutover changed, as {"key": [old, new]}
UPDATE release_functions p SET previous_revision_id = (
  SELECT o.revision_id FROM release_functions o
  WHERE o.namespace = p.namespace AND o.workload = p.previous LIMIT 1);
CREATE INDEX release_functions_by_function ON release_functions (function_id, release_id DESC);
CREATE INDEX release_functions_by_revision ON release_functions (revision_id, release_id DESC);
CREATE INDEX release_functions_by_workload ON release_functions (namespace, workload);

-- What a release says that no build asked for; the others write into their build's log.
CREATE TABLE release_log (
  release_id bigint NOT NULL REFERENCES releases ON DELETE CASCADE,
  number     int NOT NULL,
  at         timestamptz NOT NULL DEFAULT now(),
  stage      text NOT NULL,
  text       text NOT NULL,
  PRIMARY KEY (release_id, number)
);

-- What makes a revision what it is, one row for each thing: environment.GREETING, commit.
CREATE FUNCTION revision_facts(p_revision bigint) RETURNS TABLE (key text, value jsonb)
LANGUAGE sql STABLE SET search_path = lmnop AS $$
  SELECT f.key, f.value FROM revisions r
    CROSS JOIN LATERAL jsonb_each(jsonb_build_object(
      'revision', r.number, 'commit', r.commit, 'artifact', r.artifact,
      'templateDigest', r.template_digest)) AS f
    WHERE r.id = p_revision
  UNION ALL
  SELECT CASE WHEN i.key IS NULL THEN s.key ELSE s.key || '.' || i.key END,
         CASE WHEN i.key IS NULL THEN s.value ELSE i.value END
  FROM revisions r
    CROSS JOIN LATERAL jsonb_each(r.spec) AS s
    LEFT JOIN LATERAL jsonb_each(
      CASE WHEN jsonb_typeof(s.value) = 'object' THEN s.value ELSE '{}' END) AS i ON true
  WHERE r.id = p_revision AND NOT (i.key IS NULL AND s.value IN ('{}', 'null'))
$$;

CREATE FUNCTION revision_difference(p_old bigint, p_new bigint) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = lmnop AS $$
  SELECT coalesce(
      jsonb_object_agg(coalesce(o.key, n.key), jsonb_build_array(o.value, n.value)), '{}')
  FROM revision_facts(p_old) AS o FULL JOIN revision_facts(p_new) AS n ON n.key = o.key
  WHERE coalesce(o.value, 'null') IS DISTINCT FROM coalesce(n.value, 'null')
$$;

REVOKE EXECUTE ON FUNCTION revision_facts, revision_difference FROM PUBLIC;
GRANT SELECT, INSERT ON release_log TO lmnop_control;
GRANT EXECUTE ON FUNCTION revision_facts, revision_difference TO lmnop_control;
