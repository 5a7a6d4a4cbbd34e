-- Scaling by load: one provider at a time does it, under a lease with a fencing number, and says what
-- it did last of each workload.
CREATE TABLE scaling_lease (
  singleton   boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  holder      text NOT NULL,
  fence       bigint NOT NULL, -- grows with each new holder
  lease_until timestamptz NOT NULL
);

CREATE TABLE scalings (
  namespace        text NOT NULL,
  name             text NOT NULL,
  instances_before int NOT NULL,
  instances        int NOT NULL,
  reason           text NOT NULL, -- for a person to read
  at               timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (namespace, name),
  FOREIGN KEY (namespace, name) REFERENCES workloads ON DELETE CASCADE
);

-- How many instances somebody chose, until it is given back to the loop. Written by the control plane.
CREATE TABLE scale_overrides (
  function_id bigint PRIMARY KEY REFERENCES functions ON DELETE CASCADE,
  instances   int NOT NULL CHECK (instances > 0),
  actor       text NOT NULL,
  at          timestamptz NOT NULL DEFAULT now()
);

-- Which of these workloads, each namespace/name, get requests: by a share of the traffic or by a preview.
CREATE FUNCTION serving_workloads(p_workloads text[])
RETURNS TABLE (namespace text, name text, by_hand boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = lmnop AS $$
  WITH asked AS (
    SELECT split_part(w, '/', 1) AS namespace, split_part(w, '/', 2) AS name FROM unnest(p_workloads) w
  ), serving AS (
    SELECT a.namespace, a.name, t.function_id FROM asked a
      JOIN traffic t ON t.namespace = a.namespace AND t.workload = a.name AND t.weight > 0
    UNION
    SELECT a.namespace, a.name, r.function_id FROM asked a
      JOIN release_functions rf ON rf.namespace = a.namespace AND rf.workload = a.name
      JOIN routes r ON r.revision_id = rf.revision_id
  )
  SELECT s.namespace, s.name, bool_or(o.function_id IS NOT NULL)
  FROM serving s LEFT JOIN scale_overrides o ON o.function_id = s.function_id
  GROUP BY s.namespace, s.name
$$;

REVOKE EXECUTE ON FUNCTION serving_workloads FROM PUBLIC;
GRANT EXECUTE ON FUNCTION serving_workloads TO lmnop_provider;
GRANT SELECT, INSERT, UPDATE, DELETE ON scaling_lease, scalings TO lmnop_provider;
GRANT SELECT ON scalings TO lmnop_control;
GRANT SELECT, INSERT, UPDATE, DELETE ON scale_overrides TO lmnop_control;
