DROP TABLE tomato_permission;
