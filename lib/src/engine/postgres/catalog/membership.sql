SELECT 'memberships', g.member, json_agg(json_build_object('role', g.rolname, 'admin', g.admin) ORDER BY g.rolname)
FROM (
    -- From 16 on a membership may be there once for each grantor.
    SELECT m.member, o.rolname, bool_or(m.admin_option) AS admin
    FROM pg_auth_members m
    JOIN pg_roles o ON o.oid = m.roleid
    GROUP BY m.member, o.rolname
) g
GROUP BY g.member
