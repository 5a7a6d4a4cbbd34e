-- Builds that somebody cancels, and logs that are kept for a time.

ALTER TABLE builds DROP CONSTRAINT builds_state_check;
ALTER TABLE builds ADD CONSTRAINT builds_state_check CHECK (state IN (
  'WAITING', 'BUILDING', 'RELEASING', 'LIVE', 'FAILED', 'SUPERSEDED', 'CANCELLED'));

-- A line that was written stays as it is until its log goes.
REVOKE UPDATE ON build_log FROM lmnop_control;

ALTER TABLE builds ADD COLUMN log_kept boolean NOT NULL DEFAULT true;
CREATE INDEX builds_with_log ON builds (repository_id, id DESC) WHERE log_kept;
