-- To forget a device is one DELETE: what belongs to it goes with it. Images and VPN keys belong to nobody and stay.
ALTER TABLE logs
    DROP CONSTRAINT logs_stream_id_fkey,
    ADD CONSTRAINT logs_stream_id_fkey FOREIGN KEY (stream_id) REFERENCES logstreams (id) ON DELETE CASCADE;
ALTER TABLE logstreams
    DROP CONSTRAINT logstreams_issuer_mac_fkey,
    ADD CONSTRAINT logstreams_issuer_mac_fkey FOREIGN KEY (issuer_mac) REFERENCES devices (mac) ON DELETE CASCADE;
ALTER TABLE nodes
    DROP CONSTRAINT nodes_mac_fkey,
    ADD CONSTRAINT nodes_mac_fkey FOREIGN KEY (mac) REFERENCES devices (mac) ON DELETE CASCADE;
ALTER TABLE poeoff
    DROP CONSTRAINT poeoff_mac_fkey,
    ADD CONSTRAINT poeoff_mac_fkey FOREIGN KEY (mac) REFERENCES devices (mac) ON DELETE CASCADE;
ALTER TABLE switches
    DROP CONSTRAINT switches_mac_fkey,
    ADD CONSTRAINT switches_mac_fkey FOREIGN KEY (mac) REFERENCES devices (mac) ON DELETE CASCADE;
ALTER TABLE switchports
    DROP CONSTRAINT switchports_mac_fkey,
    ADD CONSTRAINT switchports_mac_fkey FOREIGN KEY (mac) REFERENCES devices (mac) ON DELETE CASCADE;
ALTER TABLE topology
    DROP CONSTRAINT topology_mac1_fkey,
    ADD CONSTRAINT topology_mac1_fkey FOREIGN KEY (mac1) REFERENCES devices (mac) ON DELETE CASCADE,
    DROP CONSTRAINT topology_mac2_fkey,
    ADD CONSTRAINT topology_mac2_fkey FOREIGN KEY (mac2) REFERENCES devices (mac) ON DELETE CASCADE;
ALTER TABLE vpnnodes
    DROP CONSTRAINT vpnnodes_mac_fkey,
    ADD CONSTRAINT vpnnodes_mac_fkey FOREIGN KEY (mac) REFERENCES devices (mac) ON DELETE CASCADE;
