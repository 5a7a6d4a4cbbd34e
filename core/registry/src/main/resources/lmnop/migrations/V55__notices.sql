-- As before, and the notice says which function changed: routers load it while they ask what else did.
CREATE OR REPLACE FUNCTION publish_change(p_function bigint, p_hosts text[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lmnop AS $$
DECLARE
  n bigint;
BEGIN
  UPDATE change_counter SET number = number + 1 RETURNING number INTO n;
  INSERT INTO change_log (number, function_id, hosts) VALUES (n, p_function, p_hosts);
  DELETE FROM change_log WHERE number <= n - 100000;
  PERFORM pg_notify('lmnop_changes', concat_ws(' ', n, p_function));
  RETURN n;
END
$$;
