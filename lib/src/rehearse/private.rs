//! A private server with the roles of the database's own, so that owners, rights and rehearsed sessions are as they are there.

use crate::conn::{PostgresTarget, Target};
use crate::engine::{self, Row, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::observer::Event;
use crate::scratch::{HASTE, ScratchServer, likeness, server_programs};
use crate::sql::{ident, literal};

use super::Subject;

/// Databases that every server has.
const FIRST: [&str; 3] = ["postgres", "template0", "template1"];

/// A private server that is ready to take a dump.
pub(super) struct Furnished {
    pub(super) scratch: ScratchServer,
    /// Its version, as 150018.
    pub(super) version: u32,
}

impl Furnished {
    pub(super) fn target(&self, user: &str, dbname: &str) -> PostgresTarget {
        self.scratch.target(user, dbname)
    }
}

/// Starts a server like that of `target`, which has `version`, with its roles and an empty database of the same name. Also how
/// the clone is reached there as the same role.
pub(super) async fn furnish(
    subject: &Subject<'_>,
    target: &PostgresTarget,
    version: u32,
) -> Result<(Furnished, PostgresTarget)> {
    let mut session = engine::postgres::connect(target, subject.context).await?;
    let roles = roles(&mut session).await?;
    let like = likeness(&mut session, &target.dbname).await?;
    let owner = database_owner(&mut session).await?;
    Box::new(session).close().await;

    let binaries = server_programs(subject.search_path, Some(version / 10_000))?;
    if binaries.major != version / 10_000 {
        let message = format!("the server has PostgreSQL {}, the private one {}", version / 10_000, binaries.major);
        subject.context.observer.event(Event::Warning { message: &message });
    }
    subject.context.observer.event(Event::Progress { what: "starting a private server", done: 0, total: None });
    let scratch = ScratchServer::start(&binaries, subject.temporary, &HASTE).await?;
    let admin = Target::Postgres(scratch.target("postgres", "postgres"));
    let mut session = engine::connect(&admin, subject.context).await?;
    make_roles(session.as_mut(), &roles.made).await?;
    if !FIRST.contains(&target.dbname.as_str()) {
        make_database(session.as_mut(), &target.dbname, &owner, &like, subject).await?;
    }
    give(session.as_mut(), &roles.given, subject).await?;
    let version = session.server().version_number;
    session.close().await;
    let there = scratch.target(&target.user, &target.dbname);
    let clone = PostgresTarget {
        schema: target.schema.clone(),
        settings: target.settings.clone(),
        options: target.options.clone(),
        application_name: target.application_name.clone(),
        ..there
    };
    Ok((Furnished { scratch, version }, clone))
}

/// Statements that make the roles of a server, and those that give them memberships and settings.
struct Roles {
    made: Vec<String>,
    given: Vec<String>,
}

/// The roles of the server with their attributes, memberships and settings; passwords nobody needs there.
async fn roles(session: &mut dyn Session) -> Result<Roles> {
    let made = session
        .query(
            "SELECT rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls \
             FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_' AND rolname <> 'postgres' ORDER BY rolname",
        )
        .await?;
    let members = session
        .query(
            "SELECT pg_catalog.pg_get_userbyid(m.roleid), pg_catalog.pg_get_userbyid(m.member), m.admin_option, \
               pg_catalog.to_jsonb(m) ->> 'inherit_option', pg_catalog.to_jsonb(m) ->> 'set_option' \
             FROM pg_catalog.pg_auth_members m WHERE pg_catalog.pg_get_userbyid(m.member) !~ '^pg_' ORDER BY 1, 2",
        )
        .await?;
    // A library that is to be loaded may not be there, and nobody could connect then.
    let settings = session
        .query(
            "SELECT r.rolname, d.datname, pg_catalog.split_part(one, '=', 1), \
               pg_catalog.substr(one, pg_catalog.strpos(one, '=') + 1) \
             FROM pg_catalog.pg_db_role_setting s LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole \
               LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase, pg_catalog.unnest(s.setconfig) AS one \
             WHERE (s.setdatabase = 0 OR d.datname = pg_catalog.current_database()) AND one !~ '_preload_libraries='",
        )
        .await?;
    let given = members.iter().filter_map(membership).chain(settings.iter().filter_map(setting)).collect();
    Ok(Roles { made: made.iter().filter_map(role).collect(), given })
}

fn role(row: &Row) -> Option<String> {
    let attributes = ["SUPERUSER", "INHERIT", "CREATEROLE", "CREATEDB", "LOGIN", "REPLICATION", "BYPASSRLS"];
    let [Some(name), has @ ..] = row.as_slice() else { return None };
    let words = attributes.iter().zip(has).map(|(attribute, has)| match has.as_deref() {
        Some("t") => format!(" {attribute}"),
        _ => format!(" NO{attribute}"),
    });
    Some(format!("CREATE ROLE {}{}", ident(name), words.collect::<String>()))
}

fn membership(row: &Row) -> Option<String> {
    let [Some(of), Some(member), admin, inherit, set] = row.as_slice() else { return None };
    let is = |cell: &Option<String>| matches!(cell.as_deref(), Some("t" | "true"));
    let mut options = Vec::new();
    if is(admin) {
        options.push("ADMIN OPTION".to_owned());
    }
    // Since 16 the other two are told too; before, they followed from the role.
    if inherit.is_some() {
        options = vec![format!("ADMIN {}, INHERIT {}, SET {}", is(admin), is(inherit), is(set))];
    }
    let with = options.first().map(|options| format!(" WITH {options}")).unwrap_or_default();
    Some(format!("GRANT {} TO {}{with}", ident(of), ident(member)))
}

fn setting(row: &Row) -> Option<String> {
    let [role, database, Some(name), Some(value)] = row.as_slice() else { return None };
    let whose = match (role, database) {
        (Some(role), Some(database)) => format!("ROLE {} IN DATABASE {}", ident(role), ident(database)),
        (Some(role), None) => format!("ROLE {}", ident(role)),
        (None, Some(database)) => format!("DATABASE {}", ident(database)),
        (None, None) => "ROLE ALL".to_owned(),
    };
    // A list is kept as it is written, names in quotes and all.
    let value = if name == "search_path" || name == "temp_tablespaces" { value.clone() } else { literal(value) };
    Some(format!("ALTER {whose} SET {} TO {value}", ident(name)))
}

async fn make_roles(session: &mut dyn Session, roles: &[String]) -> Result<()> {
    for sql in roles {
        session.query(sql).await.map_err(|error| error.context("a role could not be made on the private server"))?;
    }
    Ok(())
}

/// Memberships and settings: one that this server does not take is said, and done without.
async fn give(session: &mut dyn Session, given: &[String], subject: &Subject<'_>) -> Result<()> {
    for sql in given {
        if let Err(error) = session.query(sql).await {
            let message = format!("the private server does not take `{sql}`: {}", error.message());
            subject.context.observer.event(Event::Warning { message: &message });
        }
    }
    Ok(())
}

async fn database_owner(session: &mut dyn Session) -> Result<String> {
    let rows = session
        .query(
            "SELECT pg_catalog.pg_get_userbyid(datdba) FROM pg_catalog.pg_database \
             WHERE datname = pg_catalog.current_database()",
        )
        .await?;
    let owner = rows.into_iter().next().and_then(|row| row.into_iter().next()).flatten();
    owner.ok_or_else(|| Error::new(ErrorKind::Sql, "the server does not tell the database's owner"))
}

/// An empty database that sorts as the original does, where this machine knows its locale.
async fn make_database(
    session: &mut dyn Session,
    name: &str,
    owner: &str,
    like: &str,
    subject: &Subject<'_>,
) -> Result<()> {
    let create = format!("CREATE DATABASE {} OWNER {}", ident(name), ident(owner));
    let Err(error) = session.query(&format!("{create} {like}")).await else { return Ok(()) };
    let message = format!("the private server sorts texts in another way than the database: {}", error.message());
    subject.context.observer.event(Event::Warning { message: &message });
    session.query(&format!("{create} TEMPLATE template0")).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[&str]) -> Row {
        cells.iter().map(|cell| (*cell != "-").then(|| (*cell).to_owned())).collect()
    }

    #[test]
    fn roles_are_made_as_they_are() {
        assert_eq!(
            role(&row(&["Walt", "f", "t", "f", "t", "t", "f", "f"])).unwrap(),
            "CREATE ROLE \"Walt\" NOSUPERUSER INHERIT NOCREATEROLE CREATEDB LOGIN NOREPLICATION NOBYPASSRLS"
        );
        assert_eq!(membership(&row(&["a", "b", "f", "-", "-"])).unwrap(), "GRANT a TO b");
        assert_eq!(membership(&row(&["a", "b", "t", "-", "-"])).unwrap(), "GRANT a TO b WITH ADMIN OPTION");
        assert_eq!(
            membership(&row(&["a", "b", "f", "true", "false"])).unwrap(),
            "GRANT a TO b WITH ADMIN false, INHERIT true, SET false"
        );
        for (cells, sql) in [
            (["a", "-", "search_path", "\"A b\", public"], "ALTER ROLE a SET search_path TO \"A b\", public"),
            (["a", "D", "timezone", "O'x"], "ALTER ROLE a IN DATABASE \"D\" SET timezone TO 'O''x'"),
            (["-", "d", "work_mem", "5MB"], "ALTER DATABASE d SET work_mem TO '5MB'"),
            (["-", "-", "work_mem", "5MB"], "ALTER ROLE ALL SET work_mem TO '5MB'"),
        ] {
            assert_eq!(setting(&row(&cells)).unwrap(), sql);
        }
    }
}
