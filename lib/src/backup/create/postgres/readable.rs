//! May everything be read? A backup that leaves rows out without a word is none.

use crate::engine::postgres::PostgresSession;
use crate::engine::{Session, first_cell};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::ident;

use super::survey::{Kind, Relation};

/// Tables that are named; of the others there is only the number.
const NAMED: usize = 20;

/// # Errors
/// [`ErrorKind::Refused`]: a table, sequence or large object may not be read, or not all of it.
pub(super) async fn check(session: &mut PostgresSession, relations: &[Relation]) -> Result<()> {
    let user = session.server().user.clone();
    let ours = |relation: &&Relation| {
        let has_rows = matches!(relation.kind, Kind::Table | Kind::Partitioned | Kind::Sequence);
        has_rows && relation.extension.is_none()
    };
    let closed: Vec<String> =
        relations.iter().filter(ours).filter(|relation| !relation.readable).map(Relation::describe).collect();
    if let Some(first) = closed.first() {
        let message = format!("{user} may not read {}", named(&closed));
        let schema = first.split('.').next().unwrap_or_default();
        return Err(Error::new(ErrorKind::Refused, message)
            .hint("back up as the owner of the tables or as a superuser: mainstay backup create --user NAME")
            .hint(format!("or let it read everything, since version 14: GRANT pg_read_all_data TO {};", ident(&user)))
            .hint(format!(
                "or each schema: GRANT USAGE ON SCHEMA {0} TO {1}; GRANT SELECT ON ALL TABLES IN SCHEMA {0} TO {1};",
                ident(schema),
                ident(&user)
            )));
    }
    let secured: Vec<String> = relations
        .iter()
        .filter(|relation| relation.kind == Kind::Table && relation.secured)
        .map(Relation::describe)
        .collect();
    if !secured.is_empty() {
        let message = format!("row security would leave rows out for {user} of {}", named(&secured));
        return Err(Error::new(ErrorKind::Refused, message)
            .hint(format!("let it see all rows: ALTER ROLE {} BYPASSRLS;", ident(&user)))
            .hint("or back up as the tables' owner or a superuser: mainstay backup create --user NAME"));
    }
    let closed = session
        .query(
            "SELECT pg_catalog.count(*) FROM pg_catalog.pg_largeobject_metadata m \
             WHERE NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = current_user) \
             AND NOT pg_catalog.pg_has_role(m.lomowner, 'USAGE') \
             AND NOT EXISTS (SELECT FROM pg_catalog.aclexplode(m.lomacl) a WHERE a.privilege_type = 'SELECT' \
               AND (a.grantee = 0 OR pg_catalog.pg_has_role(a.grantee, 'USAGE')))",
        )
        .await?;
    match first_cell(&closed) {
        Some("0") | None => Ok(()),
        Some(count) => {
            let message = format!("{user} may not read {count} of the large objects");
            Err(Error::new(ErrorKind::Refused, message)
                .hint("back up as their owner or as a superuser: mainstay backup create --user NAME"))
        }
    }
}

fn named(names: &[String]) -> String {
    match names.len() {
        count if count > NAMED => format!("{} and {} more", names[..NAMED].join(", "), count - NAMED),
        _ => names.join(", "),
    }
}
