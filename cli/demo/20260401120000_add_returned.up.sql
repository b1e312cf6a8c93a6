ALTER TABLE loan ADD COLUMN returned boolean NOT NULL DEFAULT false;
CREATE INDEX loan_by_tool ON loan (tool_id);
