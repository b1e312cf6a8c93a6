//! What a database has outside of its schemas: it goes before another one is restored in its place.

use crate::engine::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::sql::{ident, literal};

/// What listens to changes of others goes first: event triggers would run at each of ours.
const LISTENERS: &str = "
SELECT pg_catalog.format('DROP EVENT TRIGGER %I', evtname) FROM pg_catalog.pg_event_trigger e
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_event_trigger'::pg_catalog.regclass
  AND d.objid = e.oid AND d.deptype = 'e')
UNION ALL SELECT pg_catalog.format('DROP PUBLICATION %I', pubname) FROM pg_catalog.pg_publication";

/// What is left when schemas and extensions are gone. Below 16384 is what every database has.
const OTHERS: &str = "
SELECT pg_catalog.format('DROP TRANSFORM FOR %s LANGUAGE %I CASCADE', pg_catalog.format_type(t.trftype, NULL), l.lanname)
FROM pg_catalog.pg_transform t JOIN pg_catalog.pg_language l ON l.oid = t.trflang WHERE t.oid >= 16384
UNION ALL SELECT pg_catalog.format('DROP CAST (%s AS %s) CASCADE', pg_catalog.format_type(castsource, NULL),
  pg_catalog.format_type(casttarget, NULL)) FROM pg_catalog.pg_cast WHERE oid >= 16384
UNION ALL SELECT pg_catalog.format('DROP FOREIGN DATA WRAPPER %I CASCADE', fdwname)
FROM pg_catalog.pg_foreign_data_wrapper WHERE oid >= 16384
UNION ALL SELECT pg_catalog.format('DROP LANGUAGE %I CASCADE', lanname) FROM pg_catalog.pg_language WHERE oid >= 16384
UNION ALL SELECT pg_catalog.format('DROP ACCESS METHOD %I CASCADE', amname) FROM pg_catalog.pg_am WHERE oid >= 16384";

/// Rights that new objects get by default, in all schemas: role, kind, and who has them. Those of roles that we are none of never
/// come into what we make.
const DEFAULTS: &str = "
SELECT pg_catalog.pg_get_userbyid(d.defaclrole), d.defaclobjtype,
  pg_catalog.string_agg(DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END, ', ')
FROM pg_catalog.pg_default_acl d LEFT JOIN LATERAL pg_catalog.aclexplode(d.defaclacl) a ON true
WHERE d.defaclnamespace = 0 AND pg_catalog.pg_has_role(d.defaclrole, 'MEMBER') GROUP BY d.oid, d.defaclrole, d.defaclobjtype";

/// Refuses what cannot go in a transaction.
pub(super) async fn refuse_subscriptions(session: &mut dyn Session) -> Result<()> {
    let database = session.server().database.clone();
    let of_ours = format!(
        "SELECT s.subname FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid = s.subdbid \
         WHERE d.datname = {} ORDER BY 1",
        literal(&database)
    );
    let found = session.query(&of_ours).await?;
    let Some(name) = crate::engine::first_cell(&found) else { return Ok(()) };
    let message = format!("database {database} has the subscription {name}, which cannot be dropped in a transaction");
    Err(Error::new(ErrorKind::Refused, message)
        .hint(format!("drop it first: mainstay sql --write -c 'DROP SUBSCRIPTION {}'", ident(name)))
        .hint(format!("or into a new database, which takes its place: mainstay restore -d {database}")))
}

/// Drops event triggers and publications.
pub(super) async fn drop_listeners(session: &mut dyn Session) -> Result<()> {
    each(session, LISTENERS).await
}

/// Drops what else is there, and gives the rights by default back.
pub(super) async fn drop_others(session: &mut dyn Session) -> Result<()> {
    each(session, OTHERS).await?;
    for row in session.query(DEFAULTS).await? {
        let [Some(role), Some(kind), grantees] = row.as_slice() else { continue };
        for statement in reset(&ident(role), kind, grantees.as_deref()) {
            session.query(&statement).await?;
        }
    }
    Ok(())
}

async fn each(session: &mut dyn Session, query: &str) -> Result<()> {
    for row in session.query(query).await? {
        if let Some(Some(statement)) = row.first() {
            session.query(statement).await?;
        }
    }
    Ok(())
}

/// The statements after which `role`, an identifier, has no rights by default of its own any more: the server forgets those that
/// are as they were at first.
fn reset(role: &str, kind: &str, grantees: Option<&str>) -> Vec<String> {
    let (objects, everybody) = match kind {
        "r" => ("TABLES", None),
        "S" => ("SEQUENCES", None),
        "f" => ("FUNCTIONS", Some("EXECUTE")),
        "T" => ("TYPES", Some("USAGE")),
        "n" => ("SCHEMAS", None),
        "L" => ("LARGE OBJECTS", None),
        _ => return Vec::new(),
    };
    let rule = format!("ALTER DEFAULT PRIVILEGES FOR ROLE {role}");
    let taken = grantees.map(|grantees| format!("{rule} REVOKE ALL ON {objects} FROM {grantees}"));
    let everybody = everybody.map(|right| format!("{rule} GRANT {right} ON {objects} TO PUBLIC"));
    taken.into_iter().chain([format!("{rule} GRANT ALL ON {objects} TO {role}")]).chain(everybody).collect()
}
