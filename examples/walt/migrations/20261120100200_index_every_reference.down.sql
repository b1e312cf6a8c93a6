DROP INDEX nodes_image_idx, topology_mac2_idx, vpnnodes_mac_idx, vpnnodes_vpnmac_idx;
