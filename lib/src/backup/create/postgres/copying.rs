//! The COPY that reads a table or a part of one.

use crate::archive::digest::CopyFormat;
use crate::archive::manifest::Range;
use crate::backup::create::order::RowFormat;
use crate::sql::ident;

use super::survey::Relation;

/// How the rows of `table` are written.
pub(super) fn format(table: &Relation, wanted: RowFormat) -> CopyFormat {
    let suits = table.columns.iter().all(|column| column.binary);
    // A row without columns is nothing but its end.
    if wanted == RowFormat::Fast && suits && !table.columns.is_empty() { CopyFormat::Binary } else { CopyFormat::Text }
}

/// The statement that reads `table`, or `range` of it; `condition` is a `WHERE …` of its own, of an extension's table.
pub(super) fn statement(
    table: &Relation,
    range: Option<&Range>,
    condition: &str,
    format: CopyFormat,
    unencoded: bool,
) -> String {
    let columns: Vec<String> = table.columns.iter().map(|column| ident(&column.name)).collect();
    let columns = columns.join(", ");
    let name = table.sql();
    let what = match range.map(bounds) {
        None if condition.is_empty() && columns.is_empty() => name,
        None if condition.is_empty() => format!("{name} ({columns})"),
        None => format!("(SELECT {columns} FROM ONLY {name} {condition})"),
        Some(bounds) => format!("(SELECT {columns} FROM ONLY {name} WHERE {bounds})"),
    };
    let format = if format == CopyFormat::Binary { "binary" } else { "text" };
    // A database without an encoding has bytes that are no text in any.
    let encoding = if unencoded { ", ENCODING 'SQL_ASCII'" } else { "" };
    format!("COPY {what} TO STDOUT (FORMAT {format}{encoding})")
}

fn bounds(range: &Range) -> String {
    let (from, to) = match range {
        Range::Key { column, from, to } => {
            let column = ident(column);
            (from.map(|from| format!("{column} >= {from}")), to.map(|to| format!("{column} <= {to}")))
        }
        Range::Pages { from, to } => (
            Some(format!("ctid >= '({from},0)'::pg_catalog.tid")),
            to.map(|to| format!("ctid < '({to},0)'::pg_catalog.tid")),
        ),
    };
    let both: Vec<String> = from.into_iter().chain(to).collect();
    if both.is_empty() { "true".to_owned() } else { both.join(" AND ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_have_every_row_once() {
        let key = |from, to| Range::Key { column: "Id".into(), from, to };
        let cases = [
            (key(None, Some(4)), "\"Id\" <= 4"),
            (key(Some(5), Some(9)), "\"Id\" >= 5 AND \"Id\" <= 9"),
            (key(Some(10), None), "\"Id\" >= 10"),
            (key(None, None), "true"),
            (Range::Pages { from: 3, to: None }, "ctid >= '(3,0)'::pg_catalog.tid"),
        ];
        for (range, sql) in cases {
            assert_eq!(bounds(&range), sql);
        }
    }
}
