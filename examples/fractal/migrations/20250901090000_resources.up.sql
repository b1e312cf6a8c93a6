CREATE TABLE resource (
    id serial PRIMARY KEY,
    name text NOT NULL UNIQUE
);

ALTER TABLE projectv2 ADD COLUMN resource_id integer REFERENCES resource (id);

CREATE INDEX projectv2_resource_id ON projectv2 (resource_id);
