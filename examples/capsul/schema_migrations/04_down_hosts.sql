DROP TABLE operations;
ALTER TABLE vms DROP COLUMN host;
DROP TABLE hosts;

UPDATE schemaversion SET version = 3;
