CREATE TABLE hosts (
    id text PRIMARY KEY,
    last_seen timestamp
);

ALTER TABLE vms ADD COLUMN host text REFERENCES hosts (id);

CREATE TABLE operations (
    id serial PRIMARY KEY,
    created timestamp NOT NULL DEFAULT now(),
    vm text NOT NULL REFERENCES vms (id),
    task text NOT NULL CHECK (task IN ('create', 'destroy')),
    done timestamp
);

CREATE INDEX operations_to_do ON operations (id) WHERE done IS NULL;

UPDATE schemaversion SET version = 4;
