-- WalT 8: two kinds of log streams, named by who issues them; ports without power; the first indexes.
-- mainstay: allow deletes-data
-- Nothing is lost: images.ready was false only while a download ran, and no download outlives the old server.
DO $$
BEGIN
    IF to_regtype('logmode') IS NULL THEN
        CREATE TYPE logmode AS ENUM ('line', 'chunk');
    END IF;
END $$;

ALTER TABLE logstreams ADD COLUMN IF NOT EXISTS mode logmode DEFAULT 'line';

DO $$
BEGIN
    IF EXISTS (SELECT FROM information_schema.columns
               WHERE table_schema = current_schema() AND table_name = 'logstreams' AND column_name = 'sender_mac') THEN
        ALTER TABLE logstreams RENAME COLUMN sender_mac TO issuer_mac;
    END IF;
    -- WalT's own upgrade renamed the column alone.
    IF EXISTS (SELECT FROM pg_constraint
               WHERE conrelid = to_regclass('logstreams') AND conname = 'logstreams_sender_mac_fkey') THEN
        ALTER TABLE logstreams RENAME CONSTRAINT logstreams_sender_mac_fkey TO logstreams_issuer_mac_fkey;
    END IF;
END $$;

ALTER INDEX IF EXISTS logstreams_sender_mac_name_idx RENAME TO logstreams_issuer_mac_name_idx;

ALTER TABLE images DROP COLUMN IF EXISTS ready;

CREATE TABLE IF NOT EXISTS poeoff (
    mac text REFERENCES devices (mac),
    port integer,
    reason text
);

CREATE INDEX IF NOT EXISTS logs_timestamp_idx ON logs ("timestamp");
CREATE INDEX IF NOT EXISTS logstreams_issuer_mac_name_idx ON logstreams (issuer_mac, name);
CREATE INDEX IF NOT EXISTS devices_ip_idx ON devices (ip);
CREATE INDEX IF NOT EXISTS checkpoints_username_idx ON checkpoints (username);
