CREATE TABLE tool (
    id integer PRIMARY KEY,
    name text NOT NULL UNIQUE,
    shelf text NOT NULL
);
