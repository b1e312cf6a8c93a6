//! Whether a manifest can be believed: it may have come from anywhere.

use std::collections::BTreeSet;

use super::Manifest;
use crate::error::{Error, ErrorKind, Result};

pub(super) fn check(manifest: &Manifest, file: &str) -> Result<()> {
    let wrong = |what: String| Err(Error::new(ErrorKind::Verification, format!("{file} cannot be believed: {what}")));
    let (mut tables, mut files) = (BTreeSet::new(), BTreeSet::new());
    for table in &manifest.tables {
        let shown = table.full_name();
        if !tables.insert((&table.schema, &table.name)) {
            return wrong(format!("the table {shown} is there twice"));
        }
        let mut columns = BTreeSet::new();
        if let Some(column) = table.columns.iter().find(|column| !columns.insert(&column.name)) {
            return wrong(format!("the column `{}` of {shown} is there twice", column.name));
        }
        if let Some(column) = table.primary_key.iter().find(|column| !columns.contains(column)) {
            return wrong(format!("the primary key of {shown} has a column `{column}` that is not there"));
        }
        for name in &table.files {
            // A name is a name: a path would lead out of the folder.
            if name.is_empty() || name.contains(['/', '\\', '\0']) || name.starts_with('.') {
                return wrong(format!("{name:?} is no name of a file with rows"));
            }
            if !files.insert(name) {
                return wrong(format!("the file {name} is there twice"));
            }
        }
        if manifest.complete && table.rows.is_none() {
            return wrong(format!("the rows of {shown} are not counted"));
        }
    }
    Ok(())
}
