-- Checkpoints are compared with the times of logs, which have a zone since version 10. They too were local times.
ALTER TABLE checkpoints ALTER COLUMN "timestamp" TYPE timestamp with time zone;
