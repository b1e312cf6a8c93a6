//! Whether a dump's tables and columns are those of the database.

use crate::catalog::{self, Name, Table};
use crate::data::tables::Portable;
use crate::portable::Kind;
use crate::portable::manifest::{self, Engine, Manifest};
use crate::portable::postgres::Column;

use super::plan::PlannedColumn;

/// The table of the database that the dump's table is.
pub(super) fn table<'a>(portable: &Portable<'a>, from: Engine, table: &manifest::Table) -> Result<&'a Table, String> {
    let shown = table.full_name();
    let wanted = match (from, portable.engine) {
        (Engine::Postgres, Engine::Sqlite) => Name::new("main", &*table.name),
        (Engine::Sqlite, Engine::Postgres) => portable
            .catalog
            .table(&format!("\"{}\"", table.name.replace('"', "\"\"")))
            .map_or_else(|| Name::new("public", &*table.name), |found| found.name.clone()),
        _ => shown.clone(),
    };
    let found = portable.tables.iter().find(|table| table.name == wanted);
    found.copied().ok_or_else(|| format!("the dump has a table {shown}, and the database has none"))
}

/// The columns of `to` that the dump's columns are, in the dump's order.
pub(super) fn columns(
    portable: &Portable<'_>,
    manifest: &Manifest,
    from: &manifest::Table,
    to: &Table,
    leaves_out: bool,
    problems: &mut Vec<String>,
) -> Vec<PlannedColumn> {
    let across = manifest.source.engine != portable.engine;
    let mut planned = Vec::new();
    for column in &from.columns {
        let same =
            |one: &&catalog::Column| one.name == column.name || (across && one.name.eq_ignore_ascii_case(&column.name));
        let found = to.column(&column.name).or_else(|| to.columns.iter().find(same));
        let Some(found) = found else {
            problems.push(format!("the dump has a column {}.{}, and the database has none", to.name, column.name));
            continue;
        };
        if found.generated.is_some() {
            problems.push(format!(
                "{}.{} is computed from other columns, and the dump has values for it",
                to.name, column.name
            ));
            continue;
        }
        if planned.iter().any(|one: &PlannedColumn| one.name == found.name) {
            problems.push(format!(
                "two columns of the dump, one of them {}, would go into {}.{}",
                column.name, to.name, found.name
            ));
            continue;
        }
        let kind = portable.kind(&found.data_type);
        let is_same = !across && found.data_type == column.data_type && kind == column.kind;
        if let Some(why) = mismatch(column, kind, &found.data_type, across, is_same) {
            problems.push(format!("{}.{} {why}", to.name, column.name));
        }
        planned.push(PlannedColumn {
            name: found.name.clone(),
            data_type: found.data_type.clone(),
            kind,
            from: column.kind,
            holds: Column::new(&found.data_type, is_same, portable.catalog),
            // Objects of a fixture may come without a key, to be given one.
            numbers: portable.engine == Engine::Sqlite && !leaves_out && is_row_number(to, found),
        });
    }
    let wanted = to.columns.iter().filter(|column| column.generated.is_none() && !leaves_out);
    let missing = wanted.filter(|column| !planned.iter().any(|one| one.name == column.name));
    // One that was looked for in vain is told once.
    problems.extend(
        missing.map(|column| format!("the database has a column {}.{}, and the dump has none", to.name, column.name)),
    );
    planned
}

/// Whether a column of SQLite's is another name of the row's own number.
fn is_row_number(table: &Table, column: &catalog::Column) -> bool {
    let without = table.options.iter().any(|option| option == "WITHOUT ROWID");
    let key = table.primary_key().is_some_and(|key| key.columns == [column.name.as_str()]);
    key && !without && column.data_type.eq_ignore_ascii_case("INTEGER")
}

/// Why values that mean one thing do not go where another is meant.
fn mismatch(from: &manifest::Column, to: Kind, data_type: &str, across: bool, same: bool) -> Option<String> {
    let moments =
        matches!((from.kind, to), (Kind::Timestamp, Kind::Timestamptz) | (Kind::Timestamptz, Kind::Timestamp));
    let fits = if across {
        // SQLite's times have no zone, and mean UTC; what PostgreSQL alone has is text there.
        from.kind.may_become(to) || moments || from.kind == Kind::Other || to == Kind::Other
    } else {
        same || (from.kind.may_become(to) && from.kind != Kind::Other)
    };
    (!fits).then(|| format!("is {} in the dump and {data_type} in the database", from.data_type))
}
