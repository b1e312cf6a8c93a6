-- WalT 10: nodes behind a VPN; times with a zone.
CREATE TABLE IF NOT EXISTS vpnauth (
    vpnmac text PRIMARY KEY,
    pubkeycert text,
    certid text,
    device_label text,
    revoked boolean DEFAULT false
);

CREATE TABLE IF NOT EXISTS vpnnodes (
    mac text REFERENCES devices (mac),
    vpnmac text REFERENCES vpnauth (vpnmac)
);

-- WalT wrote local times, and the server's own zone says which these are. Already with a zone: nothing is done.
ALTER TABLE logs ALTER COLUMN "timestamp" TYPE timestamp with time zone;

ALTER TABLE topology ADD COLUMN IF NOT EXISTS last_seen timestamp with time zone;
