CREATE INDEX devices_name ON devices (name);
