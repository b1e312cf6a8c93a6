DROP TABLE tomato_task;
DROP TABLE tomato_resourceentry;
DROP TABLE tomato_resourcepool;
