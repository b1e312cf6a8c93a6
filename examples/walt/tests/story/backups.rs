//! Backups: WalT had none.

use std::time::Duration;

use mainstay::backup::{self, Extent, Unlocking};
use mainstay::store;

use crate::ground::Ground;

/// # Backups
///
/// Whoever lost the server lost all that was known of the platform. Now each night takes what one moment had, in three calls or by
/// `mainstay config systemd`; and before a new version changes anything, the same is done.
pub async fn a_backup_every_night(machine: &Ground) {
    let database = machine.database("walt");
    let store = database.backup_store(None).unwrap();
    let order = backup::Order { lock_wait: Duration::from_secs(10), ..database.backup_order(store.as_ref()) };

    let taken = database.create_backup(&order).await.unwrap();

    let logs = taken.manifest.tables.iter().find(|table| table.name == "logs").unwrap();
    assert_eq!(logs.rows.count.to_string(), machine.psql("walt", "SELECT count(*) FROM logs"));
    assert_eq!(taken.manifest.source.migration, machine.version("walt"));
    let observer = &database.context().observer;
    let found = store::find(store.as_ref(), "latest", Some("walt")).await.unwrap();
    let verified = backup::verify(store.as_ref(), &found, &Unlocking::default(), Extent::All, observer).await.unwrap();
    assert!(verified.damages.is_empty() && verified.id == taken.manifest.id, "{verified:?}");

    // Other databases of this story lie there too, each behind the change that it was taken before.
    let listed = store::list(store.as_ref()).await.unwrap();
    let of = |name: &str| listed.iter().filter(|backup| backup.database.as_deref() == Some(name)).count();
    assert_eq!(of("walt_old"), 1);
}
