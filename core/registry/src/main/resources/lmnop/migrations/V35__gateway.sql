-- Functions that are deployed without a push, as clients of OpenFaaS do.

-- The deployment as it was sent; null: a push made the revision.
ALTER TABLE revisions ADD COLUMN deployment jsonb;
