-- WalT 4, the oldest version that is brought up. WalT kept no ledger, so a database may hold any of this already:
-- what is there stays, and the later steps also look before they change something.
CREATE TABLE IF NOT EXISTS devices (
    mac text PRIMARY KEY,
    ip text,
    name text,
    type text,
    virtual boolean DEFAULT false
);

CREATE TABLE IF NOT EXISTS topology (
    mac1 text REFERENCES devices (mac),
    port1 integer,
    mac2 text REFERENCES devices (mac),
    port2 integer,
    confirmed boolean
);

CREATE TABLE IF NOT EXISTS images (
    fullname text PRIMARY KEY,
    ready boolean
);

CREATE TABLE IF NOT EXISTS nodes (
    mac text REFERENCES devices (mac),
    image text REFERENCES images (fullname),
    model text,
    booted boolean DEFAULT false,
    netsetup integer DEFAULT 0
);

CREATE TABLE IF NOT EXISTS switches (
    mac text REFERENCES devices (mac),
    model text,
    lldp_explore boolean DEFAULT false,
    poe_reboot_nodes boolean DEFAULT false,
    snmp_conf text
);

CREATE TABLE IF NOT EXISTS config (
    item text PRIMARY KEY,
    value text
);

CREATE TABLE IF NOT EXISTS logstreams (
    id serial PRIMARY KEY,
    sender_mac text REFERENCES devices (mac),
    name text
);

CREATE TABLE IF NOT EXISTS logs (
    stream_id integer REFERENCES logstreams (id),
    "timestamp" timestamp,
    line text
);

CREATE TABLE IF NOT EXISTS checkpoints (
    username text,
    "timestamp" timestamp,
    name text
);
