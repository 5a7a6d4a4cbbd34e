-- One provider process provides for a registry at a time, under a lease with a fencing number: what it
-- publishes, and what it scales by load, it may write as long as nobody else took the lease.
CREATE TABLE provider_lease (
  singleton   boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  provider    text NOT NULL, -- its id
  holder      text NOT NULL, -- one folder of data of it
  fence       bigint NOT NULL, -- grows each time that it is taken
  lease_until timestamptz NOT NULL
);

GRANT SELECT, INSERT, UPDATE, DELETE ON provider_lease TO lmnop_provider;

-- Whoever leads also scales.
DROP TABLE scaling_lease;

-- What cannot be had from what runs the functions, for pushes to be refused before they are built;
-- null where that is nothing.
ALTER TABLE providers ADD COLUMN limits jsonb;
