//! Rows into an SQLite file: in one transaction, or in one for each batch.

use std::sync::Arc;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Statement, Transaction};

use crate::conn::SqliteTarget;
use crate::data::load::{
    self, Again, Incoming, Loaded, LoadedTable, OnConflict, Options, Plan, PlannedTable, Position, Stop, Unit, Work,
    resume,
};
use crate::data::{Base, explain};
use crate::engine::Session;
use crate::engine::sqlite::{SharedFile, open};
use crate::error::{Error, ErrorKind, Result};
use crate::observer::{Event, Observer};
use crate::portable::sqlite::{Affinity, Column, stored};
use crate::portable::{Refusal, Value};
use crate::sql::{Flavor, ident, literal_for};

/// Rows after which progress is told.
const TELL: u64 = 10_000;

/// What goes from one transaction to the next.
pub(in crate::data) struct Target {
    reader: Box<dyn Incoming>,
    plan: Arc<Plan>,
    options: Options,
    dump: Again,
    loaded: Vec<LoadedTable>,
    position: Position,
    observer: Arc<dyn Observer>,
}

impl Target {
    /// Does `work` on the file.
    pub(in crate::data) async fn load(target: &SqliteTarget, base: Base<'_>, work: Work) -> Result<Loaded> {
        let Work { incoming, again, plan, options } = work;
        let mut session = open(target, base.context).await?;
        load::alone(&mut session).await?;
        let earlier = resume::find(&mut session, &plan, &options).await?;
        let units = load::units(&plan, &options, earlier);
        let (file, in_batches) = (SharedFile::new(target, base.context), options.batch.is_some());
        let mut own = Self {
            reader: incoming,
            loaded: plan.tables.iter().map(load::empty).collect(),
            plan: Arc::new(plan),
            options,
            dump: again,
            position: earlier,
            observer: Arc::clone(&base.context.observer),
        };
        own = aside(own, move |own| own.skip(earlier)).await?;
        for unit in units {
            // A table that is alone comes in batches; the last one says that it is.
            loop {
                let unit = unit.clone();
                let (back, goes_on) = file.write(move |tx| own.fill(tx, &unit)).await?;
                own = back;
                if !goes_on {
                    break;
                }
            }
        }
        if in_batches {
            for sql in resume::forgotten(&mut session, &own.plan.dump).await? {
                session.query(&sql).await?;
            }
        }
        session.unlock(load::LOCK).await?;
        Box::new(session).close().await;
        Ok(Loaded::of(own.loaded, earlier.total))
    }

    /// Reads past what an earlier load has brought in.
    fn skip(&mut self, earlier: Position) -> Result<()> {
        for done in &self.plan.tables[..earlier.tables.min(self.plan.tables.len())] {
            self.reader.table(done.place)?;
            self.reader.rows(u64::MAX, &mut |_, _| Ok(()))?;
        }
        if earlier.rows > 0 {
            self.reader.table(self.plan.tables[earlier.tables].place)?;
            self.reader.rows(earlier.rows, &mut |_, _| Ok(()))?;
        }
        Ok(())
    }

    /// One transaction: the tables of `unit`, or the next batch of the one that it has. Says whether more comes.
    fn fill(mut self, tx: &Transaction<'_>, unit: &Unit) -> Result<(Self, bool)> {
        let plan = Arc::clone(&self.plan);
        let tables = &plan.tables[unit.from..=unit.to];
        let late = || tables.iter().filter(|table| plan.late_keys.iter().any(|key| key.table == table.full_name()));
        if late().next().is_some() {
            tx.pragma_update(None, "defer_foreign_keys", true)?;
        }
        let silenced: Vec<_> =
            plan.silenced.iter().filter(|one| tables.iter().any(|table| table.full_name() == one.table)).collect();
        for one in &silenced {
            tx.execute_batch(&format!("DROP TRIGGER {}", ident(&one.name)))?;
        }
        let limit = self.options.batch.filter(|_| !unit.whole).unwrap_or(u64::MAX);
        let mut goes_on = false;
        for place in unit.from..=unit.to {
            let table = &plan.tables[place];
            if self.position.rows == 0 {
                self.reader.table(table.place)?;
            }
            let rows = self.table(tx, place, table, limit)?;
            goes_on = rows == limit;
            self.position = match goes_on {
                true => Position { tables: place, rows: self.position.rows + rows, total: self.position.total + rows },
                false => Position { tables: place + 1, rows: 0, total: self.position.total + rows },
            };
        }
        for one in &silenced {
            tx.execute_batch(&one.definition)?;
        }
        let waits = |table: &&PlannedTable| table.keys_wait && !late().any(|late| late.place == table.place);
        for table in late().chain(tables.iter().filter(waits)) {
            self.check_keys(tx, table)?;
        }
        for table in tables {
            advance(tx, table)?;
        }
        if !goes_on && unit.to + 1 >= plan.tables.len() {
            self.reader.finish()?;
        }
        if self.options.batch.is_some() {
            tx.execute_batch(&resume::remember(Flavor::Sqlite, &plan, self.position))?;
        }
        Ok((self, goes_on))
    }

    fn table(&mut self, tx: &Transaction<'_>, place: usize, table: &PlannedTable, limit: u64) -> Result<u64> {
        let before = self.count(tx, table)?;
        let mut insert = tx.prepare(&insert(table, self.options.on_conflict))?;
        let columns: Vec<Column> = table
            .columns
            .iter()
            .map(|column| Column {
                affinity: Affinity::of(&column.data_type, table.strict),
                kind: column.kind,
                from: column.from,
                strict: table.strict,
                numbers: column.numbers,
            })
            .collect();
        let (observer, total) = (Arc::clone(&self.observer), self.plan.rows());
        let (dump, conflict) = (&self.dump, self.options.on_conflict);
        let (mut changed, mut done) = (0, self.position.total);
        let rows = self.reader.rows(limit, &mut |values, _| {
            changed += put(&mut insert, values, &columns)?.map_err(|error| refused(error, dump, conflict))?;
            done += 1;
            if done % TELL == 0 {
                observer.event(Event::Progress { what: "load rows", done, total });
            }
            Ok(())
        })?;
        drop(insert);
        let inserted = match before {
            Some(before) => self.count(tx, table)?.unwrap_or(before) - before,
            None => rows,
        };
        let loaded = &mut self.loaded[place];
        loaded.rows += rows;
        loaded.inserted += inserted;
        loaded.updated += changed - inserted;
        loaded.skipped += rows - changed;
        Ok(rows)
    }

    /// Rows that are there, where they matter.
    fn count(&self, tx: &Transaction<'_>, table: &PlannedTable) -> Result<Option<u64>> {
        if self.options.on_conflict == OnConflict::Error {
            return Ok(None);
        }
        let count: i64 = tx.query_row(&format!("SELECT count(*) FROM {}", ident(&table.name)), [], |row| row.get(0))?;
        Ok(Some(count.unsigned_abs()))
    }

    /// What COMMIT would only say was wrong: which row refers to nothing.
    fn check_keys(&self, tx: &Transaction<'_>, table: &PlannedTable) -> Result<()> {
        let mut check = tx.prepare(&format!("PRAGMA foreign_key_check({})", ident(&table.name)))?;
        let mut found = check.query([])?;
        let Some(row) = found.next()? else { return Ok(()) };
        let (rowid, number): (Option<i64>, i64) = (row.get(1)?, row.get(3)?);
        let list = format!(
            "SELECT \"from\" FROM pragma_foreign_key_list({}) WHERE id = ?1 ORDER BY seq",
            literal_for(&table.name, Flavor::Sqlite)
        );
        let columns: Vec<String> =
            tx.prepare(&list)?.query_map([number], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        let mut key = Vec::new();
        // A column that is called so hides the row's number.
        let is_hidden = |name: &str| table.columns.iter().any(|column| column.name.eq_ignore_ascii_case(name));
        let number = ["rowid", "_rowid_", "oid"].into_iter().find(|name| !is_hidden(name));
        if let (Some(rowid), Some(number)) = (rowid, number) {
            let values: Vec<String> = columns.iter().map(|column| format!("CAST({} AS TEXT)", ident(column))).collect();
            let select = format!("SELECT {} FROM {} WHERE {number} = ?1", values.join(", "), ident(&table.name));
            key =
                tx.query_row(&select, [rowid], |row| (0..columns.len()).map(|at| row.get::<_, String>(at)).collect())?;
        }
        let error = Error::from_sql(crate::error::SqlError {
            sqlstate: "23503".to_owned(),
            message: "FOREIGN KEY constraint failed".to_owned(),
            table: Some(table.name.clone()),
            ..crate::error::SqlError::default()
        });
        Err(explain::orphan(error, &self.dump, table, &columns, &key.join(", ")))
    }
}

/// Does `work` on a thread that may block.
async fn aside(mut own: Target, work: impl FnOnce(&mut Target) -> Result<()> + Send + 'static) -> Result<Target> {
    tokio::task::spawn_blocking(move || work(&mut own).map(|()| own)).await.map_err(crate::data::thread_gone)?
}

fn insert(table: &PlannedTable, conflict: OnConflict) -> String {
    let columns: Vec<String> = table.columns.iter().map(|column| ident(&column.name)).collect();
    let values = vec!["?"; columns.len()].join(", ");
    let key: Vec<String> = table.primary_key.iter().map(|column| ident(column)).collect();
    let others: Vec<String> = table
        .columns
        .iter()
        .filter(|column| !table.primary_key.contains(&column.name))
        .map(|column| format!("{0} = excluded.{0}", ident(&column.name)))
        .collect();
    let action = match conflict {
        OnConflict::Error => String::new(),
        OnConflict::Update if !others.is_empty() => {
            format!(" ON CONFLICT ({}) DO UPDATE SET {}", key.join(", "), others.join(", "))
        }
        _ => " ON CONFLICT DO NOTHING".to_owned(),
    };
    // A table may have ON CONFLICT clauses of its own, which replace or leave out rows: what is asked for comes first.
    format!("INSERT OR ABORT INTO {} ({}) VALUES ({values}){action}", ident(&table.name), columns.join(", "))
}

/// How many rows it has changed: one, or none. Or what SQLite says of the row, which the columns could hold.
fn put(insert: &mut Statement<'_>, values: &[Value<'_>], columns: &[Column]) -> Result<Result<u64>, Stop> {
    for (at, (value, column)) in values.iter().zip(columns).enumerate() {
        let stored = stored(value, *column).map_err(|why| Stop::Refused(Refusal::of(at, value, why)))?;
        let given = match &stored {
            Value::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Value::Bool(truth) => ToSqlOutput::Borrowed(ValueRef::Integer(i64::from(*truth))),
            Value::Integer(number) => ToSqlOutput::Borrowed(ValueRef::Integer(*number)),
            Value::Real(number) => ToSqlOutput::Borrowed(ValueRef::Real(*number)),
            Value::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Value::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        };
        insert.raw_bind_parameter(at + 1, given).map_err(|error| Stop::Error(error.into()))?;
    }
    Ok(insert.raw_execute().map(|changed| changed as u64).map_err(Error::from))
}

fn refused(error: Error, dump: &Again, conflict: OnConflict) -> Stop {
    match error.sqlstate() {
        Some("23505") => Stop::Row(explain::there_already(error, dump, conflict)),
        Some("23503") => Stop::Row(
            error
                .context("it refers to a row that is not there and does not come")
                .hint("dump the tables that it refers to as well, or load them first: mainstay data dump"),
        ),
        Some(state) if state.starts_with("23") || state == "42804" => Stop::Row(error),
        _ if error.kind() == ErrorKind::Sql => Stop::Row(error),
        _ => Stop::Error(error),
    }
}

/// Moves a counter on to where it was in the source, never back; the highest number in the column SQLite has seen itself.
fn advance(tx: &Transaction<'_>, table: &PlannedTable) -> Result<()> {
    let Some(last) = table.counters.iter().find_map(|counter| counter.last) else { return Ok(()) };
    let moved = tx.execute("UPDATE sqlite_sequence SET seq = max(seq, ?2) WHERE name = ?1", (&table.name, last))?;
    if moved == 0 {
        tx.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)", (&table.name, last))?;
    }
    Ok(())
}
