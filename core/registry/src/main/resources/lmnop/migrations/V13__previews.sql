-- A route to one revision, a preview, leads past the weights. Its workload stands in the traffic
-- table with weight 0: it gets no request of the function's own hosts, and its endpoints are
-- published as any other's.

-- What gets requests: the revisions with weight, or the one that is asked for.
CREATE FUNCTION shares_snapshot(p_function bigint, p_revision bigint) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = lmnop AS $$
  SELECT coalesce(jsonb_agg(jsonb_build_object(
      'revision', t.revision_id,
      'number', r.number,
      'namespace', t.namespace,
      'workload', t.workload,
      'weight', CASE WHEN p_revision IS NULL THEN t.weight ELSE 100 END,
      'policy', r.policy,
      'serviceAddress', w.service_address,
      'endpoints', coalesce((
        SELECT jsonb_agg(jsonb_build_object(
            'instance', e.instance, 'scheme', e.scheme, 'host', e.host, 'port', e.port,
            'pathPrefix', e.path_prefix, 'protocol', e.protocol) ORDER BY e.instance)
        FROM endpoints e WHERE e.namespace = t.namespace AND e.workload = t.workload), '[]'))
    ORDER BY t.revision_id), '[]')
  FROM traffic t JOIN revisions r ON r.id = t.revision_id
    LEFT JOIN workloads w ON w.namespace = t.namespace AND w.name = t.workload
  WHERE t.function_id = p_function
    AND CASE WHEN p_revision IS NULL THEN t.weight > 0 ELSE t.revision_id = p_revision END
$$;

CREATE FUNCTION function_snapshot(p_function bigint, p_revision bigint) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = lmnop AS $$
  SELECT jsonb_build_object(
    'id', f.id,
    'name', f.name,
    'owner', o.name,
    'preview', p_revision,
    'tokens', invoke_tokens_of(f.id),
    'shares', shares_snapshot(f.id, p_revision))
  FROM functions f JOIN owners o ON o.id = f.owner_id
  WHERE f.id = p_function
$$;

CREATE OR REPLACE FUNCTION function_snapshot(p_function bigint) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = lmnop AS $$
  SELECT function_snapshot(p_function, NULL)
$$;

-- As before, with the revision of a preview.
CREATE OR REPLACE FUNCTION host_snapshot(p_host text) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = lmnop AS $$
  SELECT jsonb_build_object(
    'number', (SELECT number FROM change_counter),
    'rules', coalesce((
      SELECT jsonb_agg(jsonb_build_object(
          'pathPrefix', r.path_prefix,
          'gatewayRoute', r.gateway_route,
          'expiresAt', (extract(epoch FROM r.expires_at) * 1000)::bigint,
          'function', CASE WHEN r.function_id IS NOT NULL
            THEN function_snapshot(r.function_id, r.revision_id) END)
        ORDER BY length(r.path_prefix) DESC, r.path_prefix)
      FROM routes r
      WHERE r.host = p_host AND r.verified AND (r.expires_at IS NULL OR r.expires_at > now())), '[]'))
$$;

REVOKE EXECUTE ON FUNCTION shares_snapshot, function_snapshot(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shares_snapshot, function_snapshot(bigint, bigint)
  TO lmnop_control, lmnop_router;
