DROP INDEX tomato_topology_owner_idx;
DROP INDEX tomato_device_host_idx;
DROP INDEX tomato_connection_connector_idx;
DROP INDEX tomato_permission_user_idx;
DROP INDEX tomato_task_topology_idx;
