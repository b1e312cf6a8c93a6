CREATE TABLE payments (
    id serial PRIMARY KEY,
    email text NOT NULL REFERENCES accounts (email),
    created timestamp NOT NULL DEFAULT now(),
    dollars numeric(8, 2) NOT NULL,
    invalidated boolean NOT NULL DEFAULT false
);

CREATE INDEX payments_email ON payments (email);

UPDATE schemaversion SET version = 3;
