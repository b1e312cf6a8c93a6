//! Records in an SQLite file.

use mainstay::rusqlite::types::{ToSqlOutput, ValueRef};
use mainstay::rusqlite::{self, ToSql, Transaction};

use crate::{Records, Result, Row, Value};

pub(crate) struct OnSqlite<'a>(pub(crate) &'a Transaction<'a>);

impl OnSqlite<'_> {
    fn statement(&self, sql: &str, values: &[Value]) -> rusqlite::Result<rusqlite::CachedStatement<'_>> {
        let mut statement = self.0.prepare_cached(sql)?;
        for (at, value) in values.iter().enumerate() {
            // `$1` is a name like any other here.
            if let Some(index) = statement.parameter_index(&format!("${}", at + 1))? {
                statement.raw_bind_parameter(index, value)?;
            }
        }
        Ok(statement)
    }
}

impl Records for OnSqlite<'_> {
    fn rows(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>> {
        let mut statement = self.statement(sql, values)?;
        let columns = statement.column_count();
        let mut found = Vec::new();
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            let values = (0..columns).map(|at| row.get_ref(at).map(value));
            found.push(Row(values.collect::<rusqlite::Result<_>>()?));
        }
        Ok(found)
    }

    fn run(&mut self, sql: &str, values: &[Value]) -> Result<u64> {
        Ok(self.statement(sql, values)?.raw_execute()? as u64)
    }
}

fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Nothing,
        ValueRef::Integer(number) => Value::Number(number),
        ValueRef::Real(number) => Value::Text(number.to_string()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Value::Text(String::from_utf8_lossy(bytes).into_owned()),
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Nothing => rusqlite::types::Null.into(),
            Self::Number(number) => (*number).into(),
            Self::Text(text) => text.as_str().into(),
            Self::Flag(flag) => (*flag).into(),
        })
    }
}
