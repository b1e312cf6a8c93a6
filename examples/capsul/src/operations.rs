//! What is to be done on hosts: asked for by the web, taken on by the hub, done by a spoke.

use tokio_postgres::{Client, GenericClient};

use crate::Result;

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its number.
    pub id: i32,
    /// The machine.
    pub vm: String,
    /// `create` or `destroy`.
    pub task: String,
}

/// Asks for a new machine.
pub async fn ask_for_vm(db: &mut Client, vm: &str, email: &str, size: &str) -> Result<()> {
    let work = db.transaction().await?;
    work.execute("INSERT INTO vms (id, email, size) VALUES ($1, $2, $3)", &[&vm, &email, &size]).await?;
    work.execute("INSERT INTO operations (vm, task) VALUES ($1, 'create')", &[&vm]).await?;
    work.commit().await
}

/// The oldest operation that is not done, taken on by the hub with the number `fence`; `None` where there is nothing to do, or a
/// hub with a higher number has it.
pub async fn take_on(db: &impl GenericClient, fence: i64) -> Result<Option<Operation>> {
    let sql = "UPDATE operations SET fence = $1
        WHERE id = (SELECT min(id) FROM operations WHERE done IS NULL) AND done IS NULL AND fence <= $1
        RETURNING id, vm, task";
    let Some(row) = db.query_opt(sql, &[&fence]).await? else { return Ok(None) };
    Ok(Some(Operation { id: row.try_get(0)?, vm: row.try_get(1)?, task: row.try_get(2)? }))
}

/// Notes that `host` has done it; `false` where another hub has taken it on since.
pub async fn done(db: &mut Client, operation: &Operation, host: &str, fence: i64) -> Result<bool> {
    let work = db.transaction().await?;
    let sql = "UPDATE operations SET done = now() WHERE id = $1 AND fence = $2 AND done IS NULL";
    let ours = work.execute(sql, &[&operation.id, &fence]).await? == 1;
    if ours {
        let sql =
            "INSERT INTO hosts (id, last_seen) VALUES ($1, now()) ON CONFLICT (id) DO UPDATE SET last_seen = now()";
        work.execute(sql, &[&host]).await?;
        let host: Option<&str> = (operation.task == "create").then_some(host);
        let sql = "UPDATE vms SET host = $2, deleted = CASE WHEN $2::text IS NULL THEN now() END WHERE id = $1";
        work.execute(sql, &[&operation.vm, &host]).await?;
    }
    work.commit().await?;
    Ok(ours)
}
