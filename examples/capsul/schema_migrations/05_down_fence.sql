ALTER TABLE operations DROP COLUMN fence;

UPDATE schemaversion SET version = 4;
