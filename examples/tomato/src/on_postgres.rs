//! Records on a PostgreSQL server, for a thread that may block.

use bytes::BytesMut;
use mainstay::tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use mainstay::tokio_postgres::{self, Client, Transaction};
use tokio::runtime::Handle;

use crate::{AnyError, Records, Result, Row, Value};

pub(crate) struct OnPostgres<'a> {
    transaction: Transaction<'a>,
    runtime: Handle,
}

impl<'a> OnPostgres<'a> {
    pub(crate) fn begin(client: &'a mut Client) -> Result<Self> {
        let runtime = Handle::current();
        Ok(Self { transaction: runtime.block_on(client.transaction())?, runtime })
    }

    pub(crate) fn commit(self) -> Result<()> {
        Ok(self.runtime.block_on(self.transaction.commit())?)
    }
}

fn parameters(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(|value| value as _).collect()
}

impl Records for OnPostgres<'_> {
    fn rows(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>> {
        let rows = self.runtime.block_on(self.transaction.query(sql, &parameters(values)))?;
        rows.iter().map(row).collect()
    }

    fn run(&mut self, sql: &str, values: &[Value]) -> Result<u64> {
        Ok(self.runtime.block_on(self.transaction.execute(sql, &parameters(values)))?)
    }
}

fn row(row: &tokio_postgres::Row) -> Result<Row> {
    let value = |at: usize| -> Result<Value> {
        let column = row.columns()[at].type_();
        let value = match *column {
            Type::BOOL => row.try_get::<_, Option<bool>>(at)?.map(Value::Flag),
            Type::INT2 => row.try_get::<_, Option<i16>>(at)?.map(|number| Value::Number(number.into())),
            Type::INT4 => row.try_get::<_, Option<i32>>(at)?.map(|number| Value::Number(number.into())),
            Type::INT8 => row.try_get::<_, Option<i64>>(at)?.map(Value::Number),
            _ => row.try_get::<_, Option<String>>(at)?.map(Value::Text),
        };
        Ok(value.unwrap_or(Value::Nothing))
    };
    Ok(Row((0..row.len()).map(value).collect::<Result<_>>()?))
}

impl ToSql for Value {
    fn to_sql(&self, column: &Type, out: &mut BytesMut) -> std::result::Result<IsNull, AnyError> {
        match self {
            Self::Nothing => Ok(IsNull::Yes),
            Self::Flag(flag) => flag.to_sql(column, out),
            Self::Text(text) => text.to_sql(column, out),
            Self::Number(number) => match *column {
                Type::INT2 => i16::try_from(*number)?.to_sql(column, out),
                Type::INT4 => i32::try_from(*number)?.to_sql(column, out),
                _ => number.to_sql(column, out),
            },
        }
    }

    /// Whether it fits is seen when it is written.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
