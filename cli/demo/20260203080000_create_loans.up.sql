CREATE TABLE loan (
    id integer PRIMARY KEY,
    tool_id integer NOT NULL REFERENCES tool (id),
    member_id integer NOT NULL REFERENCES member (id),
    days integer NOT NULL CHECK (days > 0)
);
