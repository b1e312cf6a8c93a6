CREATE TABLE vm_sizes (
    id text PRIMARY KEY,
    dollars_per_month numeric(8, 2) NOT NULL,
    vcpus integer NOT NULL,
    memory_mb integer NOT NULL
);

INSERT INTO vm_sizes (id, dollars_per_month, vcpus, memory_mb) VALUES
    ('f1-xs', 5.33, 1, 512),
    ('f1-s', 7.50, 1, 1024);

CREATE TABLE vms (
    id text PRIMARY KEY,
    email text NOT NULL REFERENCES accounts (email),
    size text NOT NULL REFERENCES vm_sizes (id),
    created timestamp NOT NULL DEFAULT now(),
    deleted timestamp
);

CREATE INDEX vms_email ON vms (email);

UPDATE schemaversion SET version = 2;
