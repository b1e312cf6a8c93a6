//! Tables that are restored alone, beside what a database has: their names must be free, and those of their indexes and sequences.

use crate::engine::Session;
use crate::error::{Error, ErrorKind, Result, shell_word};
use crate::sql::{ident, literal};

use super::check::quoted;
use super::select::Selection;

/// What has the name NAME, and the table that it belongs to.
const ABOUT: &str = "
SELECT c.relkind::text, COALESCE(
  (SELECT i.indrelid::pg_catalog.regclass::text FROM pg_catalog.pg_index i WHERE i.indexrelid = c.oid),
  (SELECT d.refobjid::pg_catalog.regclass::text FROM pg_catalog.pg_depend d
   WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
     AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype IN ('a', 'i') LIMIT 1))
FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass(NAME)";

/// The longest name that still has room for what is put behind it.
const LONGEST: usize = 59;

/// Refuses where something has a name that is needed, with what gives all of them another one.
pub(super) async fn refuse(session: &mut dyn Session, selection: &Selection) -> Result<()> {
    let (mut renames, mut first) = (Vec::new(), None);
    let tables = selection.tables.iter().map(|name| (name, true));
    for (name, is_table) in tables.chain(selection.relations.iter().map(|name| (name, false))) {
        let found = session.query(&ABOUT.replace("NAME", &literal(&quoted(name)))).await?;
        let Some(row) = found.first() else { continue };
        let cell = |at: usize| row.get(at).and_then(Clone::clone).unwrap_or_default();
        let (a, kind) = kind(&cell(0));
        let rest: String = name.1.chars().take(LONGEST).collect();
        renames.push(format!(
            "ALTER {} {} RENAME TO {}",
            kind.to_uppercase(),
            quoted(name),
            ident(&format!("{rest}_old"))
        ));
        let of = if cell(1).is_empty() { String::new() } else { format!(" of {}", cell(1)) };
        first.get_or_insert_with(|| match is_table {
            true => format!("{a} {kind} {} already", quoted(name)),
            false => format!("{a} {kind} {}{of} already, and the table brings what has that name", quoted(name)),
        });
    }
    let Some(first) = first else { return Ok(()) };
    let database = session.server().database.clone();
    Err(Error::new(ErrorKind::Refused, format!("database {database} has {first}"))
        .hint(format!("rename what is there first: mainstay sql --write -c {}", shell_word(&renames.join("; "))))
        .hint("or restore the table into a database of its own: --into NAME"))
}

/// What it is, with its article.
fn kind(relkind: &str) -> (&'static str, &'static str) {
    match relkind {
        "i" | "I" => ("an", "index"),
        "S" => ("a", "sequence"),
        "v" => ("a", "view"),
        "m" => ("a", "materialized view"),
        "f" => ("a", "foreign table"),
        _ => ("a", "table"),
    }
}
