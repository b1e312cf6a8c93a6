-- Who may do what, the machines, and what is built on them.
CREATE TABLE tomato_user (
    id integer PRIMARY KEY AUTOINCREMENT,
    name varchar(250) NOT NULL,
    origin varchar(250) NOT NULL,
    is_admin boolean NOT NULL DEFAULT false,
    email varchar(75),
    UNIQUE (name, origin)
);
CREATE TABLE tomato_host (
    id integer PRIMARY KEY AUTOINCREMENT,
    name varchar(50) NOT NULL UNIQUE,
    "group" varchar(10) NOT NULL,
    enabled boolean NOT NULL DEFAULT true,
    attrs text NOT NULL DEFAULT '{}'
);
CREATE TABLE tomato_topology (
    id integer PRIMARY KEY AUTOINCREMENT,
    name varchar(30) NOT NULL,
    owner_id integer NOT NULL REFERENCES tomato_user,
    date_usage text,
    attrs text NOT NULL DEFAULT '{}'
);
CREATE TABLE tomato_device (
    id integer PRIMARY KEY AUTOINCREMENT,
    topology_id integer NOT NULL REFERENCES tomato_topology ON DELETE CASCADE,
    name varchar(20) NOT NULL,
    type varchar(10) NOT NULL CHECK (type IN ('openvz', 'kvm', 'prog')),
    state varchar(10) NOT NULL DEFAULT 'created' CHECK (state IN ('created', 'prepared', 'started')),
    host_id integer REFERENCES tomato_host,
    attrs text NOT NULL DEFAULT '{}',
    UNIQUE (topology_id, name)
);
CREATE TABLE tomato_interface (
    id integer PRIMARY KEY AUTOINCREMENT,
    device_id integer NOT NULL REFERENCES tomato_device ON DELETE CASCADE,
    name varchar(10) NOT NULL,
    UNIQUE (device_id, name)
);
CREATE TABLE tomato_connector (
    id integer PRIMARY KEY AUTOINCREMENT,
    topology_id integer NOT NULL REFERENCES tomato_topology ON DELETE CASCADE,
    name varchar(20) NOT NULL,
    type varchar(10) NOT NULL CHECK (type IN ('hub', 'switch', 'router')),
    UNIQUE (topology_id, name)
);
CREATE TABLE tomato_connection (
    id integer PRIMARY KEY AUTOINCREMENT,
    connector_id integer NOT NULL REFERENCES tomato_connector ON DELETE CASCADE,
    interface_id integer NOT NULL UNIQUE REFERENCES tomato_interface ON DELETE CASCADE,
    attrs text NOT NULL DEFAULT '{}'
);
