CREATE TABLE loan (
    id integer PRIMARY KEY,
    tool_id integer NOT NULL REFERENCES tool (id),
    neighbour_id integer NOT NULL REFERENCES neighbour (id),
    days integer NOT NULL CHECK (days > 0)
);
