-- A device may ask for a group of hosts instead of one host; until now the host it has says which.
ALTER TABLE tomato_device ADD COLUMN hostgroup varchar(20);
UPDATE tomato_device SET hostgroup = (SELECT "group" FROM tomato_host WHERE tomato_host.id = host_id);
