CREATE TABLE user_oauth (
    id serial PRIMARY KEY,
    email text NOT NULL UNIQUE
);

CREATE TABLE project (
    id serial PRIMARY KEY,
    name text NOT NULL,
    read_only boolean NOT NULL DEFAULT false
);

CREATE TABLE workflow (
    id serial PRIMARY KEY,
    project_id integer NOT NULL REFERENCES project (id),
    name text NOT NULL
);

CREATE INDEX workflow_project_id ON workflow (project_id);
