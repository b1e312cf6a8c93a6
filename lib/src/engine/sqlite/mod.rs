//! SQLite through rusqlite, on a thread of its own.

use super::{Context, Session};
use crate::conn::SqliteTarget;

/// Opens the file, making it if it is missing.
pub async fn open(target: &SqliteTarget, context: &Context) -> crate::Result<SqliteSession> {
    let _ = (target, context);
    todo!()
}

/// A session on an SQLite file.
pub struct SqliteSession {}

#[async_trait::async_trait]
impl Session for SqliteSession {
    fn flavor(&self) -> crate::sql::Flavor {
        todo!()
    }
    fn server(&self) -> &super::ServerInfo {
        todo!()
    }
    async fn query(&mut self, _sql: &str) -> crate::Result<Vec<super::Row>> {
        todo!()
    }
    async fn run(&mut self, _statement: &crate::sql::Statement<'_>) -> crate::Result<()> {
        todo!()
    }
    async fn fly(&mut self, _flight: super::Flight<'_>) -> Result<(), super::FlightError> {
        todo!()
    }
    async fn try_lock(&mut self, _name: &str) -> crate::Result<bool> {
        todo!()
    }
    async fn unlock(&mut self, _name: &str) -> crate::Result<()> {
        todo!()
    }
    async fn lock_holder(&mut self, _name: &str) -> crate::Result<Option<super::Holder>> {
        todo!()
    }
    async fn blockers(&mut self) -> crate::Result<Vec<super::Holder>> { todo!() }
    async fn catalog(&mut self) -> crate::Result<crate::catalog::Catalog> {
        todo!()
    }
    async fn close(self: Box<Self>) {}
}
