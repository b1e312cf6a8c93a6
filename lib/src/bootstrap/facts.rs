//! The questions that bootstrap asks: rows of four texts (kind, name, value, more), read by [`State`](super::state).
//!
//! They read only what every role may read, so the same text serves a plan by an administrator and the check that
//! the service makes at every start. Roles that do not exist yet are asked about as PUBLIC (role id 0): what
//! everybody may do, a new role may do.

use super::Wish;
use crate::sql::literal;

/// From this version on a membership says by itself whether it is inherited and whether it allows SET ROLE.
pub const MEMBERSHIP_OPTIONS: u32 = 160_000;

/// Asks for roles and database; any database of the server will do.
pub(super) fn of_cluster(wish: &Wish, version: u32) -> String {
    format!("WITH {}\n{}", roles(wish), cluster(wish, version))
}

/// Asks for roles, database and what is inside it, in that database.
pub(super) fn of_database(wish: &Wish, version: u32) -> String {
    // One role for everything, the most frequent wish, has no grants to look after.
    let grants = wish.is_split() || !wish.readers.is_empty();
    let (owner, app) = (literal(&wish.owner), literal(&wish.app));
    let extensions = match wish.extensions.is_empty() {
        true => String::new(),
        false => format!(
            "UNION ALL SELECT 'extension', extname::text, NULL, NULL FROM pg_catalog.pg_extension WHERE extname IN ({})",
            list(&wish.extensions)
        ),
    };
    let schema = match &wish.schema {
        None => String::new(),
        Some(schema) => format!(
            "UNION ALL SELECT 'schema', nspname::text, NULL, NULL FROM pg_catalog.pg_namespace WHERE nspname = {}",
            literal(schema)
        ),
    };
    format!(
        "WITH {roles},
owner AS (SELECT id FROM role WHERE name = {owner} AND there),
space AS (SELECT oid, nspname, nspowner FROM pg_catalog.pg_namespace
  WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'),
grantee AS (SELECT id, name, name = {app} AS writes FROM role WHERE name <> {owner} AND NOT super){things}
{cluster}
UNION ALL SELECT 'inside', NULL, NULL, NULL
UNION ALL SELECT 'public', NULL, pg_catalog.concat_ws(' ',
    CASE WHEN pg_catalog.has_schema_privilege(0::oid, s.oid, 'CREATE') THEN 'everybody' END,
    CASE WHEN NOT (pg_catalog.has_schema_privilege(o.id, s.oid, 'CREATE')
                   AND pg_catalog.has_schema_privilege(o.id, s.oid, 'USAGE')) THEN 'shut-out' END,
    CASE WHEN pg_catalog.pg_has_role(o.id, s.nspowner, 'USAGE') THEN 'owned' END), NULL
  FROM space s LEFT JOIN owner o ON true WHERE s.nspname = 'public'
{schema}
{extensions}
{grants}",
        roles = roles(wish),
        things = if grants { THINGS } else { "" },
        cluster = cluster(wish, version),
        grants = if grants { GRANTS } else { "" },
    )
}

/// Tables and sequences. Those with the same owner and grants answer alike, so one of each sort is asked about: a
/// thousand tables cost little more than one.
const THINGS: &str = ",
thing AS (SELECT c.oid, c.relkind = 'S' AS sequence, c.relowner, c.relacl,
    s.nspname = 'public' OR s.nspowner = o.id AS near, c.relowner = o.id AS mine
  FROM owner o, space s JOIN pg_catalog.pg_class c ON c.relnamespace = s.oid
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')),
alike AS (SELECT sequence, pg_catalog.array_agg(oid) AS oids FROM thing WHERE mine GROUP BY sequence, relacl)";

/// What grants do not reach, what future objects will grant, and tables that are not the owner's to grant.
const GRANTS: &str = "UNION ALL SELECT 'schemas', g.name,
    pg_catalog.string_agg(pg_catalog.quote_ident(s.nspname), ', ' ORDER BY s.nspname), NULL
  FROM grantee g, space s
  WHERE (s.nspname = 'public' OR s.nspowner = (SELECT id FROM owner))
    AND NOT pg_catalog.has_schema_privilege(g.id, s.oid, 'USAGE') GROUP BY g.name
UNION ALL SELECT CASE WHEN a.sequence THEN 'sequences' ELSE 'tables' END, g.name, pg_catalog.string_agg(
    pg_catalog.quote_ident(s.nspname) || '.' || pg_catalog.quote_ident(c.relname), ', ' ORDER BY s.nspname, c.relname), NULL
  FROM grantee g, alike a, LATERAL pg_catalog.unnest(a.oids) one
    JOIN pg_catalog.pg_class c ON c.oid = one JOIN space s ON s.oid = c.relnamespace
  WHERE NOT CASE WHEN a.sequence THEN pg_catalog.has_sequence_privilege(g.id, a.oids[1], 'SELECT')
      AND (NOT g.writes OR pg_catalog.has_sequence_privilege(g.id, a.oids[1], 'USAGE')
        AND pg_catalog.has_sequence_privilege(g.id, a.oids[1], 'UPDATE'))
    ELSE pg_catalog.has_table_privilege(g.id, a.oids[1], 'SELECT')
      AND (NOT g.writes OR pg_catalog.has_table_privilege(g.id, a.oids[1], 'INSERT')
        AND pg_catalog.has_table_privilege(g.id, a.oids[1], 'UPDATE')
        AND pg_catalog.has_table_privilege(g.id, a.oids[1], 'DELETE')) END
  GROUP BY a.sequence, g.name
UNION ALL SELECT 'default', d.defaclobjtype::text, g.name, a.privilege_type
  FROM pg_catalog.pg_default_acl d JOIN owner o ON o.id = d.defaclrole,
    LATERAL pg_catalog.aclexplode(d.defaclacl) a JOIN grantee g ON g.id = a.grantee
  WHERE d.defaclnamespace = 0 AND g.id <> 0
UNION ALL SELECT 'stranger', pg_catalog.pg_get_userbyid(t.relowner)::text, pg_catalog.count(*)::text, NULL FROM thing t
  WHERE NOT t.sequence AND t.near AND NOT t.mine
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
      WHERE e.classid = 'pg_catalog.pg_class'::regclass AND e.objid = t.oid AND e.deptype = 'e')
  GROUP BY t.relowner";

/// Asks who we are, what we may do, and which extensions the server offers.
pub(super) fn of_me(wish: &Wish, version: u32) -> String {
    let become_ = becoming(version);
    let offers = match wish.extensions.is_empty() {
        true => String::new(),
        false => format!(
            "UNION ALL SELECT 'offer', a.name::text, CASE WHEN v.trusted OR NOT v.superuser THEN 'trusted' END, NULL
  FROM pg_catalog.pg_available_extensions a
  JOIN pg_catalog.pg_available_extension_versions v ON v.name = a.name AND v.version = a.default_version
  WHERE a.name IN ({})",
            list(&wish.extensions)
        ),
    };
    format!(
        "WITH {roles}
SELECT 'me', rolname::text, pg_catalog.concat_ws(' ', CASE WHEN rolsuper THEN 'superuser' END,
    CASE WHEN rolcreaterole THEN 'createrole' END, CASE WHEN rolcreatedb THEN 'createdb' END), NULL
  FROM pg_catalog.pg_roles WHERE rolname = current_user
UNION ALL SELECT 'becomes', name, NULL, NULL FROM role WHERE there AND pg_catalog.pg_has_role(id, '{become_}')
UNION ALL SELECT 'administers', name, NULL, NULL FROM role
  WHERE there AND pg_catalog.pg_has_role(id, 'MEMBER WITH ADMIN OPTION')
UNION ALL SELECT 'offers', NULL, NULL, NULL
{offers}",
        roles = roles(wish),
    )
}

/// The roles of the wish, those that are not there too.
fn roles(wish: &Wish) -> String {
    let names: Vec<String> = wish.roles().into_iter().map(|name| format!("({})", literal(name))).collect();
    format!(
        "role AS (SELECT w.name, coalesce(r.oid, 0::oid) AS id, r.oid IS NOT NULL AS there, r.rolcanlogin AS login,
    r.rolinherit AS inherit, coalesce(r.rolsuper, false) AS super
  FROM (VALUES {}) w(name) LEFT JOIN pg_catalog.pg_roles r ON r.rolname = w.name)",
        names.join(", ")
    )
}

fn cluster(wish: &Wish, version: u32) -> String {
    let become_ = becoming(version);
    let (owner, app, database) = (literal(&wish.owner), literal(&wish.app), literal(&wish.database));
    format!(
        "SELECT 'role', r.name, pg_catalog.concat_ws(' ', CASE WHEN r.login THEN 'login' END,
    CASE WHEN r.inherit THEN 'inherit' END, CASE WHEN r.super THEN 'superuser' END,
    CASE WHEN r.name = {app} AND pg_catalog.pg_has_role(r.id, o.id, '{become_}') THEN 'becomes-owner' END), NULL
  FROM role r LEFT JOIN role o ON o.name = {owner} AND o.there WHERE r.there
UNION ALL SELECT 'database', pg_catalog.pg_get_userbyid(datdba)::text, pg_catalog.pg_encoding_to_char(encoding)::text,
    CASE WHEN pg_catalog.has_database_privilege(0::oid, oid, 'TEMPORARY') THEN 'temp' END
  FROM pg_catalog.pg_database WHERE datname = {database}
UNION ALL SELECT 'no-connect', r.name, NULL, NULL FROM role r, pg_catalog.pg_database d
  WHERE d.datname = {database} AND NOT pg_catalog.has_database_privilege(r.id, d.oid, 'CONNECT')
UNION ALL SELECT 'no-temp', r.name, NULL, NULL FROM role r, pg_catalog.pg_database d
  WHERE d.datname = {database} AND NOT pg_catalog.has_database_privilege(r.id, d.oid, 'TEMPORARY')"
    )
}

/// What a membership must allow for SET ROLE.
pub fn becoming(version: u32) -> &'static str {
    if version >= MEMBERSHIP_OPTIONS { "SET" } else { "MEMBER" }
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| literal(name)).collect::<Vec<_>>().join(", ")
}
