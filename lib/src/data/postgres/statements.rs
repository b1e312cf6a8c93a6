//! The statements that move rows.

use crate::catalog::Name;
use crate::sql::ident;

/// Column names as SQL, with commas.
pub(super) fn list<'a>(columns: impl IntoIterator<Item = &'a str>) -> String {
    columns.into_iter().map(ident).collect::<Vec<_>>().join(", ")
}

/// The COPY that reads `table`; a partitioned one gives its partitions' rows to a query alone.
pub(super) fn copy_out(table: &Name, columns: &str, partitioned: bool) -> String {
    match (columns.is_empty(), partitioned) {
        (true, false) => format!("COPY {table} TO STDOUT"),
        (_, true) => format!("COPY (SELECT {columns} FROM {table}) TO STDOUT"),
        (false, false) => format!("COPY {table} ({columns}) TO STDOUT"),
    }
}

/// The COPY that fills `table`.
pub(super) fn copy_in(table: &str, columns: &str) -> String {
    if columns.is_empty() { format!("COPY {table} FROM STDIN") } else { format!("COPY {table} ({columns}) FROM STDIN") }
}
