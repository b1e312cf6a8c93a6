CREATE TABLE schemaversion (
    version INT PRIMARY KEY NOT NULL
);

INSERT INTO schemaversion (version) VALUES (1);

CREATE TABLE accounts (
    email text PRIMARY KEY,
    created timestamp NOT NULL DEFAULT now()
);
