-- Previews, made by pushes to other branches than the deployed one; and shares of the traffic.

-- For how long what a build makes is a preview; null where it is none.
ALTER TABLE builds ADD COLUMN preview_lifetime interval;

-- Of a preview: what the same commit is without being one.
ALTER TABLE build_functions
  ADD COLUMN own_spec jsonb,
  ADD COLUMN own_policy jsonb;

-- The branch that a revision is, or was, a preview of. Nobody rolls back to such a revision.
ALTER TABLE revisions ADD COLUMN preview_ref text;

-- A preview's host is reserved when its build begins, not verified and without a revision: it leads
-- nowhere until the cutover. Without the row there is no cutover.
ALTER TABLE routes ADD COLUMN ref text; -- the branch of a preview
CREATE UNIQUE INDEX routes_by_branch ON routes (function_id, ref) WHERE kind = 'preview';
CREATE INDEX routes_by_revision ON routes (revision_id) WHERE revision_id IS NOT NULL;

ALTER TABLE releases DROP CONSTRAINT releases_cause_check;
ALTER TABLE releases ADD CONSTRAINT releases_cause_check CHECK (cause IN (
  'push', 'rollback', 'configuration', 'api', 'split', 'preview', 'promotion'));

-- The share of the traffic that the cutover gives, in percent: 0 is a preview's.
ALTER TABLE release_functions
  ADD COLUMN weight int NOT NULL DEFAULT 100 CHECK (weight BETWEEN 0 AND 100);
