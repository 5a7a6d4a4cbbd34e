-- Repositories of several functions: what did not change is not built, what left the file stops.

-- What a revision was made of, as one digest: files, template, configuration, kind of artifact. Null
-- for the only function of a repository, which every push builds.
ALTER TABLE revisions ADD COLUMN content text;
ALTER TABLE build_functions ADD COLUMN content text;

-- The traffic that a release took from functions that its commit does not name any more.
CREATE TABLE release_stops (
  release_id  bigint NOT NULL REFERENCES releases ON DELETE CASCADE,
  function_id bigint NOT NULL REFERENCES functions ON DELETE CASCADE,
  revision_id bigint NOT NULL REFERENCES revisions,
  namespace   text NOT NULL,
  workload    text NOT NULL,
  PRIMARY KEY (release_id, function_id, revision_id)
);
GRANT SELECT, INSERT ON release_stops TO lmnop_control;
