-- Makes the tables of what runs what they shall be, and publishes every workload whose endpoints changed,
-- in one question: a request may be waiting for it. Gives the last change number, or 0 when no endpoint
-- changed. Nobody takes the lease until it is over, and who has lost it writes nothing.
CREATE FUNCTION write_running(p_holder text, p_fence bigint, p_gone_endpoints jsonb, p_endpoints jsonb,
  p_gone_workloads jsonb, p_workloads jsonb) RETURNS bigint
LANGUAGE plpgsql SET search_path = lmnop AS $$
DECLARE
  number bigint;
BEGIN
  PERFORM 1 FROM provider_lease WHERE holder = p_holder AND fence = p_fence FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'another process provides for it now';
  END IF;

  DELETE FROM endpoints e USING jsonb_to_recordset(p_gone_endpoints)
    AS r(namespace text, workload text, instance text)
  WHERE e.namespace = r.namespace AND e.workload = r.workload AND e.instance = r.instance;

  INSERT INTO endpoints (namespace, workload, instance, host, port, path_prefix, protocol)
  SELECT namespace, workload, instance, host, port, "pathPrefix", protocol
  FROM jsonb_to_recordset(p_endpoints) AS r(namespace text, workload text, instance text,
    host text, port int, "pathPrefix" text, protocol text)
  ON CONFLICT (namespace, workload, instance) DO UPDATE SET host = excluded.host,
    port = excluded.port, path_prefix = excluded.path_prefix, protocol = excluded.protocol;

  DELETE FROM workloads w USING jsonb_to_recordset(p_gone_workloads)
    AS r(namespace text, name text)
  WHERE w.namespace = r.namespace AND w.name = r.name;

  INSERT INTO workloads (namespace, name, replicas, available, reason, service_address)
  SELECT namespace, name, replicas, available, reason, "serviceAddress"
  FROM jsonb_to_recordset(p_workloads) AS r(namespace text, name text, replicas int,
    available int, reason text, "serviceAddress" text)
  ON CONFLICT (namespace, name) DO UPDATE SET replicas = excluded.replicas,
    available = excluded.available, reason = excluded.reason,
    service_address = excluded.service_address, updated_at = now();

  SELECT max(publish_workload_change(namespace, workload)) INTO number
  FROM (SELECT namespace, workload
    FROM jsonb_to_recordset(p_gone_endpoints || p_endpoints) AS r(namespace text, workload text)
    GROUP BY namespace, workload) changed;
  RETURN coalesce(number, 0);
END
$$;
REVOKE EXECUTE ON FUNCTION write_running FROM public;
GRANT EXECUTE ON FUNCTION write_running TO lmnop_provider;
