CREATE INDEX checkpoints_username_idx ON checkpoints (username);
ALTER TABLE checkpoints DROP CONSTRAINT checkpoints_username_name_key;
DROP INDEX topology_link_idx;
ALTER TABLE topology
    DROP CONSTRAINT topology_order_check,
    ALTER COLUMN mac1 DROP NOT NULL,
    ALTER COLUMN mac2 DROP NOT NULL;
ALTER TABLE poeoff
    DROP CONSTRAINT poeoff_pkey,
    ALTER COLUMN mac DROP NOT NULL,
    ALTER COLUMN port DROP NOT NULL,
    ALTER COLUMN reason DROP NOT NULL;
ALTER TABLE switches DROP CONSTRAINT switches_pkey, ALTER COLUMN mac DROP NOT NULL;
ALTER TABLE nodes DROP CONSTRAINT nodes_pkey, ALTER COLUMN mac DROP NOT NULL;
ALTER TABLE devices ALTER COLUMN conf DROP NOT NULL;
