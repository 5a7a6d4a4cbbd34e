-- Templates that operators add: where each comes from, and its content, which workers ask for by digest.

CREATE TABLE template_contents (
  digest  text PRIMARY KEY,
  tar     bytea NOT NULL,
  used_at timestamptz NOT NULL DEFAULT now() -- when it last was what a template's name stands for
);

CREATE TABLE templates (
  name       text PRIMARY KEY,
  aliases    text[] NOT NULL,
  digest     text NOT NULL REFERENCES template_contents,
  source     text NOT NULL, -- a folder of the machine on which it was added, or the URL of a git repository
  ref        text,          -- null: what the repository has checked out
  folder     text NOT NULL DEFAULT '',
  commit     text,
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX templates_by_digest ON templates (digest);

GRANT SELECT, INSERT, UPDATE, DELETE ON template_contents, templates TO lmnop_control;
