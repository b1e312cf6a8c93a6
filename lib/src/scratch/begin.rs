//! What a scratch database begins as: nothing, or another database's likeness or copy.

use crate::engine::{Row, Session, first_cell};
use crate::error::Result;
use crate::sql::{ident, literal};

/// What a scratch database has in it at first.
#[derive(Clone, Copy, Debug)]
pub enum Begin<'a> {
    /// Nothing.
    Empty,
    /// Nothing, with these options of CREATE DATABASE.
    With(&'a str),
    /// Nothing, with the encoding, the sorting rules and the settings of the database of this name.
    Like(&'a str),
    /// Everything that the database of this name has: nobody may be connected to it meanwhile.
    Copy(&'a str),
}

/// Above this many bytes a copy is made of files, which writes less than copying through the write-ahead log does.
const BY_FILES: &str = "1073741824";

/// What CREATE DATABASE is to be told of `begin`.
pub(super) async fn clause(keeper: &mut dyn Session, begin: Begin<'_>) -> Result<String> {
    let source = match begin {
        // template0 has nothing of the site's own, so the database is empty wherever it is made.
        Begin::Empty => return Ok("TEMPLATE template0".to_owned()),
        Begin::With(options) => return Ok(options.to_owned()),
        Begin::Like(source) => {
            return Ok(format!("{}{}", likeness(keeper, source).await?, place(keeper, source).await?));
        }
        Begin::Copy(source) => source,
    };
    let large = keeper
        .query(&format!(
            "SELECT pg_catalog.pg_database_size(d.oid) > {BY_FILES} FROM pg_catalog.pg_database d \
             WHERE d.datname = {} AND pg_catalog.has_database_privilege(d.oid, 'CONNECT')",
            literal(source)
        ))
        .await?;
    let by_files = first_cell(&large) == Some("t") && keeper.server().version_number >= 150_000;
    let strategy = if by_files { " STRATEGY FILE_COPY" } else { "" };
    // Without a word of it, the copy is in the same tablespace.
    Ok(format!("TEMPLATE {}{strategy}", ident(source)))
}

/// What CREATE DATABASE is to be told so that an empty database has the encoding and the sorting rules of `source`, a database
/// on the server of `session`.
///
/// # Errors
/// The connection broke.
pub async fn likeness(session: &mut dyn Session, source: &str) -> Result<String> {
    // What came with later versions is looked for by name, so that one query does for all.
    let facts = session
        .query(&format!(
            "SELECT pg_catalog.pg_encoding_to_char(d.encoding), d.datcollate, d.datctype, \
               COALESCE(pg_catalog.to_jsonb(d) ->> 'datlocprovider', 'c'), \
               COALESCE(pg_catalog.to_jsonb(d) ->> 'datlocale', pg_catalog.to_jsonb(d) ->> 'daticulocale'), \
               pg_catalog.to_jsonb(d) ->> 'daticurules' \
             FROM pg_catalog.pg_database d WHERE d.datname = {}",
            literal(source)
        ))
        .await?;
    let cell = |at: usize| facts.first().and_then(|row| row.get(at)).and_then(|cell| cell.as_deref());
    let text = |at: usize| literal(cell(at).unwrap_or_default());
    let mut clause = format!("TEMPLATE template0 ENCODING {} LC_COLLATE {} LC_CTYPE {}", text(0), text(1), text(2));
    match cell(3) {
        Some("i") => clause.push_str(&format!(" LOCALE_PROVIDER icu ICU_LOCALE {}", text(4))),
        Some("b") => clause.push_str(&format!(" LOCALE_PROVIDER builtin BUILTIN_LOCALE {}", text(4))),
        _ => {}
    }
    if cell(5).is_some() {
        clause.push_str(&format!(" ICU_RULES {}", text(5)));
    }
    Ok(clause)
}

/// The tablespace of `source` as a further clause, where it has one of its own that we may use.
async fn place(keeper: &mut dyn Session, source: &str) -> Result<String> {
    let found = keeper
        .query(&format!(
            "SELECT t.spcname FROM pg_catalog.pg_database d \
             JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace WHERE d.datname = {} \
             AND t.spcname <> 'pg_default' AND pg_catalog.has_tablespace_privilege(t.oid, 'CREATE')",
            literal(source)
        ))
        .await?;
    Ok(first_cell(&found).map(|name| format!(" TABLESPACE {}", ident(name))).unwrap_or_default())
}

/// The statements that give the database `name`, an identifier, the settings of `source`: those of all its sessions and those
/// of the role connected as.
pub(super) async fn settings(keeper: &mut dyn Session, source: &str, name: &str) -> Result<Vec<String>> {
    let rows = keeper
        .query(&format!(
            "SELECT s.setrole <> 0, pg_catalog.split_part(one, '=', 1), \
               pg_catalog.substr(one, pg_catalog.strpos(one, '=') + 1) \
             FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase, \
               pg_catalog.unnest(s.setconfig) AS one \
             WHERE d.datname = {} AND (s.setrole = 0 OR s.setrole = (SELECT r.oid FROM pg_catalog.pg_roles r \
               WHERE r.rolname = SESSION_USER))",
            literal(source)
        ))
        .await?;
    let statement = |row: Row| {
        let [Some(of_role), Some(setting), Some(value)] = row.as_slice() else { return None };
        let whose = match of_role.as_str() {
            "t" => format!("ALTER ROLE CURRENT_USER IN DATABASE {name}"),
            _ => format!("ALTER DATABASE {name}"),
        };
        let value = setting_value(setting, value);
        Some(format!("{whose} SET {} TO {value}", ident(setting)))
    };
    Ok(rows.into_iter().filter_map(statement).collect())
}

/// The value that the catalog has for `setting`, as a statement says it: lists are kept as they are written, names in quotes and
/// all.
pub fn setting_value(setting: &str, value: &str) -> String {
    if LISTS.contains(&setting) { value.to_owned() } else { literal(value) }
}

/// Settings whose value is a list of names. Source: PostgreSQL's `GUC_LIST_QUOTE`.
const LISTS: [&str; 4] = ["search_path", "temp_tablespaces", "session_preload_libraries", "local_preload_libraries"];
