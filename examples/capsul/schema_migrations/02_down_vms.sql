DROP TABLE vms;
DROP TABLE vm_sizes;

UPDATE schemaversion SET version = 1;
