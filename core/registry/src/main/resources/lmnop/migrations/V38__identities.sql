-- Who somebody is elsewhere: by what the provider calls itself and calls him, never by an address of
-- e-mail, which changes hands.
CREATE TABLE identities (
  issuer     text NOT NULL,
  subject    text NOT NULL,
  account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
  name       text NOT NULL, -- what the provider called him when it was linked; for people to read
  linked_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_by_account ON identities (account_id);

-- Sign-ins that have gone to a provider and have not come back. Each comes back once, to the browser
-- that it went from.
CREATE TABLE sign_ins (
  state_sha256   text PRIMARY KEY,
  browser_sha256 text NOT NULL,
  provider       text NOT NULL,
  nonce          text NOT NULL,
  verifier       text NOT NULL,
  next           text NOT NULL,
  account_id     bigint REFERENCES accounts ON DELETE CASCADE, -- to which it is to be linked
  begun_at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sign_ins_by_age ON sign_ins (begun_at);
GRANT SELECT, INSERT, DELETE ON identities, sign_ins TO lmnop_control;
