ALTER TABLE tomato_device DROP COLUMN hostgroup;
