-- The audit by months: rows are added and never changed; after its time a month goes as a whole. Each row
-- says from where somebody came, which the transaction knows.

ALTER TABLE audit RENAME TO audit_before;
ALTER TABLE audit_before RENAME CONSTRAINT audit_pkey TO audit_before_pkey;

CREATE SEQUENCE audit_numbers;
CREATE TABLE audit (
  id      bigint NOT NULL DEFAULT nextval('audit_numbers'),
  at      timestamptz NOT NULL DEFAULT now(),
  actor   text NOT NULL,
  action  text NOT NULL,
  subject text NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('done', 'failed', 'refused')),
  way     text NOT NULL DEFAULT coalesce(nullif(current_setting('lmnop.way', true), ''), 'platform')
          CHECK (way IN ('portal', 'api', 'git', 'command', 'platform')),
  client  text NOT NULL DEFAULT coalesce(current_setting('lmnop.client', true), ''), -- as the router names it
  detail  jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);

-- Makes the months that are not there yet: the current one and the twelve after it.
CREATE FUNCTION make_audit_months(p_from timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lmnop SET timezone = 'UTC' AS $$
DECLARE
  month timestamptz := date_trunc('month', p_from);
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('lmnop.audit'));
  WHILE month <= now() + interval '12 months' LOOP
    EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF audit FOR VALUES FROM (%L) TO (%L)',
      to_char(month, '"audit_"YYYY_MM'), month, month + interval '1 month');
    month := month + interval '1 month';
  END LOOP;
END
$$;

-- What a backup brings back of months that are gone here.
CREATE TABLE audit_elsewhen PARTITION OF audit DEFAULT;

-- Removes the months that ended so long ago. Not even the control plane removes what is younger than a month.
CREATE FUNCTION drop_audit_months(p_keep interval) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lmnop SET timezone = 'UTC' AS $$
DECLARE
  month record;
  dropped int := 0;
BEGIN
  FOR month IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'lmnop.audit'::regclass AND c.relname <> 'audit_elsewhen'
      AND to_date(substr(c.relname, 7), 'YYYY_MM') + interval '1 month'
          < now() - greatest(p_keep, interval '31 days')
  LOOP
    EXECUTE format('DROP TABLE %I', month.relname);
    dropped := dropped + 1;
  END LOOP;
  DELETE FROM audit_elsewhen WHERE at < now() - greatest(p_keep, interval '31 days');
  RETURN dropped;
END
$$;

SELECT make_audit_months(coalesce((SELECT min(at) FROM audit_before), now()));
INSERT INTO audit (id, at, actor, action, subject, outcome, detail)
  SELECT id, at, actor, action, subject, outcome, detail FROM audit_before;
SELECT setval('audit_numbers', coalesce(max(id), 0) + 1, false) FROM audit_before;
DROP TABLE audit_before;

CREATE INDEX audit_by_subject ON audit (subject, id DESC);
CREATE INDEX audit_by_actor ON audit (actor, id DESC);

REVOKE EXECUTE ON FUNCTION make_audit_months, drop_audit_months FROM PUBLIC;
GRANT SELECT, INSERT ON audit TO lmnop_control;
GRANT USAGE ON SEQUENCE audit_numbers TO lmnop_control;
GRANT EXECUTE ON FUNCTION make_audit_months, drop_audit_months TO lmnop_control;
