-- WalT 5: a device's settings are in devices.conf, under dotted names.
-- mainstay: allow deletes-data
-- Nothing is lost: the values of every column and of the table dropped here are in devices.conf by then. Images that no
-- node boots stay: their owners may still want them.
ALTER TABLE devices ADD COLUMN IF NOT EXISTS conf jsonb DEFAULT '{}';

-- WalT's own upgrade left NULL where a switch had an unknown setting.
UPDATE devices SET conf = '{}' WHERE conf IS NULL;

DO $$
BEGIN
    IF EXISTS (SELECT FROM information_schema.columns
               WHERE table_schema = current_schema() AND table_name = 'switches' AND column_name = 'snmp_conf') THEN
        UPDATE devices SET conf = conf || moved.settings
        FROM (
            SELECT mac,
                   jsonb_strip_nulls(jsonb_build_object('lldp.explore', lldp_explore, 'poe.reboots', poe_reboot_nodes))
                   || coalesce((SELECT jsonb_object_agg('snmp.' || key, value)
                                -- WalT wrote an unknown configuration as the JSON text null.
                                FROM jsonb_each(nullif(nullif(snmp_conf, '')::jsonb, 'null'))), '{}') AS settings
            FROM switches
        ) moved
        WHERE moved.mac = devices.mac;
        ALTER TABLE switches DROP COLUMN lldp_explore, DROP COLUMN poe_reboot_nodes, DROP COLUMN snmp_conf;
    END IF;
END $$;

DO $$
BEGIN
    IF EXISTS (SELECT FROM information_schema.columns
               WHERE table_schema = current_schema() AND table_name = 'nodes' AND column_name = 'netsetup') THEN
        UPDATE devices SET conf = conf || jsonb_build_object('netsetup', nodes.netsetup)
        FROM nodes WHERE nodes.mac = devices.mac AND nodes.netsetup IS NOT NULL;
        ALTER TABLE nodes DROP COLUMN netsetup;
    END IF;
END $$;

-- The server's own settings become those of the device that it is.
DO $$
BEGIN
    IF to_regclass('config') IS NOT NULL THEN
        UPDATE devices SET conf = conf || (SELECT jsonb_object_agg('config.' || item, value) FROM config)
        WHERE type = 'server' AND EXISTS (SELECT FROM config);
        IF NOT FOUND AND EXISTS (SELECT FROM config) THEN
            RAISE EXCEPTION 'table config has rows, and no device of type server is there to take them'
                USING HINT = 'insert the server into devices, or delete the rows';
        END IF;
        DROP TABLE config;
    END IF;
END $$;
