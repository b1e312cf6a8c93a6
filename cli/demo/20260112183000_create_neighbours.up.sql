CREATE TABLE neighbour (
    id integer PRIMARY KEY,
    name text NOT NULL
);
