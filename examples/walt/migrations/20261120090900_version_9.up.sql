-- WalT 8.3 and 9: names for the ports of switches; logs are found by stream.
-- mainstay: allow deletes-data
-- Nothing is lost: nodes.booted was about the time since the server's start, which is now.
ALTER TABLE nodes DROP COLUMN IF EXISTS booted;

CREATE TABLE IF NOT EXISTS switchports (
    mac text REFERENCES devices (mac),
    port integer,
    name text,
    PRIMARY KEY (mac, port)
);

CREATE INDEX IF NOT EXISTS logs_stream_id_idx ON logs (stream_id);
