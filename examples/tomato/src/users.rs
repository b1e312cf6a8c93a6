//! Users, known by their name and where they come from.

use crate::{Records, Result};

/// Enters a user, or finds the one that is there.
pub fn enter(db: &mut dyn Records, name: &str, origin: &str) -> Result<i64> {
    let sql = "INSERT INTO tomato_user (name, origin) VALUES ($1, $2)
        ON CONFLICT (name, origin) DO UPDATE SET name = excluded.name RETURNING id";
    db.rows(sql, &[name.into(), origin.into()])?[0].number(0)
}
