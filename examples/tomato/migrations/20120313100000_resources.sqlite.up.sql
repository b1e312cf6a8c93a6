-- Numbers that a host has a range of (ports, virtual machines), and who has taken which.
CREATE TABLE tomato_resourcepool (
    id integer PRIMARY KEY AUTOINCREMENT,
    host_id integer NOT NULL REFERENCES tomato_host ON DELETE CASCADE,
    type varchar(10) NOT NULL,
    first_num integer NOT NULL,
    num_count integer NOT NULL,
    UNIQUE (host_id, type)
);
CREATE TABLE tomato_resourceentry (
    id integer PRIMARY KEY AUTOINCREMENT,
    pool_id integer NOT NULL REFERENCES tomato_resourcepool,
    num integer NOT NULL,
    device_id integer NOT NULL REFERENCES tomato_device ON DELETE CASCADE,
    slot varchar(10) NOT NULL,
    UNIQUE (pool_id, num),
    UNIQUE (device_id, slot)
);
CREATE TABLE tomato_task (
    id integer PRIMARY KEY AUTOINCREMENT,
    topology_id integer NOT NULL REFERENCES tomato_topology ON DELETE CASCADE,
    name varchar(250) NOT NULL,
    worker varchar(50) NOT NULL,
    finished text NOT NULL DEFAULT CURRENT_TIMESTAMP
);
