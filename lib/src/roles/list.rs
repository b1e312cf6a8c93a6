//! Who may do what: one row for each role and schema.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::engine::{Row, Session};
use crate::error::{Error, ErrorKind, Result};

/// A role and what it may do in the database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Who {
    /// Its name; `PUBLIC` for everybody.
    pub role: String,
    /// What it is: `superuser`, `owner`, `login`, `createrole` …
    pub is: Vec<String>,
    /// Roles that it is a member of.
    pub member_of: Vec<String>,
    /// May connect.
    pub connect: bool,
    /// May create schemas.
    pub create: bool,
    /// May create temporary tables.
    pub temp: bool,
    /// By schema, in order of names.
    pub schemas: Vec<InSchema>,
}

/// What a role may do in one schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct InSchema {
    /// The schema.
    pub schema: String,
    /// May create objects.
    pub create: bool,
    /// Tables and views there are.
    pub tables: u64,
    /// Of these, it may read so many.
    pub reads: u64,
    /// Of these, it may insert, update, delete or truncate in so many.
    pub writes: u64,
    /// What it will be granted on tables that are yet to be created: `read`, `read, write` or nothing.
    pub tomorrow: String,
}

/// Everybody and every role of `names`; without names those that may do more than everybody, or `all` that are not the
/// server's own.
///
/// # Errors
/// A name is no role's; the server cannot be asked.
pub async fn list(session: &mut dyn Session, names: &[String], all: bool) -> Result<Vec<Who>> {
    let mut roles = read(session.query(QUERY).await?);
    if let Some(name) = names.iter().find(|name| !roles.iter().any(|who| who.role == **name)) {
        return Err(Error::new(ErrorKind::NotFound, format!("role {name} does not exist"))
            .hint("mainstay role list --all shows the roles"));
    }
    let everybody = roles.iter().find(|who| who.role == "PUBLIC").cloned();
    roles.retain(|who| match (names.is_empty(), &everybody) {
        _ if who.role == "PUBLIC" => true,
        (false, _) => names.contains(&who.role),
        (true, Some(everybody)) => all || who.has_more(everybody),
        (true, None) => true,
    });
    Ok(roles)
}

impl Who {
    fn has_more(&self, everybody: &Who) -> bool {
        let same = (self.connect, self.create, self.temp) == (everybody.connect, everybody.create, everybody.temp);
        !(same
            && self.schemas == everybody.schemas
            && self.member_of.is_empty()
            && self.is.iter().all(|is| is == "login"))
    }
}

fn read(rows: Vec<Row>) -> Vec<Who> {
    let mut roles: BTreeMap<(bool, String), Who> = BTreeMap::new();
    for row in rows {
        let mut cells = row.into_iter().map(Option::unwrap_or_default);
        let mut next = || cells.next().unwrap_or_default();
        let (role, is, member_of) = (next(), next(), next());
        let split = |text: &str| text.split('\n').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        let (may, schema) = (next(), next());
        let may = |word: &str| may.split(' ').any(|one| one == word);
        let who = roles.entry((role != "PUBLIC", role.clone())).or_insert_with(|| Who {
            role,
            is: split(&is),
            member_of: split(&member_of),
            connect: may("connect"),
            create: may("create"),
            temp: may("temp"),
            schemas: Vec::new(),
        });
        let mut number = || next().parse().unwrap_or_default();
        let (tables, reads, writes) = (number(), number(), number());
        let (create, tomorrow) = (next() == "t", next());
        if !schema.is_empty() {
            who.schemas.push(InSchema { schema, create, tables, reads, writes, tomorrow });
        }
    }
    roles.into_values().collect()
}

/// PUBLIC is role id 0. What a superuser or an owner may do needs no grant, so that its future tables are said to be granted.
const QUERY: &str = "WITH base AS (SELECT oid, datdba FROM pg_catalog.pg_database WHERE datname = current_database()),
space AS (SELECT oid, nspname FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'),
who AS (SELECT 0::oid AS id, 'PUBLIC'::text AS name, NULL::text AS attributes, false AS super
  UNION ALL SELECT r.oid, r.rolname::text, pg_catalog.concat_ws(E'\\n', CASE WHEN r.rolsuper THEN 'superuser' END,
      CASE WHEN r.oid = base.datdba THEN 'owner' END, CASE WHEN r.rolcanlogin THEN 'login' END,
      CASE WHEN r.rolcreaterole THEN 'createrole' END, CASE WHEN r.rolcreatedb THEN 'createdb' END,
      CASE WHEN r.rolreplication THEN 'replication' END, CASE WHEN r.rolbypassrls THEN 'bypassrls' END), r.rolsuper
    FROM pg_catalog.pg_roles r, base WHERE r.rolname !~ '^pg_'),
grants AS (SELECT d.defaclrole AS creator, d.defaclnamespace AS space, a.grantee, a.privilege_type AS privilege
  FROM pg_catalog.pg_default_acl d, LATERAL pg_catalog.aclexplode(d.defaclacl) a WHERE d.defaclobjtype = 'r')
SELECT w.name, w.attributes,
  (SELECT pg_catalog.string_agg(pg_catalog.pg_get_userbyid(m.roleid)::text, E'\\n' ORDER BY 1) FROM pg_catalog.pg_auth_members m
    WHERE m.member = w.id),
  pg_catalog.concat_ws(' ', CASE WHEN pg_catalog.has_database_privilege(w.id, base.oid, 'CONNECT') THEN 'connect' END,
    CASE WHEN pg_catalog.has_database_privilege(w.id, base.oid, 'CREATE') THEN 'create' END,
    CASE WHEN pg_catalog.has_database_privilege(w.id, base.oid, 'TEMPORARY') THEN 'temp' END),
  s.nspname, t.tables, t.reads, t.writes, pg_catalog.has_schema_privilege(w.id, s.oid, 'CREATE'),
  (SELECT pg_catalog.concat_ws(', ', CASE WHEN pg_catalog.bool_or(g.privilege = 'SELECT') THEN 'read' END,
      CASE WHEN pg_catalog.bool_or(g.privilege IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')) THEN 'write' END)
    FROM grants g WHERE g.space IN (0, s.oid) AND g.creator <> w.id
      AND (g.grantee = 0 OR w.id <> 0 AND NOT w.super AND pg_catalog.pg_has_role(w.id, nullif(g.grantee, 0), 'USAGE')))
FROM base, who w LEFT JOIN space s ON true LEFT JOIN LATERAL (SELECT pg_catalog.count(*) AS tables,
    pg_catalog.count(*) FILTER (WHERE pg_catalog.has_schema_privilege(w.id, s.oid, 'USAGE')
      AND pg_catalog.has_table_privilege(w.id, c.oid, 'SELECT')) AS reads,
    pg_catalog.count(*) FILTER (WHERE pg_catalog.has_schema_privilege(w.id, s.oid, 'USAGE')
      AND pg_catalog.has_table_privilege(w.id, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')) AS writes
  FROM pg_catalog.pg_class c WHERE c.relnamespace = s.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f')) t ON true
ORDER BY w.name, s.nspname";
