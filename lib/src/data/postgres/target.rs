//! Rows into PostgreSQL: by COPY, in one transaction or in one for each batch.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::counters::{advance, may_be_moved};
use super::rows_in::{Pulled, Sent, give};
use super::session::{held, lock, settle, wait_as_usual};
use super::statements::{copy_in, list};
use super::transaction::Transaction;
use crate::conn::PostgresTarget;
use crate::data::load::{
    Again, Loaded, LoadedTable, OnConflict, Options, Plan, PlannedTable, Position, Unit, Work, resume,
};
use crate::data::{Base, explain, thread_gone};
use crate::engine::postgres::{PostgresSession, connect};
use crate::engine::{Session, act_as, first_cell};
use crate::error::{Error, ErrorKind, Result, SqlError};
use crate::observer::Observer;
use crate::sql::{Flavor, ident};

/// Pieces that wait to be sent.
const WAITING: usize = 8;

/// Where rows lie that are compared with those that are there.
const ASIDE: &str = "mainstay_rows";

/// A session that fills tables.
pub(in crate::data) struct Target {
    session: PostgresSession,
    plan: Arc<Plan>,
    options: Options,
    dump: Again,
    loaded: Vec<LoadedTable>,
    observer: Arc<dyn Observer>,
}

impl Target {
    /// Does `work` on the database.
    pub(in crate::data) async fn load(target: &PostgresTarget, base: Base<'_>, work: Work) -> Result<Loaded> {
        let Work { incoming, again, plan, options } = work;
        let mut session = connect(target, base.context).await?;
        act_as(&mut session, base.owner).await?;
        settle(&mut session).await?;
        crate::data::load::alone(&mut session).await?;
        may_be_moved(&mut session, &plan).await?;
        let earlier = resume::find(&mut session, &plan, &options).await?;
        let (plan, dump) = (Arc::new(plan), again);
        let loaded = plan.tables.iter().map(crate::data::load::empty).collect();
        let units = crate::data::load::units(&plan, &options, earlier);
        let (send, receive) = mpsc::channel(WAITING);
        let observer = Arc::clone(&base.context.observer);
        let reader = {
            let (plan, units, batch) = (Arc::clone(&plan), units.clone(), options.batch);
            tokio::task::spawn_blocking(move || give(incoming, &plan, &units, batch, earlier, &send, &*observer))
        };
        let mut own = Self { session, plan, options, dump, loaded, observer: Arc::clone(&base.context.observer) };
        let filled = own.fill(&units, earlier, receive).await;
        reader.await.map_err(thread_gone)?;
        filled?;
        own.session.unlock(crate::data::load::LOCK).await?;
        Ok(Loaded::of(own.loaded, earlier.total))
    }

    async fn fill(&mut self, units: &[Unit], earlier: Position, receive: mpsc::Receiver<Sent>) -> Result<()> {
        let mut pulled = Pulled::new(receive);
        let mut position = earlier;
        let in_batches = self.options.batch.is_some();
        for unit in units {
            let mut transaction = self.begin(unit).await?;
            for place in unit.from.max(position.tables)..=unit.to {
                while self.copy(place, &mut pulled).await? {
                    position = Position {
                        tables: place,
                        rows: position.rows + pulled.rows(),
                        total: position.total + pulled.rows(),
                    };
                    self.remember(position).await?;
                    self.finish(&transaction, false).await?;
                    transaction = self.begin(unit).await?;
                }
                position = Position { tables: place + 1, rows: 0, total: position.total + pulled.rows() };
            }
            let is_last = unit.to + 1 >= self.plan.tables.len();
            if is_last {
                pulled.finished().await?;
            }
            if in_batches {
                self.remember(position).await?;
            }
            self.finish(&transaction, is_last).await?;
        }
        if in_batches {
            self.forget().await?;
        }
        Ok(())
    }

    /// Begins a transaction that fills the tables of `unit`.
    async fn begin(&mut self, unit: &Unit) -> Result<Transaction> {
        let tables: Vec<&PlannedTable> = self.plan.tables[unit.from..=unit.to].iter().collect();
        let names: Vec<String> = tables.iter().map(|table| table.full_name().to_string()).collect();
        self.session.query("BEGIN").await?;
        lock(&mut self.session, &names, "ROW EXCLUSIVE", self.options.lock_wait).await?;
        let updates = self.options.on_conflict == OnConflict::Update;
        let mut transaction = Transaction::of(&self.plan, &tables, updates);
        if let Err(error) = transaction.begin(&mut self.session, self.options.batch.is_none()).await {
            return Err(held(&mut self.session, error, self.options.lock_wait).await);
        }
        wait_as_usual(&mut self.session).await?;
        Ok(transaction)
    }

    /// Checks what was put off, puts back what was changed, and commits.
    async fn finish(&mut self, transaction: &Transaction, is_last: bool) -> Result<()> {
        let checked = self.session.query("SET CONSTRAINTS ALL IMMEDIATE").await;
        checked.map_err(|error| self.explained(error, None))?;
        transaction.end(&mut self.session, &*self.observer).await?;
        if is_last {
            for table in &self.plan.tables {
                for counter in &table.counters {
                    if let Some(sql) = advance(table, counter) {
                        self.session.query(&sql).await?;
                    }
                }
            }
        }
        let committed = self.session.query("COMMIT").await;
        committed.map(drop).map_err(|error| self.explained(error, None))
    }

    /// Fills the table at `place` with what comes next; `true` where more of it comes after a COMMIT.
    async fn copy(&mut self, place: usize, pulled: &mut Pulled) -> Result<bool> {
        let plan = Arc::clone(&self.plan);
        let table = &plan.tables[place];
        let columns = list(table.columns.iter().map(|column| column.name.as_str()));
        let name = table.full_name().to_string();
        pulled.begin();
        let copied = if self.options.on_conflict == OnConflict::Error {
            self.session.copy_in(&copy_in(&name, &columns), pulled).await
        } else {
            let aside =
                format!("CREATE TEMP TABLE {ASIDE} ON COMMIT DROP AS SELECT {columns} FROM {name} WITH NO DATA");
            self.session.query(&aside).await?;
            self.session.copy_in(&copy_in(&format!("pg_temp.{ASIDE}"), &columns), pulled).await
        };
        let rows = copied.map_err(|error| self.explained(error, Some((table, &*pulled))))?;
        let (inserted, updated) = match self.options.on_conflict {
            OnConflict::Error => (rows, 0),
            conflict => self.put(table, &columns, conflict).await.map_err(|error| self.refused(error, table))?,
        };
        let loaded = &mut self.loaded[place];
        loaded.rows += rows;
        loaded.inserted += inserted;
        loaded.updated += updated;
        loaded.skipped += rows - inserted - updated;
        Ok(pulled.goes_on())
    }

    /// From aside into the table: how many rows are new, and how many have other values now.
    async fn put(&mut self, table: &PlannedTable, columns: &str, conflict: OnConflict) -> Result<(u64, u64)> {
        let name = table.full_name();
        let key = list(table.primary_key.iter().map(String::as_str));
        let others: Vec<String> = table
            .columns
            .iter()
            .filter(|column| !table.primary_key.contains(&column.name))
            .map(|column| format!("{0} = excluded.{0}", ident(&column.name)))
            .collect();
        let mut updated = 0;
        let action = if conflict == OnConflict::Update && !others.is_empty() {
            // Rows of tables that inherit from it are not its own.
            let only = if table.partitioned { "" } else { "ONLY " };
            let there = format!("SELECT pg_catalog.count(*) FROM {only}{name} JOIN pg_temp.{ASIDE} USING ({key})");
            updated = number(&self.session.query(&there).await?);
            format!("({key}) DO UPDATE SET {}", others.join(", "))
        } else {
            "DO NOTHING".to_owned()
        };
        let into = if columns.is_empty() { String::new() } else { format!("({columns})") };
        let put = format!(
            "WITH put AS (INSERT INTO {name} {into} OVERRIDING SYSTEM VALUE SELECT {columns} FROM pg_temp.{ASIDE} \
             ON CONFLICT {action} RETURNING 1) SELECT pg_catalog.count(*) FROM put"
        );
        let put = number(&self.session.query(&put).await?);
        self.session.query(&format!("DROP TABLE pg_temp.{ASIDE}")).await?;
        Ok((put - updated, updated))
    }

    async fn remember(&mut self, position: Position) -> Result<()> {
        let sql = resume::remember(Flavor::Postgres, &self.plan, position);
        self.session.query(&sql).await.map(drop)
    }

    async fn forget(&mut self) -> Result<()> {
        for sql in resume::forgotten(&mut self.session, &self.plan.dump).await? {
            self.session.query(&sql).await?;
        }
        Ok(())
    }

    /// The server's refusal, with the place in the dump that it is about.
    fn explained(&self, error: Error, copy: Option<(&PlannedTable, &Pulled)>) -> Error {
        let Some(sql) = error.sql().filter(|_| error.kind() == ErrorKind::Sql).cloned() else { return error };
        let at_row = copy.and_then(|(table, pulled)| {
            let name = if self.options.on_conflict == OnConflict::Error { &table.name } else { ASIDE };
            Some((table, pulled.place(row_of(sql.context.as_deref()?, name)?)?))
        });
        let error = match (at_row, &self.dump) {
            (Some((table, place)), Again::Fixture(_)) => self.dump.about(table.place, place.line, error),
            (Some((table, place)), _) => error
                .context(format!("a row of {} cannot be loaded", table.full_name()))
                .at(explain::place(&place.file, place.line)),
            (None, _) => error,
        };
        match sql.sqlstate.as_str() {
            "23503" => match missing(&sql, &self.plan) {
                Some((table, columns, key)) => explain::orphan(error, &self.dump, table, &columns, &key),
                None => error,
            },
            "23505" => explain::there_already(error, &self.dump, self.options.on_conflict),
            _ => error,
        }
    }

    /// The server's refusal of rows from aside, of which it says no line: the first one that it can be about.
    fn refused(&self, error: Error, table: &PlannedTable) -> Error {
        let Some(sql) = error.sql().filter(|_| error.kind() == ErrorKind::Sql).cloned() else { return error };
        let key = sql.detail.as_deref().and_then(key_of).filter(|_| sql.sqlstate == "23505");
        let place = match (&*sql.sqlstate, key) {
            ("23502", _) => sql.column.as_deref().and_then(|column| explain::empty(&self.dump, table, column)),
            (_, Some((columns, key))) => explain::row_with(&self.dump, table, &columns, &key),
            _ => None,
        };
        let error = error.context(format!("a row of {} cannot be loaded", table.full_name()));
        let error = place.into_iter().fold(error, Error::at);
        match sql.sqlstate.as_str() {
            "23505" => explain::there_already(error, &self.dump, self.options.on_conflict),
            _ => error,
        }
    }
}

/// What the server says of a key that leads nowhere: the table, the columns, and their values.
fn missing<'p>(sql: &SqlError, plan: &'p Plan) -> Option<(&'p PlannedTable, Vec<String>, String)> {
    let (schema, table) = (sql.schema.as_deref()?, sql.table.as_deref()?);
    let table = plan.tables.iter().find(|one| one.schema == schema && one.name == table)?;
    let (columns, key) = key_of(sql.detail.as_deref()?)?;
    Some((table, columns, key))
}

/// The columns of a key and its values: `Key (a, b)=(1, 2) is not present in table "t".` in any language.
fn key_of(detail: &str) -> Option<(Vec<String>, String)> {
    let (columns, rest) = detail.split_once('(')?.1.split_once(")=(")?;
    let key = rest.split_once(") ").or_else(|| rest.split_once(')'))?.0;
    Some((columns.split(", ").map(str::to_owned).collect(), key.to_owned()))
}

/// The row of a COPY that the server speaks of: `COPY item, line 3, column qty: "x"`, in any language.
fn row_of(context: &str, table: &str) -> Option<u64> {
    let line = context.lines().find_map(|line| line.strip_prefix("COPY ")?.strip_prefix(table))?;
    let digits = line.trim_start_matches(|char: char| !char.is_ascii_digit());
    let end = digits.find(|char: char| !char.is_ascii_digit()).unwrap_or(digits.len());
    digits[..end].parse().ok()
}

fn number(rows: &[crate::engine::Row]) -> u64 {
    first_cell(rows).and_then(|cell| cell.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::row_of;

    #[test]
    fn the_row_is_found_in_any_language() {
        assert_eq!(row_of("COPY item, line 3, column qty: \"x\"", "item"), Some(3));
        assert_eq!(row_of("COPY t2, Zeile 41, Spalte a", "t2"), Some(41));
        assert_eq!(row_of("JSON data, line 1\nCOPY item, line 7", "item"), Some(7));
        assert_eq!(row_of("PL/pgSQL function f() line 3", "item"), None);
    }
}
