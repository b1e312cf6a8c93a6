//! How many pages a bitmap scan asks for ahead.

use super::Setting;
use crate::tune::amount::Amount;
use crate::tune::ground::Disk;

pub(super) const SETTING: Setting = Setting {
    name: "effective_io_concurrency",
    why: "how many requests the disk serves at once; from 18 on the default is right for both kinds",
    amount: |ground| match ground.disk {
        _ if ground.version >= 180_000 => None,
        Disk::Hdd => Some(Amount::Count(2)),
        Disk::Ssd => Some(Amount::Count(200)),
    },
};
