//! `globals.sql`: the roles that a database uses, which are the cluster's and so in no dump of the database.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::engine::Session;
use crate::engine::postgres::PostgresSession;
use crate::error::{Error, ErrorKind, Result};
use crate::scratch::setting_value;
use crate::sql::{ident, literal};

use super::survey::Cells;

/// Roles that own or may use something here, their members, and the roles that all of these are members of.
const USED: &str = "WITH RECURSIVE here AS (SELECT oid, datdba FROM pg_catalog.pg_database WHERE datname = current_database()), \
    used AS (SELECT s.refobjid AS role FROM pg_catalog.pg_shdepend s, here \
        WHERE s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND (s.dbid = here.oid \
          OR s.classid = 'pg_catalog.pg_database'::pg_catalog.regclass AND s.objid = here.oid) \
      UNION SELECT datdba FROM here \
      UNION SELECT relowner FROM pg_catalog.pg_class WHERE oid >= 16384 \
      UNION SELECT nspowner FROM pg_catalog.pg_namespace WHERE oid >= 16384 \
      UNION SELECT proowner FROM pg_catalog.pg_proc WHERE oid >= 16384 \
      UNION SELECT typowner FROM pg_catalog.pg_type WHERE oid >= 16384 \
      UNION SELECT lomowner FROM pg_catalog.pg_largeobject_metadata \
      UNION SELECT s.setrole FROM pg_catalog.pg_db_role_setting s, here WHERE s.setdatabase = here.oid AND s.setrole <> 0), \
    down AS (SELECT role FROM used UNION SELECT m.member FROM down \
      JOIN pg_catalog.pg_auth_members m ON m.roleid = down.role JOIN pg_catalog.pg_roles r ON r.oid = m.roleid \
      WHERE r.rolname !~ '^pg_'), \
    roles AS (SELECT role FROM down UNION SELECT m.roleid FROM roles \
      JOIN pg_catalog.pg_auth_members m ON m.member = roles.role)";

/// The script that makes the roles; a role that is there already stays, and psql goes on after the error.
///
/// # Errors
/// Password hashes are wanted, and only a superuser may read them.
pub(super) async fn script(session: &mut PostgresSession, with_passwords: bool) -> Result<String> {
    let mut script =
        String::from("-- Roles of the database, as psql runs it. Those that are there already stay as they are.\n\n");
    let passwords = if with_passwords { passwords(session).await? } else { BTreeMap::new() };
    let rows = session
        .query(&format!(
            "{USED} SELECT r.rolname, r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin, \
               r.rolreplication, r.rolbypassrls, r.rolconnlimit, r.rolvaliduntil, \
               pg_catalog.shobj_description(r.oid, 'pg_authid') \
             FROM roles JOIN pg_catalog.pg_roles r ON r.oid = roles.role WHERE r.rolname !~ '^pg_' ORDER BY 1"
        ))
        .await?;
    for row in rows {
        let mut cells = Cells(row.into_iter());
        let name = cells.text()?;
        let role = ident(&name);
        let mut attributes = Vec::new();
        for word in ["SUPERUSER", "INHERIT", "CREATEROLE", "CREATEDB", "LOGIN", "REPLICATION", "BYPASSRLS"] {
            attributes.push(if cells.flag()? { word.to_owned() } else { format!("NO{word}") });
        }
        let (limit, until, comment) = (cells.text()?, cells.maybe(), cells.maybe());
        attributes.extend((limit != "-1").then(|| format!("CONNECTION LIMIT {limit}")));
        attributes.extend(passwords.get(&name).map(|hash| format!("PASSWORD {}", literal(hash))));
        attributes.extend(until.map(|until| format!("VALID UNTIL {}", literal(&until))));
        let _ = writeln!(script, "CREATE ROLE {role};\nALTER ROLE {role} WITH {};", attributes.join(" "));
        if let Some(comment) = comment {
            let _ = writeln!(script, "COMMENT ON ROLE {role} IS {};", literal(&comment));
        }
    }
    settings(session, &mut script).await?;
    memberships(session, &mut script).await?;
    Ok(script)
}

async fn passwords(session: &mut PostgresSession) -> Result<BTreeMap<String, String>> {
    if !session.server().superuser {
        let user = &session.server().user;
        let message = format!("only a superuser may read password hashes, and {user} is none");
        return Err(Error::new(ErrorKind::Refused, message)
            .hint("leave out --with-passwords; the roles are then made without passwords"));
    }
    // Nobody is told of this statement's answer: it holds what passwords are checked by.
    let rows = session.query("SELECT rolname, rolpassword FROM pg_catalog.pg_authid").await?;
    let pair = |row: crate::engine::Row| {
        let mut cells = row.into_iter();
        Some((cells.next()??, cells.next()??))
    };
    Ok(rows.into_iter().filter_map(pair).collect())
}

/// Settings that a role has in every database; those in this one are in the archive.
async fn settings(session: &mut PostgresSession, script: &mut String) -> Result<()> {
    let rows = session
        .query(&format!(
            "{USED} SELECT r.rolname, pg_catalog.split_part(one, '=', 1), \
               pg_catalog.substr(one, pg_catalog.strpos(one, '=') + 1) \
             FROM roles JOIN pg_catalog.pg_roles r ON r.oid = roles.role \
             JOIN pg_catalog.pg_db_role_setting s ON s.setrole = r.oid AND s.setdatabase = 0, \
               pg_catalog.unnest(s.setconfig) AS one WHERE r.rolname !~ '^pg_' ORDER BY 1, 2"
        ))
        .await?;
    for row in rows {
        let mut cells = Cells(row.into_iter());
        let (role, setting, value) = (cells.text()?, cells.text()?, cells.text()?);
        let value = setting_value(&setting, &value);
        let _ = writeln!(script, "ALTER ROLE {} SET {} TO {value};", ident(&role), ident(&setting));
    }
    Ok(())
}

async fn memberships(session: &mut PostgresSession, script: &mut String) -> Result<()> {
    // What came with 16 is looked for by name, so that one query does for all.
    let rows = session
        .query(&format!(
            "{USED} SELECT DISTINCT g.rolname, r.rolname, m.admin_option, \
               COALESCE((pg_catalog.to_jsonb(m) ->> 'inherit_option')::bool, r.rolinherit) = r.rolinherit, \
               COALESCE((pg_catalog.to_jsonb(m) ->> 'inherit_option')::bool, r.rolinherit), \
               COALESCE((pg_catalog.to_jsonb(m) ->> 'set_option')::bool, true) \
             FROM roles JOIN pg_catalog.pg_roles r ON r.oid = roles.role \
             JOIN pg_catalog.pg_auth_members m ON m.member = r.oid \
             JOIN pg_catalog.pg_roles g ON g.oid = m.roleid WHERE r.rolname !~ '^pg_' ORDER BY 1, 2"
        ))
        .await?;
    for row in rows {
        let mut cells = Cells(row.into_iter());
        let (role, member, admin) = (cells.text()?, cells.text()?, cells.flag()?);
        let (as_usual, inherits, sets) = (cells.flag()?, cells.flag()?, cells.flag()?);
        let words = |yes: bool| if yes { "TRUE" } else { "FALSE" };
        let options = match (as_usual && sets, admin) {
            (true, false) => String::new(),
            (true, true) => " WITH ADMIN OPTION".to_owned(),
            // Only servers since 16 can have said so, and only they understand it.
            (false, _) => format!(" WITH ADMIN {}, INHERIT {}, SET {}", words(admin), words(inherits), words(sets)),
        };
        let _ = writeln!(script, "GRANT {} TO {}{options};", ident(&role), ident(&member));
    }
    Ok(())
}
