-- Since when nobody used a workload, and how many requests each router had sent to it until then: a
-- provider that begins to scale goes on from there, if nothing came since. It ends with the workload.
CREATE TABLE scaling_idle (
  namespace text NOT NULL,
  name      text NOT NULL,
  since     timestamptz NOT NULL,
  instances int NOT NULL,
  begun     jsonb NOT NULL, -- by router and start of the router
  PRIMARY KEY (namespace, name),
  FOREIGN KEY (namespace, name) REFERENCES workloads ON DELETE CASCADE
);

GRANT SELECT, INSERT, UPDATE, DELETE ON scaling_idle TO lmnop_provider;
