-- One role for each app. Whoever installs lmnop gives them passwords; what they may do stands
-- beside each table.
DO $$
DECLARE
  app text;
BEGIN
  FOREACH app IN ARRAY ARRAY['lmnop_router', 'lmnop_control', 'lmnop_worker', 'lmnop_provider'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = app) THEN
      EXECUTE format('CREATE ROLE %I LOGIN', app);
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA lmnop TO %I', app);
  END LOOP;
END
$$;
