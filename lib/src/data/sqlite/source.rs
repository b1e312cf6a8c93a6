//! Rows out of an SQLite file.

use std::sync::Arc;

use rusqlite::Transaction;
use rusqlite::types::ValueRef;

use crate::catalog::{Catalog, Scope};
use crate::conn::{SqliteTarget, Target};
use crate::data::Base;
use crate::data::dump::{self, Draft, Form, Order, Read, Writing};
use crate::engine::sqlite::{SharedFile, open_read_only};
use crate::engine::{self, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::portable::manifest::{Engine, Manifest};
use crate::portable::sqlite::settle;
use crate::portable::{Refusal, Value};
use crate::sql::ident;

/// A file whose schema was read.
pub(in crate::data) struct Source {
    file: SharedFile,
    draft: Draft,
    /// The number that SQLite gives the schema: another one when the rows are read means that it was altered since.
    schema: String,
}

impl Source {
    pub(in crate::data) async fn open(target: &SqliteTarget, base: Base<'_>, order: &Order) -> Result<Self> {
        engine::check_there(&Target::Sqlite(target.clone()))?;
        let mut session = open_read_only(target, base.context).await?;
        let schema =
            crate::engine::first_cell(&session.query("PRAGMA schema_version").await?).unwrap_or_default().to_owned();
        let catalog = session.catalog(Scope::All).await?;
        let version = base.version(&mut session).await;
        let server = session.server().clone();
        let models = dump::models(&mut session, &catalog, base, order).await?;
        let mut draft = dump::draft(&catalog, Engine::Sqlite, &server, version, &order.selection, models.as_ref())?;
        count_on(&mut session, &catalog, &mut draft.manifest).await?;
        Box::new(session).close().await;
        Ok(Self { file: SharedFile::new(target, base.context), draft, schema })
    }

    pub(in crate::data) fn draft(&self) -> &Draft {
        &self.draft
    }

    /// The rows of each table, counted.
    pub(in crate::data) async fn count(self, _: Base<'_>) -> Result<(Manifest, Vec<u64>)> {
        let Self { file, draft: Draft { manifest, .. }, .. } = self;
        file.read(move |tx: &Transaction<'_>| -> Result<_> {
            let mut counts = Vec::new();
            for table in &manifest.tables {
                let count = tx.query_row(&format!("SELECT count(*) FROM {}", ident(&table.name)), [], |row| {
                    row.get::<_, i64>(0)
                })?;
                counts.push(count.unsigned_abs());
            }
            Ok((manifest, counts))
        })
        .await
    }

    /// Reads every table, in one transaction that waits for no writer.
    pub(in crate::data) async fn pour(self, form: Box<dyn Form>, base: Base<'_>) -> Result<Manifest> {
        let observer = Arc::clone(&base.context.observer);
        let Self { file, draft, schema } = self;
        file.read(move |tx: &Transaction<'_>| -> Result<_> {
            let now: i64 = tx.query_row("PRAGMA schema_version", [], |row| row.get(0))?;
            if now.to_string() != schema {
                let message = "the schema was altered while it was read";
                return Err(Error::new(ErrorKind::Refused, message).hint("run the command again"));
            }
            let mut writing = Writing::begin(form, draft, observer)?;
            for at in 0..writing.reads().len() {
                let table = writing.reads()[at].clone();
                let name = writing.manifest().tables[table.table].name.clone();
                read(tx, at, &name, &table, &mut writing).map_err(|error| match error.sql() {
                    Some(_) => error.context(format!("the rows of {name} cannot be read")),
                    None => error,
                })?;
            }
            writing.finish()
        })
        .await
    }
}

/// The numbers that AUTOINCREMENT columns go on from.
async fn count_on(session: &mut dyn Session, catalog: &Catalog, manifest: &mut Manifest) -> Result<()> {
    let there = "SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_sequence'";
    if crate::engine::first_cell(&session.query(there).await?) != Some("1") {
        return Ok(());
    }
    for row in session.query("SELECT name, seq FROM sqlite_sequence").await? {
        let [Some(name), Some(number)] = row.as_slice() else { continue };
        let counting = catalog.tables.iter().find(|table| table.name.name == *name);
        let counting = counting.and_then(|table| table.columns.iter().find(|column| column.identity.is_some()));
        let said = manifest.tables.iter_mut().find(|table| table.name == *name);
        let (Some(counting), Some(said)) = (counting, said) else { continue };
        if let Some(column) = said.columns.iter_mut().find(|column| column.name == counting.name) {
            column.counter = number.parse().ok();
        }
    }
    Ok(())
}

fn read(tx: &Transaction<'_>, at: usize, name: &str, table: &Read, writing: &mut Writing) -> Result<()> {
    let columns: Vec<String> = table.columns.iter().map(|(name, _)| ident(name)).collect();
    let whole = || format!("SELECT {} FROM {}", columns.join(", "), ident(name));
    let mut statement = tx.prepare(&table.select.clone().unwrap_or_else(whole))?;
    writing.table(at)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        writing.row(|take| {
            for (column, (_, kind)) in table.columns.iter().enumerate() {
                let value = match row.get_ref(column) {
                    Ok(ValueRef::Null) => Value::Null,
                    Ok(ValueRef::Integer(number)) => Value::Integer(number),
                    Ok(ValueRef::Real(number)) => Value::Real(number),
                    Ok(ValueRef::Text(bytes)) => Value::text(std::str::from_utf8(bytes).map_err(|error| {
                        let reason = format!("the text is not UTF-8 (byte {})", error.valid_up_to());
                        Refusal { column, reason }
                    })?),
                    Ok(ValueRef::Blob(bytes)) => Value::Bytes(bytes.into()),
                    Err(error) => return Err(Refusal { column, reason: error.to_string() }),
                };
                take(&settle(*kind, value));
            }
            Ok(())
        })?;
    }
    drop(rows);
    writing.end_table()
}
