//! Whose the objects of a database are, and who may do what with them: by what the catalogs say, so that a restored database can be
//! asked the same.

use crate::archive::rights::{Held, Rights};
use crate::engine::{Row, Session};
use crate::error::{Error, ErrorKind, Result};

/// A catalog whose objects have owners.
struct Owned {
    catalog: &'static str,
    /// Which of its rows, beside those that no user has made.
    rows: &'static str,
    owner: &'static str,
    /// The column of rights, and what `acldefault` calls such an object, as SQL; empty where there are none.
    rights: &'static str,
    default: &'static str,
    /// The column of its schema; empty where it is in none.
    schema: &'static str,
}

const fn owned(
    catalog: &'static str,
    owner: &'static str,
    rights: (&'static str, &'static str),
    schema: &'static str,
    rows: &'static str,
) -> Owned {
    Owned { catalog, rows, owner, rights: rights.0, default: rights.1, schema }
}

const NONE: (&str, &str) = ("", "");

/// Types that came with a table, an array or a range belong to whom that belongs to.
const TYPES: &str = "o.typtype <> 'm' AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.typarray = o.oid) \
  AND (o.typrelid = 0 OR EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = o.typrelid AND c.relkind = 'c'))";

const OWNED: [Owned; 15] = [
    owned(
        "pg_class",
        "relowner",
        ("relacl", "CASE o.relkind WHEN 'S' THEN 's' ELSE 'r' END"),
        "relnamespace",
        "o.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')",
    ),
    owned("pg_proc", "proowner", ("proacl", "'f'"), "pronamespace", "true"),
    owned("pg_type", "typowner", ("typacl", "'T'"), "typnamespace", TYPES),
    owned("pg_language", "lanowner", ("lanacl", "'l'"), "", "true"),
    owned("pg_foreign_data_wrapper", "fdwowner", ("fdwacl", "'F'"), "", "true"),
    owned("pg_foreign_server", "srvowner", ("srvacl", "'S'"), "", "true"),
    owned("pg_operator", "oprowner", NONE, "oprnamespace", "true"),
    owned("pg_opclass", "opcowner", NONE, "opcnamespace", "true"),
    owned("pg_opfamily", "opfowner", NONE, "opfnamespace", "true"),
    owned("pg_collation", "collowner", NONE, "collnamespace", "true"),
    owned("pg_conversion", "conowner", NONE, "connamespace", "true"),
    owned("pg_ts_dict", "dictowner", NONE, "dictnamespace", "true"),
    owned("pg_ts_config", "cfgowner", NONE, "cfgnamespace", "true"),
    owned("pg_statistic_ext", "stxowner", NONE, "stxnamespace", "true"),
    owned("pg_publication", "pubowner", NONE, "", "true"),
];

impl Owned {
    fn sql(&self) -> String {
        let Self { catalog, rows, owner, rights, default, schema } = self;
        let (rights, default) = match rights.is_empty() {
            true => ("NULL::aclitem[]".to_owned(), "NULL"),
            false => (format!("o.{rights}"), *default),
        };
        let ours = match schema.is_empty() {
            true => String::new(),
            // Those of sessions go with them.
            false => format!(
                " AND EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.oid = o.{schema} AND n.nspname !~ '^pg_')"
            ),
        };
        format!(
            "SELECT 'pg_catalog.{catalog}'::pg_catalog.regclass::oid, o.oid, 0, o.{owner}, {rights}, ({default})::\"char\" \
             FROM pg_catalog.{catalog} o WHERE o.oid >= 16384 AND {rows}{ours}"
        )
    }
}

/// What is there besides: columns with rights of their own, schemas, event triggers, and what new objects will have.
const OTHERS: &str = "
UNION ALL SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::oid, o.attrelid, o.attnum::int, c.relowner, o.attacl, NULL::\"char\"
FROM pg_catalog.pg_attribute o JOIN pg_catalog.pg_class c ON c.oid = o.attrelid
WHERE o.attacl IS NOT NULL AND o.attnum > 0 AND NOT o.attisdropped AND c.oid >= 16384
UNION ALL SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass::oid, o.oid, 0, o.nspowner, o.nspacl, 'n'::\"char\"
FROM pg_catalog.pg_namespace o WHERE o.oid >= 16384 AND o.nspname !~ '^pg_' OR o.nspname = 'public'
UNION ALL SELECT 'pg_catalog.pg_event_trigger'::pg_catalog.regclass::oid, o.oid, 0, o.evtowner, NULL::aclitem[], NULL::\"char\"
FROM pg_catalog.pg_event_trigger o
UNION ALL SELECT 'pg_catalog.pg_default_acl'::pg_catalog.regclass::oid, o.oid, 0, o.defaclrole, o.defaclacl, NULL::\"char\"
FROM pg_catalog.pg_default_acl o";

/// The rights of one row of `held`, one text each.
const RIGHTS: &str = "SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' WHEN held.owner THEN '' \
    ELSE pg_catalog.pg_get_userbyid(a.grantee)::text END \
  || '=' || a.privilege_type || CASE WHEN a.is_grantable THEN '*' ELSE '' END \
  || CASE WHEN a.grantor = held.owner THEN '' ELSE '/' || pg_catalog.pg_get_userbyid(a.grantor) END AS one \
  FROM pg_catalog.aclexplode(COALESCE(held.acl, pg_catalog.acldefault(held.kind, held.owner))) a";

/// Large objects may be many: those of one owner are one line, with how many have which rights.
const LARGE_OBJECTS: &str = "
SELECT 'large objects of ' || pg_catalog.pg_get_userbyid(owner), pg_catalog.pg_get_userbyid(owner)::text,
  pg_catalog.json_agg(many || ': ' || rights ORDER BY rights COLLATE \"C\")::text
FROM (SELECT owner, rights, pg_catalog.count(*) AS many FROM (
    SELECT held.owner,
      COALESCE((SELECT pg_catalog.string_agg(r.one, ' ' ORDER BY r.one COLLATE \"C\") FROM (RIGHTS) r), '') AS rights
    FROM (SELECT o.lomowner AS owner, o.lomacl AS acl, 'L'::\"char\" AS kind FROM pg_catalog.pg_largeobject_metadata o) held) each
  GROUP BY owner, rights) groups
GROUP BY owner";

/// Whose everything in the session's database is, and who may do what with it. What came with an extension is the extension's, and
/// what every server has is its own: neither is among it, and neither are subscriptions. Whoever made the cluster owns the schema
/// `public` of every database up to version 14, under whatever name: that owner is not told.
///
/// # Errors
/// The server refused the query.
pub async fn rights(session: &mut dyn Session) -> Result<Rights> {
    let owned: Vec<String> = OWNED.iter().map(Owned::sql).collect();
    let sql = format!(
        "WITH held (class, oid, part, owner, acl, kind) AS ({} {OTHERS}) \
         SELECT i.type || ' ' || i.identity, \
           CASE WHEN held.class = 'pg_catalog.pg_namespace'::pg_catalog.regclass::oid AND held.owner = 10 THEN '' \
             ELSE pg_catalog.pg_get_userbyid(held.owner)::text END, \
           (SELECT pg_catalog.json_agg(r.one ORDER BY r.one COLLATE \"C\")::text FROM ({RIGHTS}) r) \
         FROM held, LATERAL pg_catalog.pg_identify_object(held.class, held.oid, held.part) i \
         WHERE i.identity IS NOT NULL AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d \
           WHERE d.classid = held.class AND d.objid = held.oid AND d.deptype = 'e') \
         UNION ALL SELECT 'policy ' || i.identity, '', \
           (SELECT pg_catalog.json_agg(r.one ORDER BY r.one COLLATE \"C\")::text FROM ( \
             SELECT CASE role WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(role)::text END AS one \
             FROM pg_catalog.unnest(p.polroles) role) r) \
         FROM pg_catalog.pg_policy p, \
           LATERAL pg_catalog.pg_identify_object('pg_catalog.pg_policy'::pg_catalog.regclass::oid, p.oid, 0) i \
         WHERE i.identity IS NOT NULL \
         UNION ALL {}",
        owned.join(" UNION ALL "),
        LARGE_OBJECTS.replace("RIGHTS", RIGHTS)
    );
    let rows = session.query(&sql).await?;
    rows.into_iter().map(held).collect::<Result<Vec<Held>>>().map(Rights::new)
}

fn held(row: Row) -> Result<Held> {
    let mut cells = row.into_iter();
    let mut text = || cells.next().flatten().unwrap_or_default();
    let (object, owner, rights) = (text(), text(), text());
    let rights = match rights.is_empty() {
        true => Vec::new(),
        false => serde_json::from_str(&rights).map_err(|error| {
            Error::new(ErrorKind::Sql, format!("the rights on {object} are not read")).source(error.to_string())
        })?,
    };
    Ok(Held { object, owner, rights })
}
