-- A database as WalT 4 kept it, small: two switches, one of which never told its settings, a node, and a thousand lines.
CREATE TABLE devices (mac text PRIMARY KEY, ip text, name text, type text, virtual boolean DEFAULT false);
CREATE TABLE images (fullname text PRIMARY KEY, ready boolean);
CREATE TABLE config (item text PRIMARY KEY, value text);
CREATE TABLE logstreams (id serial PRIMARY KEY, sender_mac text REFERENCES devices, name text);
CREATE TABLE logs (stream_id integer REFERENCES logstreams, "timestamp" timestamp, line text);
CREATE TABLE checkpoints (username text, "timestamp" timestamp, name text);
CREATE TABLE nodes (
    mac text REFERENCES devices, image text REFERENCES images, model text,
    booted boolean DEFAULT false, netsetup integer DEFAULT 0
);
CREATE TABLE switches (
    mac text REFERENCES devices, model text,
    lldp_explore boolean DEFAULT false, poe_reboot_nodes boolean DEFAULT false, snmp_conf text
);
CREATE TABLE topology (
    mac1 text REFERENCES devices, port1 integer, mac2 text REFERENCES devices, port2 integer, confirmed boolean
);

INSERT INTO devices (mac, ip, name, type) VALUES
    ('52:54:00:00:00:01', '192.168.152.1', 'walt-server', 'server'),
    ('aa:00:00:00:00:01', '192.168.152.2', 'sw1', 'switch'),
    ('aa:00:00:00:00:02', '192.168.152.3', 'sw2', 'switch'),
    ('bb:00:00:00:00:01', '192.168.152.11', 'rpi1', 'node');
INSERT INTO images VALUES ('alice/pc:latest', true), ('alice/unused:latest', true);
INSERT INTO nodes VALUES ('bb:00:00:00:00:01', 'alice/pc:latest', 'rpi-2-b', false, 1);
INSERT INTO switches VALUES
    ('aa:00:00:00:00:01', 'HP', true, true, '{"version":2,"community":"private"}'),
    ('aa:00:00:00:00:02', 'HP', NULL, NULL, NULL);
INSERT INTO topology VALUES ('aa:00:00:00:00:01', 5, 'bb:00:00:00:00:01', NULL, true);
INSERT INTO logstreams (sender_mac, name) VALUES ('bb:00:00:00:00:01', 'exp1');
INSERT INTO logs
    SELECT 1, timestamp '2019-01-01' + number * interval '1 second', 'line ' || number FROM generate_series(1, 1000) number;
