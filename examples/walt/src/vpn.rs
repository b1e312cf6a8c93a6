//! Nodes behind a VPN. A key that was revoked stays on record: a row that is gone could not refuse anybody.

use tokio_postgres::GenericClient;

use crate::Result;

/// What a device at the far end of the VPN was given.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    /// MAC address of its VPN interface.
    pub vpnmac: &'a str,
    /// Its certificate.
    pub certificate: &'a str,
    /// The certificate's number.
    pub certid: &'a str,
    /// What people call the device.
    pub label: &'a str,
}

/// Records a key that was given out.
pub async fn authorise(db: &impl GenericClient, key: Key<'_>) -> Result<()> {
    let sql = "INSERT INTO vpnauth (vpnmac, pubkeycert, certid, device_label) VALUES ($1, $2, $3, $4)";
    db.execute(sql, &[&key.vpnmac, &key.certificate, &key.certid, &key.label]).await?;
    Ok(())
}

/// Says which node uses a key.
pub async fn assign(db: &impl GenericClient, vpnmac: &str, node: &str) -> Result<()> {
    db.execute("INSERT INTO vpnnodes (mac, vpnmac) VALUES ($1, $2)", &[&node, &vpnmac]).await?;
    Ok(())
}

/// Takes a key's rights away for good.
pub async fn revoke(db: &impl GenericClient, vpnmac: &str) -> Result<bool> {
    Ok(db.execute("UPDATE vpnauth SET revoked = true WHERE vpnmac = $1", &[&vpnmac]).await? == 1)
}

/// May this certificate come in?
pub async fn may_enter(db: &impl GenericClient, certid: &str) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT FROM vpnauth WHERE certid = $1 AND revoked IS NOT TRUE)";
    db.query_one(sql, &[&certid]).await?.try_get(0)
}
