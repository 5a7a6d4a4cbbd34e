-- What was answered to a request that must be done once: whoever sends it again with the same key is
-- answered the same. Written in the transaction of what was asked, and removed after a day.
CREATE TABLE answered_requests (
  account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
  key        text NOT NULL,
  asked      text NOT NULL, -- SHA-256 of method, path and body
  status     int, -- null only inside the transaction
  location   text,
  body       text,
  at         timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account_id, key)
);
CREATE INDEX answered_requests_by_age ON answered_requests (at);
GRANT SELECT, INSERT, UPDATE, DELETE ON answered_requests TO lmnop_control;
