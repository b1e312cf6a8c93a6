//! Accounts, and what they have paid.

use tokio_postgres::GenericClient;

use crate::Result;

/// Enters an account, unless it is there.
pub async fn sign_up(db: &impl GenericClient, email: &str) -> Result<()> {
    db.execute("INSERT INTO accounts (email) VALUES ($1) ON CONFLICT DO NOTHING", &[&email]).await?;
    Ok(())
}

/// Whether somebody who pays in advance has paid for `months` of what they run. A payment that was taken back counts no
/// longer; it stays on record.
pub async fn has_paid_for(db: &impl GenericClient, email: &str, months: i32) -> Result<bool> {
    let sql = "SELECT coalesce((SELECT sum(dollars) FROM payments WHERE email = $1 AND NOT invalidated), 0)
        >= $2::int * coalesce((SELECT sum(dollars_per_month) FROM vms JOIN vm_sizes ON vm_sizes.id = vms.size
            WHERE email = $1 AND deleted IS NULL), 0)";
    db.query_one(sql, &[&email, &months]).await?.try_get(0)
}
