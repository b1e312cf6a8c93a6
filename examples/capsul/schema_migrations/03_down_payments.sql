DROP TABLE payments;

UPDATE schemaversion SET version = 2;
