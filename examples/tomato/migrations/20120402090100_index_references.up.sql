-- Every reference that is asked for from its other end.
CREATE INDEX tomato_topology_owner_idx ON tomato_topology (owner_id);
CREATE INDEX tomato_device_host_idx ON tomato_device (host_id);
CREATE INDEX tomato_connection_connector_idx ON tomato_connection (connector_id);
CREATE INDEX tomato_permission_user_idx ON tomato_permission (user_id);
CREATE INDEX tomato_task_topology_idx ON tomato_task (topology_id);
