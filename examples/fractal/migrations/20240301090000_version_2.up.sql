CREATE TABLE projectv2 (
    id serial PRIMARY KEY,
    name text NOT NULL,
    owner_id integer NOT NULL REFERENCES user_oauth (id)
);

CREATE INDEX projectv2_owner_id ON projectv2 (owner_id);

-- The order of keys in these settings matters to people, so it is not jsonb.
CREATE TABLE workflowtaskv2 (
    id serial PRIMARY KEY,
    project_id integer NOT NULL REFERENCES projectv2 (id),
    args json NOT NULL DEFAULT '{}'
);

CREATE INDEX workflowtaskv2_project_id ON workflowtaskv2 (project_id);
