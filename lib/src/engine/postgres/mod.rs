//! PostgreSQL through tokio-postgres.

use super::{Context, Session};
use crate::conn::PostgresTarget;

/// Connects: every host in turn, TLS as asked, the session's attributes checked.
pub async fn connect(target: &PostgresTarget, context: &Context) -> crate::Result<PostgresSession> {
    let _ = (target, context);
    todo!()
}

/// A session on a PostgreSQL server.
pub struct PostgresSession {}

#[async_trait::async_trait]
impl Session for PostgresSession {
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
