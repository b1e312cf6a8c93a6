//! The questions about one role: rows of five texts (kind and four more), read by [`Facts`](super::state::Facts).
//!
//! A role that is not there yet is asked about as PUBLIC (role id 0): what everybody may do, a new role may do.

use super::{Change, Deed};
use crate::bootstrap::{Wish, access, becoming};
use crate::sql::literal;

/// Default privileges of large objects.
pub(super) const LARGE_OBJECT_DEFAULTS: u32 = 180_000;

/// Functions of PostgreSQL's own that store something, whatever else a role may do, and that everybody may call.
pub(super) const STORING: &str = "'lo_creat', 'lo_create', 'lo_from_bytea', 'pg_logical_emit_message'";

/// The dependency `d` is that of an owner. Default privileges have one too, yet nothing is lost with them.
pub(super) const OWNS: &str = "d.deptype = 'o' AND d.classid <> 'pg_catalog.pg_default_acl'::regclass";

/// The entry `a` of an access list is for whom the way `w` leads to.
const REACHED: &str = "(a.grantee = w.id OR w.member AND a.grantee <> 0
      AND pg_catalog.pg_has_role(nullif(w.id, 0), nullif(a.grantee, 0), 'USAGE'))";

/// Everything that the change depends on.
pub(super) fn of(change: &Change, wish: &Wish, version: u32) -> String {
    let mut asked = vec![who(wish, version), LIMITS.to_owned()];
    match &change.deed {
        Deed::Create { preset, .. } | Deed::Grant { preset, .. } => {
            // Extensions grant for themselves; only who copies everything must read their tables too.
            let writes = preset.writes(version);
            asked.extend(writes.map(|writes| lacking(writes, *preset == super::Preset::Backup)));
            asked.push(DEFAULTS.to_owned());
            match preset {
                super::Preset::Backup => asked.push(UNREAD.to_owned()),
                super::Preset::Reader => asked.push(open()),
                super::Preset::App => asked.push(closed()),
                super::Preset::Owner | super::Preset::Monitor => {}
            }
        }
        Deed::Revoke { .. } => asked.extend([DEFAULTS.to_owned(), held_by_name()]),
        Deed::Drop { reassign_to } => {
            asked.push(ties());
            asked.extend(reassign_to.as_ref().map(|heir| {
                let heir = literal(heir);
                format!(
                    "SELECT 'heir', rolname::text, NULL, NULL, NULL FROM pg_catalog.pg_roles WHERE rolname = {heir}"
                )
            }));
        }
    }
    format!("WITH {}\n{}", ground(change, wish), asked.join("\nUNION ALL "))
}

/// The role asked about, the ways by which it has rights, the schemas and what is in them, and the roles that create there.
fn ground(change: &Change, wish: &Wish) -> String {
    format!(
        "asked AS (SELECT coalesce((SELECT oid FROM pg_catalog.pg_roles WHERE rolname = {role}), 0::oid) AS id),
base AS (SELECT oid, datdba, datname, datacl FROM pg_catalog.pg_database WHERE datname = current_database()),
way AS (SELECT 0::oid AS id, 'public' AS name, false AS member
  UNION SELECT r.oid, r.rolname::text, false FROM asked JOIN pg_catalog.pg_roles r ON r.oid = asked.id
  UNION SELECT r.oid, r.rolname::text, true FROM asked JOIN pg_catalog.pg_auth_members m ON m.member = asked.id
    JOIN pg_catalog.pg_roles r ON r.oid = m.roleid),
space AS (SELECT oid, nspname, nspowner, nspacl FROM pg_catalog.pg_namespace
  WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'),
thing AS (SELECT c.oid, c.relname, c.relkind = 'S' AS sequence, c.relowner, c.relacl, s.nspname, s.oid AS space,
    EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid = 'pg_catalog.pg_class'::regclass AND e.objid = c.oid
      AND e.deptype = 'e') AS extension
  FROM space s JOIN pg_catalog.pg_class c ON c.relnamespace = s.oid WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')),
creator AS (SELECT r.oid, r.rolname FROM pg_catalog.pg_roles r, asked
  WHERE r.rolname !~ '^pg_' AND r.oid <> asked.id AND (r.rolname = {owner}
    OR r.oid IN (SELECT datdba FROM base) OR r.oid IN (SELECT relowner FROM thing WHERE NOT extension)
    OR r.oid IN (SELECT nspowner FROM space WHERE nspname <> 'public')
    OR NOT r.rolsuper AND EXISTS (SELECT FROM base, LATERAL pg_catalog.aclexplode(datacl) a
      WHERE a.privilege_type = 'CREATE' AND a.grantee NOT IN (0, datdba)
        AND pg_catalog.pg_has_role(r.oid, nullif(a.grantee, 0), 'USAGE'))
    OR r.oid IN (SELECT a.grantee FROM space, LATERAL pg_catalog.aclexplode(nspacl) a
      WHERE a.privilege_type = 'CREATE' AND nspowner <> a.grantee)))",
        role = literal(&change.role),
        owner = literal(&wish.owner),
    )
}

/// Who we are, the role, what it is a member of, its settings here, and the roles that create.
fn who(wish: &Wish, version: u32) -> String {
    let become_ = becoming(version);
    format!(
        "SELECT 'me', session_user::text, pg_catalog.concat_ws(' ', CASE WHEN rolsuper THEN 'superuser' END,
    CASE WHEN rolcreaterole THEN 'createrole' END), NULL, NULL FROM pg_catalog.pg_roles WHERE rolname = session_user
UNION ALL SELECT 'role', rolname::text, pg_catalog.concat_ws(' ', CASE WHEN rolcanlogin THEN 'login' END,
    CASE WHEN rolsuper THEN 'superuser' END, CASE WHEN rolcreaterole THEN 'createrole' END,
    CASE WHEN rolcreatedb THEN 'createdb' END, CASE WHEN rolreplication THEN 'replication' END,
    CASE WHEN rolbypassrls THEN 'bypassrls' END,
    CASE WHEN pg_catalog.pg_has_role(session_user, oid, 'MEMBER WITH ADMIN OPTION') THEN 'ours' END), NULL, NULL
  FROM pg_catalog.pg_roles, asked WHERE oid = asked.id
UNION ALL SELECT 'member', pg_catalog.pg_get_userbyid(roleid)::text, NULL, NULL, NULL
  FROM pg_catalog.pg_auth_members, asked WHERE member = asked.id
UNION ALL SELECT 'group', rolname::text, pg_catalog.concat_ws(' ', CASE WHEN rolsuper THEN 'superuser' END,
    CASE WHEN pg_catalog.pg_has_role(session_user, oid, 'MEMBER WITH ADMIN OPTION') THEN 'ours' END), NULL, NULL
  FROM pg_catalog.pg_roles WHERE rolname IN ({owner}, {app}, 'pg_monitor', 'pg_read_all_data')
UNION ALL SELECT 'setting', pg_catalog.split_part(one, '=', 1), pg_catalog.substr(one, pg_catalog.strpos(one, '=') + 1),
    CASE WHEN setdatabase = 0 THEN 'everywhere' END, NULL
  FROM asked, base, pg_catalog.pg_db_role_setting, LATERAL pg_catalog.unnest(setconfig) one
  WHERE setrole = asked.id AND asked.id <> 0 AND setdatabase IN (0, base.oid)
UNION ALL SELECT 'creator', c.rolname::text, CASE WHEN pg_catalog.pg_has_role(session_user, c.oid, '{become_}') THEN 'ours' END,
    NULL, NULL FROM creator c",
        owner = literal(&wish.owner),
        app = literal(&wish.app),
    )
}

/// What it may do with the database.
const LIMITS: &str = "SELECT 'database', pg_catalog.pg_get_userbyid(base.datdba)::text, pg_catalog.concat_ws(' ',
    CASE WHEN pg_catalog.has_database_privilege(asked.id, base.oid, 'CONNECT') THEN 'connect' END,
    CASE WHEN pg_catalog.has_database_privilege(asked.id, base.oid, 'TEMPORARY') THEN 'temp' END,
    CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_class WHERE relrowsecurity) THEN 'row-security' END), NULL, NULL
  FROM asked, base";

/// Schemas, tables and sequences on which it lacks something: name, who grants it, what is lacking.
fn lacking(writes: bool, extensions: bool) -> String {
    let lacks = |function: &str, rights: &str| {
        let each: Vec<String> = rights
            .split(", ")
            .map(|right| format!("CASE WHEN NOT pg_catalog.{function}(asked.id, t.oid, '{right}') THEN '{right}' END"))
            .collect();
        each.join(", ")
    };
    let whose = if extensions { "true" } else { "NOT t.extension" };
    format!(
        "SELECT 'schema', pg_catalog.quote_ident(s.nspname), CASE WHEN pg_catalog.pg_get_userbyid(s.nspowner) = 'pg_database_owner'
    THEN pg_catalog.pg_get_userbyid(base.datdba)::text ELSE pg_catalog.pg_get_userbyid(s.nspowner)::text END, 'USAGE', NULL
  FROM asked, base, space s WHERE NOT pg_catalog.has_schema_privilege(asked.id, s.oid, 'USAGE')
UNION ALL SELECT CASE WHEN t.sequence THEN 'sequence' ELSE 'table' END,
    pg_catalog.quote_ident(t.nspname) || '.' || pg_catalog.quote_ident(t.relname),
    pg_catalog.pg_get_userbyid(t.relowner)::text, l.lacks, NULL
  FROM asked, thing t, LATERAL (SELECT CASE WHEN t.sequence THEN pg_catalog.concat_ws(', ', {sequences})
    ELSE pg_catalog.concat_ws(', ', {tables}) END AS lacks) l
  WHERE l.lacks <> '' AND t.relowner <> asked.id AND {whose}",
        sequences = lacks("has_sequence_privilege", access::on_sequences(writes)),
        tables = lacks("has_table_privilege", access::on_tables(writes)),
    )
}

/// What the objects that others will create grant it: creator, schema or nothing, kind, privilege.
const DEFAULTS: &str = "SELECT 'default', pg_catalog.pg_get_userbyid(d.defaclrole)::text,
    CASE WHEN d.defaclnamespace <> 0 THEN pg_catalog.quote_ident(n.nspname) END, d.defaclobjtype::text, a.privilege_type
  FROM asked, pg_catalog.pg_default_acl d LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace,
    LATERAL pg_catalog.aclexplode(d.defaclacl) a WHERE a.grantee = asked.id AND asked.id <> 0";

/// Large objects that a backup could not read.
const UNREAD: &str = "SELECT 'large', m.oid::text, pg_catalog.pg_get_userbyid(m.lomowner)::text, 'SELECT', NULL
  FROM asked, pg_catalog.pg_largeobject_metadata m WHERE m.lomowner <> asked.id AND NOT EXISTS (
    SELECT FROM pg_catalog.aclexplode(m.lomacl) a WHERE a.privilege_type = 'SELECT' AND a.grantee IN (0, asked.id))";

/// What it can write to: the kind, the object, who grants it, who holds the right (`public` for everybody, the role, or a group
/// that it is a member of), and the privileges.
///
/// A function counts in whatever schema it is: a reader is given USAGE on all of them. It counts as stable too, since it may call
/// one that writes; only those of extensions are taken at their word.
fn open() -> String {
    let owner = "CASE WHEN pg_catalog.pg_get_userbyid(s.nspowner) = 'pg_database_owner'
    THEN pg_catalog.pg_get_userbyid(base.datdba)::text ELSE pg_catalog.pg_get_userbyid(s.nspowner)::text END";
    let database = |right| held("database", "base.oid", "base.datacl", "d", "base.datdba", &[right]);
    let execute = held("function", "p.oid", "p.proacl", "f", "p.proowner", &["EXECUTE"]);
    let tables = ["INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"];
    format!(
        "SELECT 'may-temp', pg_catalog.quote_ident(base.datname), pg_catalog.pg_get_userbyid(base.datdba)::text, w.name, l.it
  FROM asked, base, way w, LATERAL (SELECT {temp} AS it) l WHERE l.it <> ''
UNION ALL SELECT 'may-create-schemas', pg_catalog.quote_ident(base.datname), pg_catalog.pg_get_userbyid(base.datdba)::text,
    w.name, l.it
  FROM asked, base, way w, LATERAL (SELECT {schemas} AS it) l WHERE l.it <> ''
UNION ALL SELECT 'may-create', pg_catalog.quote_ident(s.nspname), {owner}, w.name, l.it
  FROM asked, base, space s, way w, LATERAL (SELECT {create} AS it) l WHERE l.it <> ''
UNION ALL SELECT CASE WHEN t.sequence THEN 'may-count' ELSE 'may-write' END,
    pg_catalog.quote_ident(t.nspname) || '.' || pg_catalog.quote_ident(t.relname), pg_catalog.pg_get_userbyid(t.relowner)::text,
    w.name, l.it
  FROM asked, thing t, way w, LATERAL (SELECT CASE WHEN t.sequence THEN {count} ELSE {write} END AS it) l WHERE l.it <> ''
UNION ALL SELECT 'may-write', pg_catalog.quote_ident(t.nspname) || '.' || pg_catalog.quote_ident(t.relname),
    pg_catalog.pg_get_userbyid(t.relowner)::text, w.name,
    pg_catalog.string_agg(DISTINCT a.privilege_type || ' (' || pg_catalog.quote_ident(c.attname) || ')', ', ')
  FROM way w, thing t JOIN pg_catalog.pg_attribute c ON c.attrelid = t.oid AND c.attnum > 0 AND NOT c.attisdropped,
    LATERAL pg_catalog.aclexplode(c.attacl) a
  WHERE a.privilege_type <> 'SELECT' AND {REACHED} GROUP BY t.nspname, t.relname, t.relowner, w.name
UNION ALL SELECT CASE WHEN n.nspname = 'pg_catalog' THEN 'may-store' ELSE 'may-call' END, p.oid::regprocedure::text,
    pg_catalog.pg_get_userbyid(p.proowner)::text, w.name, CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END
  FROM asked, way w, pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  WHERE (n.nspname = 'pg_catalog' AND p.proname IN ({STORING}) OR p.prosecdef AND p.proowner <> asked.id
      AND n.oid IN (SELECT oid FROM space) AND (p.provolatile = 'v' OR NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
        WHERE e.classid = 'pg_catalog.pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e'))
      AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype))
    AND {execute} <> ''
UNION ALL SELECT 'may-alter', pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid), NULL, NULL, NULL
  FROM asked, base, pg_catalog.pg_shdepend d WHERE d.refclassid = 'pg_catalog.pg_authid'::regclass AND d.refobjid = asked.id
    AND {OWNS} AND d.dbid IN (0, base.oid) AND asked.id <> 0
UNION ALL SELECT 'may-change', m.oid::text, pg_catalog.pg_get_userbyid(m.lomowner)::text, w.name, 'UPDATE'
  FROM asked, way w, pg_catalog.pg_largeobject_metadata m WHERE m.lomowner <> asked.id
    AND EXISTS (SELECT FROM pg_catalog.aclexplode(m.lomacl) a WHERE a.privilege_type = 'UPDATE' AND {REACHED})
UNION ALL SELECT 'may-' || k.verb || '-later', pg_catalog.quote_ident(n.nspname), pg_catalog.pg_get_userbyid(d.defaclrole)::text,
    w.name, pg_catalog.string_agg(DISTINCT a.privilege_type, ', ')
  FROM asked, way w, pg_catalog.pg_default_acl d LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
    JOIN (VALUES ('r', 'write', 'SELECT'), ('S', 'count', 'SELECT'), ('n', 'create', 'USAGE'), ('L', 'change', 'SELECT'))
      AS k(kind, verb, reads) ON k.kind = d.defaclobjtype::text,
    LATERAL pg_catalog.aclexplode(d.defaclacl) a
  WHERE d.defaclrole <> asked.id AND a.privilege_type <> k.reads AND a.grantee <> d.defaclrole AND {REACHED}
  GROUP BY k.verb, n.nspname, d.defaclrole, w.name",
        temp = database("TEMPORARY"),
        schemas = database("CREATE"),
        create = held("schema", "s.oid", "s.nspacl", "n", "s.nspowner", &["CREATE"]),
        count = held("sequence", "t.oid", "t.relacl", "s", "t.relowner", &["USAGE", "UPDATE"]),
        write = held("table", "t.oid", "t.relacl", "r", "t.relowner", &tables),
    )
}

/// Those of `rights` that the way `w` leads to; what everybody has, a group does not add.
fn held(kind: &str, of: &str, acl: &str, letter: &str, owner: &str, rights: &[&str]) -> String {
    let has = |who: &str, right: &str| format!("pg_catalog.has_{kind}_privilege({who}, {of}, '{right}')");
    let each: Vec<String> = rights
        .iter()
        .map(|right| {
            let own = format!(
                "EXISTS (SELECT FROM pg_catalog.aclexplode(coalesce({acl}, pg_catalog.acldefault('{letter}', {owner}))) a
      WHERE a.grantee = w.id AND a.grantee <> {owner} AND a.privilege_type = '{right}')"
            );
            let added = format!("{} AND NOT {}", has("w.id", right), has("0::oid", right));
            format!("CASE WHEN CASE WHEN w.member THEN {added} ELSE {own} END THEN '{right}' END")
        })
        .collect();
    format!("pg_catalog.concat_ws(', ', {})", each.join(", "))
}

/// Functions of PostgreSQL's own that everybody may call as a rule, and this role may not.
fn closed() -> String {
    format!(
        "SELECT 'closed', p.oid::regprocedure::text, NULL, NULL, NULL FROM asked, pg_catalog.pg_proc p
  WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname IN ({STORING})
    AND NOT pg_catalog.has_function_privilege(asked.id, p.oid, 'EXECUTE')"
    )
}

/// What was granted to it by name: kind, object, privilege, who granted it.
fn held_by_name() -> String {
    format!(
        "SELECT 'held', 'DATABASE', pg_catalog.quote_ident(d.datname), a.privilege_type, pg_catalog.pg_get_userbyid(a.grantor)::text
  FROM asked, base, pg_catalog.pg_database d, LATERAL pg_catalog.aclexplode(d.datacl) a
  WHERE d.oid = base.oid AND a.grantee = asked.id AND asked.id <> 0
UNION ALL SELECT 'held', 'SCHEMA', pg_catalog.quote_ident(s.nspname), a.privilege_type, pg_catalog.pg_get_userbyid(a.grantor)::text
  FROM asked, space s, LATERAL pg_catalog.aclexplode(s.nspacl) a
  WHERE a.grantee = asked.id AND asked.id <> 0 AND s.nspowner <> asked.id
UNION ALL SELECT 'held', CASE WHEN t.sequence THEN 'SEQUENCE' ELSE 'TABLE' END,
    pg_catalog.quote_ident(t.nspname) || '.' || pg_catalog.quote_ident(t.relname), a.privilege_type,
    pg_catalog.pg_get_userbyid(a.grantor)::text
  FROM asked, thing t, LATERAL pg_catalog.aclexplode(t.relacl) a
  WHERE a.grantee = asked.id AND asked.id <> 0 AND t.relowner <> asked.id
UNION ALL SELECT 'held', 'LARGE OBJECT', m.oid::text, a.privilege_type, pg_catalog.pg_get_userbyid(a.grantor)::text
  FROM asked, pg_catalog.pg_largeobject_metadata m, LATERAL pg_catalog.aclexplode(m.lomacl) a
  WHERE a.grantee = asked.id AND asked.id <> 0 AND m.lomowner <> asked.id
UNION ALL SELECT 'held', 'FUNCTION', p.oid::regprocedure::text, a.privilege_type, pg_catalog.pg_get_userbyid(a.grantor)::text
  FROM asked, pg_catalog.pg_proc p, LATERAL pg_catalog.aclexplode(p.proacl) a WHERE p.pronamespace = 'pg_catalog'::regnamespace
    AND p.proname IN ({STORING}) AND a.grantee = asked.id AND asked.id <> 0"
    )
}

/// What keeps it from going: database or nothing for what all share, `o` for what it owns, how many, and some of them by name where
/// they are here; its open sessions.
fn ties() -> String {
    format!(
        "SELECT 'tie', CASE WHEN d.dbid = base.oid OR d.dbid = 0 THEN NULL ELSE other.datname::text END,
    CASE WHEN {OWNS} THEN 'owns' ELSE 'granted' END, pg_catalog.count(*)::text,
    pg_catalog.string_agg(CASE WHEN d.dbid IN (0, base.oid) THEN pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) END,
      E'\\n' ORDER BY d.classid, d.objid)
  FROM asked, base, pg_catalog.pg_shdepend d LEFT JOIN pg_catalog.pg_database other ON other.oid = d.dbid
  WHERE d.refclassid = 'pg_catalog.pg_authid'::regclass AND d.refobjid = asked.id AND asked.id <> 0
  GROUP BY 2, 3
UNION ALL SELECT 'session', pg_catalog.count(*)::text, NULL, NULL, NULL FROM asked, pg_catalog.pg_stat_activity
  WHERE usesysid = asked.id HAVING pg_catalog.count(*) > 0"
    )
}
