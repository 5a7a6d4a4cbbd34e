-- The same as before, but a name is read as a month only where it is one: PostgreSQL may look at the names
-- of all tables before it looks at whose part they are.
CREATE OR REPLACE FUNCTION drop_audit_months(p_keep interval) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lmnop SET timezone = 'UTC' AS $$
DECLARE
  month record;
  dropped int := 0;
BEGIN
  FOR month IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'lmnop.audit'::regclass
      AND CASE WHEN c.relname ~ '^audit_\d{4}_\d{2}$'
          THEN to_date(substr(c.relname, 7), 'YYYY_MM') + interval '1 month'
               < now() - greatest(p_keep, interval '31 days') ELSE false END
  LOOP
    EXECUTE format('DROP TABLE %I', month.relname);
    dropped := dropped + 1;
  END LOOP;
  DELETE FROM audit_elsewhen WHERE at < now() - greatest(p_keep, interval '31 days');
  RETURN dropped;
END
$$;
