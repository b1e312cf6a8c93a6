-- What only the code promised so far: one row for each node, switch, link, reason and checkpoint.
-- mainstay: allow deletes-data
-- Nothing is lost: a row is deleted only where another one says the same.
ALTER TABLE devices ALTER COLUMN conf SET NOT NULL;

DELETE FROM nodes a USING nodes b
WHERE a.ctid > b.ctid AND a.mac = b.mac AND (a.image, a.model) IS NOT DISTINCT FROM (b.image, b.model);
ALTER TABLE nodes ADD PRIMARY KEY (mac);

DELETE FROM switches a USING switches b
WHERE a.ctid > b.ctid AND a.mac = b.mac AND a.model IS NOT DISTINCT FROM b.model;
ALTER TABLE switches ADD PRIMARY KEY (mac);

DELETE FROM poeoff a USING poeoff b
WHERE a.ctid > b.ctid AND (a.mac, a.port, a.reason) = (b.mac, b.port, b.reason);
ALTER TABLE poeoff ADD PRIMARY KEY (mac, port, reason);

-- A link is written from its lesser end, byte by byte, in every locale.
UPDATE topology SET mac1 = mac2, port1 = port2, mac2 = mac1, port2 = port1
WHERE mac1 COLLATE "C" > mac2 COLLATE "C";
UPDATE topology link SET confirmed = same.confirmed, last_seen = same.last_seen
FROM (
    SELECT mac1, port1, mac2, port2, bool_or(confirmed) AS confirmed, max(last_seen) AS last_seen
    FROM topology GROUP BY mac1, port1, mac2, port2 HAVING count(*) > 1
) same
WHERE link.mac1 = same.mac1 AND link.mac2 = same.mac2
  AND (link.port1, link.port2) IS NOT DISTINCT FROM (same.port1, same.port2);
DELETE FROM topology a USING topology b
WHERE a.ctid > b.ctid AND a.mac1 = b.mac1 AND a.mac2 = b.mac2
  AND (a.port1, a.port2) IS NOT DISTINCT FROM (b.port1, b.port2);
ALTER TABLE topology
    ALTER COLUMN mac1 SET NOT NULL,
    ALTER COLUMN mac2 SET NOT NULL,
    ADD CONSTRAINT topology_order_check CHECK (mac1 COLLATE "C" < mac2 COLLATE "C");
-- An unknown port is one value here; NULLS NOT DISTINCT would say it only since PostgreSQL 15.
CREATE UNIQUE INDEX topology_link_idx ON topology (mac1, mac2, coalesce(port1, -1), coalesce(port2, -1));

-- Of several checkpoints of one name, the later ones get a number.
UPDATE checkpoints SET name = name || ' (' || again.number || ')'
FROM (
    SELECT ctid AS place, row_number() OVER (PARTITION BY username, name ORDER BY "timestamp") AS number
    FROM checkpoints
) again
WHERE checkpoints.ctid = again.place AND again.number > 1;
ALTER TABLE checkpoints ADD CONSTRAINT checkpoints_username_name_key UNIQUE (username, name);
DROP INDEX checkpoints_username_idx;
