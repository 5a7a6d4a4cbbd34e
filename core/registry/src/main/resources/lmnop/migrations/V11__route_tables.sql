-- What routers need to keep their tables through outages and restores.

-- Numbers are compared only within one history. Whoever restores a backup gives it a new one, and
-- every router reads everything again: UPDATE lmnop.change_counter SET history = gen_random_uuid();
ALTER TABLE change_counter ADD COLUMN history uuid NOT NULL DEFAULT gen_random_uuid();

-- As before, and the log has an end: a router that was away for longer reads its entries again.
CREATE OR REPLACE FUNCTION publish_change(p_function bigint, p_hosts text[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = lmnop AS $$
DECLARE
  n bigint;
BEGIN
  UPDATE change_counter SET number = number + 1 RETURNING number INTO n;
  INSERT INTO change_log (number, function_id, hosts) VALUES (n, p_function, p_hosts);
  DELETE FROM change_log WHERE number <= n - 100000;
  PERFORM pg_notify('lmnop_changes', n::text);
  RETURN n;
END
$$;

-- As before, with the address that a workload keeps while its instances change.
CREATE OR REPLACE FUNCTION function_snapshot(p_function bigint) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = lmnop AS $$
  SELECT jsonb_build_object(
    'id', f.id,
    'name', f.name,
    'owner', o.name,
    'shares', coalesce((
      SELECT jsonb_agg(jsonb_build_object(
          'revision', t.revision_id,
          'number', r.number,
          'namespace', t.namespace,
          'workload', t.workload,
          'weight', t.weight,
          'policy', r.policy,
          'serviceAddress', w.service_address,
          'endpoints', coalesce((
            SELECT jsonb_agg(jsonb_build_object(
                'instance', e.instance, 'scheme', e.scheme, 'host', e.host, 'port', e.port,
                'pathPrefix', e.path_prefix, 'protocol', e.protocol) ORDER BY e.instance)
            FROM endpoints e WHERE e.namespace = t.namespace AND e.workload = t.workload), '[]'))
        ORDER BY t.revision_id)
      FROM traffic t JOIN revisions r ON r.id = t.revision_id
        LEFT JOIN workloads w ON w.namespace = t.namespace AND w.name = t.workload
      WHERE t.function_id = f.id AND t.weight > 0), '[]'))
  FROM functions f JOIN owners o ON o.id = f.owner_id
  WHERE f.id = p_function
$$;

-- As before, with the moment at which a route ends, in milliseconds since 1970: nobody publishes a
-- change at that moment.
CREATE OR REPLACE FUNCTION host_snapshot(p_host text) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = lmnop AS $$
  SELECT jsonb_build_object(
    'number', (SELECT number FROM change_counter),
    'rules', coalesce((
      SELECT jsonb_agg(jsonb_build_object(
          'pathPrefix', r.path_prefix,
          'gatewayRoute', r.gateway_route,
          'expiresAt', (extract(epoch FROM r.expires_at) * 1000)::bigint,
          'function', CASE WHEN r.function_id IS NOT NULL THEN function_snapshot(r.function_id) END)
        ORDER BY length(r.path_prefix) DESC, r.path_prefix)
      FROM routes r
      WHERE r.host = p_host AND r.verified AND (r.expires_at IS NULL OR r.expires_at > now())), '[]'))
$$;
