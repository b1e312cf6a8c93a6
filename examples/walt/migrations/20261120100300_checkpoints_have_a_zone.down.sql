ALTER TABLE checkpoints ALTER COLUMN "timestamp" TYPE timestamp without time zone;
