-- The number of the hub that took an operation on: a hub that was thought dead has a lower one than its successor.
ALTER TABLE operations ADD COLUMN fence bigint NOT NULL DEFAULT 0;

UPDATE schemaversion SET version = 5;
