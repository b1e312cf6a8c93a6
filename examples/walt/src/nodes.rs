//! Nodes: devices that boot an image. Switches: devices that nodes hang on.

use tokio_postgres::GenericClient;

use crate::Result;

/// Says of a device that it is a node of this model, booting this image; both must be known.
pub async fn boot(db: &impl GenericClient, mac: &str, model: &str, image: &str) -> Result<()> {
    let sql = "INSERT INTO nodes (mac, image, model) VALUES ($1, $2, $3)
        ON CONFLICT (mac) DO UPDATE SET image = excluded.image, model = excluded.model";
    db.execute(sql, &[&mac, &image, &model]).await?;
    Ok(())
}

/// The image that a node boots.
pub async fn image(db: &impl GenericClient, mac: &str) -> Result<Option<String>> {
    let row = db.query_opt("SELECT image FROM nodes WHERE mac = $1", &[&mac]).await?;
    row.map_or(Ok(None), |row| row.try_get(0))
}

/// Says of a device that it is a switch of this model.
pub async fn switch(db: &impl GenericClient, mac: &str, model: &str) -> Result<()> {
    let sql =
        "INSERT INTO switches (mac, model) VALUES ($1, $2) ON CONFLICT (mac) DO UPDATE SET model = excluded.model";
    db.execute(sql, &[&mac, &model]).await?;
    Ok(())
}
