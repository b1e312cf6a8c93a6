ALTER TABLE projectv2 DROP COLUMN resource_id;
DROP TABLE resource;
