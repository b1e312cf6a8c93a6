//! Images that nodes boot, named `user/name:tag`.

use tokio_postgres::GenericClient;
use tokio_postgres::error::SqlState;

use crate::Result;

/// An image, and how many nodes boot it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// `user/name:tag`.
    pub fullname: String,
    /// Nodes that boot it.
    pub nodes: i64,
}

/// Enters an image; entering it again changes nothing.
pub async fn add(db: &impl GenericClient, fullname: &str) -> Result<()> {
    db.execute("INSERT INTO images (fullname) VALUES ($1) ON CONFLICT DO NOTHING", &[&fullname]).await?;
    Ok(())
}

/// The images of one user.
pub async fn of_user(db: &impl GenericClient, user: &str) -> Result<Vec<Image>> {
    let sql = "SELECT fullname, count(nodes.mac) FROM images LEFT JOIN nodes ON nodes.image = fullname
        WHERE starts_with(fullname, $1 || '/') GROUP BY fullname ORDER BY fullname";
    let rows = db.query(sql, &[&user]).await?;
    rows.iter().map(|row| Ok(Image { fullname: row.try_get(0)?, nodes: row.try_get(1)? })).collect()
}

/// Removes an image; `false` where a node still boots it, and then it stays.
pub async fn remove(db: &impl GenericClient, fullname: &str) -> Result<bool> {
    match db.execute("DELETE FROM images WHERE fullname = $1", &[&fullname]).await {
        Err(error) if error.code() == Some(&SqlState::FOREIGN_KEY_VIOLATION) => Ok(false),
        done => done.map(|_| true),
    }
}
