-- What routers counted of functions, minute by minute, as a control plane reads it from them; a day of it.
CREATE TABLE function_usage (
  function_id bigint NOT NULL REFERENCES functions ON DELETE CASCADE,
  at          timestamptz NOT NULL, -- when the minute began
  requests    bigint NOT NULL DEFAULT 0, -- that ended
  errors      bigint NOT NULL DEFAULT 0, -- of these, those that ended with a status of 500 or more
  times       bigint[] NOT NULL DEFAULT '{}', -- how many of them took how long: one number for each of the routers' bounds
  instances   int, -- that were ready; null: as many as in the row before
  PRIMARY KEY (function_id, at)
);
CREATE INDEX function_usage_by_age ON function_usage (at);

-- The one control plane that reads them at the moment: what two read would count twice.
CREATE TABLE usage_reader (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  name      text NOT NULL,
  until     timestamptz NOT NULL
);
INSERT INTO usage_reader (name, until) VALUES ('nobody', '-infinity');
GRANT SELECT, INSERT, UPDATE, DELETE ON function_usage TO lmnop_control;
GRANT SELECT, UPDATE ON usage_reader TO lmnop_control;
