//! Names of switch ports. Only those that a user has chosen are stored.

use tokio_postgres::GenericClient;

use crate::Result;

/// What a port is called that nobody has named.
pub fn default_name(port: i32) -> String {
    format!("port{port}")
}

/// Names a port; its default name takes the row away.
pub async fn rename(db: &impl GenericClient, switch: &str, port: i32, name: &str) -> Result<()> {
    if name == default_name(port) {
        db.execute("DELETE FROM switchports WHERE mac = $1 AND port = $2", &[&switch, &port]).await?;
        return Ok(());
    }
    let sql = "INSERT INTO switchports (mac, port, name) VALUES ($1, $2, $3)
        ON CONFLICT (mac, port) DO UPDATE SET name = excluded.name";
    db.execute(sql, &[&switch, &port, &name]).await?;
    Ok(())
}

/// What a port is called.
pub async fn name(db: &impl GenericClient, switch: &str, port: i32) -> Result<String> {
    let sql = "SELECT name FROM switchports WHERE mac = $1 AND port = $2";
    let row = db.query_opt(sql, &[&switch, &port]).await?;
    row.map_or_else(|| Ok(default_name(port)), |row| row.try_get(0))
}
