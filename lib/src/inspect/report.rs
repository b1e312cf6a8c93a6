//! A report on a server: one query, what its columns are, and what to do about the numbers.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::engine::{Session, first_cell};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::{Flavor, literal};

/// Something that can be asked of a PostgreSQL server.
#[derive(Debug)]
pub struct Report {
    /// What it is called, as by Heroku and Supabase where they have it.
    pub name: &'static str,
    /// What it shows, in a sentence without a point.
    pub about: &'static str,
    /// What to make of it: which numbers are bad, and the next thing to type.
    pub advice: &'static str,
    /// What is said where there is nothing to show.
    pub nothing: &'static str,
    /// The extension that it reads from.
    pub needs: Option<&'static str>,
    pub(super) columns: &'static [Column],
    pub(super) sql: &'static str,
}

/// A column of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Its name, in small letters.
    pub name: &'static str,
    /// What its values are.
    pub kind: Kind,
}

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Names, statements, times in ISO 8601.
    Text,
    /// How many.
    Count,
    /// Bytes.
    Bytes,
    /// Hundredths of a whole.
    Percent,
    /// Seconds.
    Seconds,
}

/// What a report has found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// What each column is.
    pub columns: &'static [Column],
    /// A value for each column, as text.
    pub rows: Vec<Vec<Option<String>>>,
}

impl Found {
    /// Each row as an object: numbers as numbers, what there is none of as null.
    pub fn to_json(&self) -> Value {
        let value = |column: &Column, cell: &Option<String>| match (cell, column.kind) {
            (None, _) => Value::Null,
            (Some(text), Kind::Text) => Value::from(text.as_str()),
            (Some(text), _) => serde_json::from_str(text).unwrap_or_else(|_| Value::from(text.as_str())),
        };
        let object = |row: &Vec<Option<String>>| {
            let cells = self.columns.iter().zip(row);
            cells.map(|(column, cell)| (column.name.to_owned(), value(column, cell))).collect::<Map<_, _>>()
        };
        self.rows.iter().map(object).map(Value::Object).collect()
    }
}

impl Report {
    /// Asks the server; nothing is changed.
    ///
    /// # Errors
    /// The database is an SQLite file, the extension is missing, or the role may not read it.
    pub async fn ask(&self, session: &mut dyn Session) -> Result<Found> {
        if session.flavor() == Flavor::Sqlite {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!("{} is about a server, and SQLite has none", self.name),
            )
            .hint("its tables and their sizes: mainstay tables"));
        }
        let schema = match self.needs {
            Some(extension) => schema_of(session, self.name, extension).await?,
            None => String::new(),
        };
        // Names come out with their schemas, and nobody's function stands in for one of the server's.
        session.query("SET search_path = ''").await?;
        let asked = session.query(&self.sql.replace(EXTENSION, &schema)).await;
        let rows = asked.map_err(|error| match error.sqlstate() {
            Some("42501") => error.hint("a role that may: mainstay role create NAME --preset monitor"),
            // The library is there, and was not loaded when the server started.
            Some("55000") => error.hint("add it to shared_preload_libraries, and start the server again"),
            _ => error,
        })?;
        Ok(Found { columns: self.columns, rows })
    }
}

/// In a report's SQL, the schema of the extension that it needs.
const EXTENSION: &str = "$EXTENSION";

async fn schema_of(session: &mut dyn Session, name: &str, extension: &str) -> Result<String> {
    let asked = format!(
        "SELECT pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_extension e \
         JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = {}",
        literal(extension)
    );
    let answer = session.query(&asked).await?;
    first_cell(&answer).map(str::to_owned).ok_or_else(|| {
        let message = format!("{name} reads from the extension {extension}, which this database does not have");
        Error::new(ErrorKind::Unsupported, message).hint(format!(
            "shared_preload_libraries = '{extension}' in postgresql.conf, a restart, and CREATE EXTENSION {extension}"
        ))
    })
}

/// Shorthands for a report's columns.
pub(super) const fn text(name: &'static str) -> Column {
    Column { name, kind: Kind::Text }
}

pub(super) const fn count(name: &'static str) -> Column {
    Column { name, kind: Kind::Count }
}

pub(super) const fn bytes(name: &'static str) -> Column {
    Column { name, kind: Kind::Bytes }
}

pub(super) const fn percent(name: &'static str) -> Column {
    Column { name, kind: Kind::Percent }
}

pub(super) const fn seconds(name: &'static str) -> Column {
    Column { name, kind: Kind::Seconds }
}
