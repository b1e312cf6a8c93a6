-- Who else may look at or change a topology.
CREATE TABLE tomato_permission (
    topology_id bigint NOT NULL REFERENCES tomato_topology ON DELETE CASCADE,
    user_id bigint NOT NULL REFERENCES tomato_user ON DELETE CASCADE,
    role varchar(10) NOT NULL CHECK (role IN ('user', 'manager')),
    PRIMARY KEY (topology_id, user_id)
);
