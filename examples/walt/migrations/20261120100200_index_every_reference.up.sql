-- The references that no key or index of the table begins with: without one, each deleted device reads the whole table.
CREATE INDEX nodes_image_idx ON nodes (image);
CREATE INDEX topology_mac2_idx ON topology (mac2);
CREATE INDEX vpnnodes_mac_idx ON vpnnodes (mac);
CREATE INDEX vpnnodes_vpnmac_idx ON vpnnodes (vpnmac);
