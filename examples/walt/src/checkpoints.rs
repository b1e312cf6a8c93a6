//! Checkpoints: moments that a user has named, to ask for logs since or until then.

use std::time::SystemTime;

use tokio_postgres::GenericClient;
use tokio_postgres::error::SqlState;

use crate::Result;

/// Names a moment; `false` where the user has one of that name, which stays as it is.
pub async fn add(db: &impl GenericClient, user: &str, name: &str, at: SystemTime) -> Result<bool> {
    let sql = "INSERT INTO checkpoints (username, name, \"timestamp\") VALUES ($1, $2, $3)";
    match db.execute(sql, &[&user, &name, &at]).await {
        Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => Ok(false),
        done => done.map(|_| true),
    }
}

/// The moment that a user has named so.
pub async fn at(db: &impl GenericClient, user: &str, name: &str) -> Result<Option<SystemTime>> {
    let sql = "SELECT \"timestamp\" FROM checkpoints WHERE username = $1 AND name = $2";
    let row = db.query_opt(sql, &[&user, &name]).await?;
    row.map_or(Ok(None), |row| row.try_get(0))
}

/// The names that a user has given, in order of time.
pub async fn of_user(db: &impl GenericClient, user: &str) -> Result<Vec<String>> {
    let sql = "SELECT name FROM checkpoints WHERE username = $1 ORDER BY \"timestamp\", name";
    db.query(sql, &[&user]).await?.iter().map(|row| row.try_get(0)).collect()
}

/// Forgets one; `false` where there was none.
pub async fn remove(db: &impl GenericClient, user: &str, name: &str) -> Result<bool> {
    let sql = "DELETE FROM checkpoints WHERE username = $1 AND name = $2";
    Ok(db.execute(sql, &[&user, &name]).await? == 1)
}
