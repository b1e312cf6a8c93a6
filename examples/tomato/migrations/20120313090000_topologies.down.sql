DROP TABLE tomato_connection;
DROP TABLE tomato_connector;
DROP TABLE tomato_interface;
DROP TABLE tomato_device;
DROP TABLE tomato_topology;
DROP TABLE tomato_host;
DROP TABLE tomato_user;
