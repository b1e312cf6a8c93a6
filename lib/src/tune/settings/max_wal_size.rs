//! How much is written between two checkpoints.

use super::{GIGA, MEGA, Setting};
use crate::tune::amount::Amount;
use crate::tune::profile::Profile;

pub(super) const SETTING: Setting = Setting {
    name: "max_wal_size",
    why: "checkpoints come by time and not in the middle of the work; a tenth of the free disk at most",
    amount: |ground| {
        let most = match ground.profile {
            Profile::Web | Profile::Mixed => 4,
            Profile::Oltp => 8,
            Profile::Dw => 16,
            Profile::Desktop => 2,
        };
        let room = ground.free_disk.map_or(u64::MAX, |free| free / 10);
        Some(Amount::Bytes((most * GIGA).min(room).max(256 * MEGA).max(8 * ground.segment)))
    },
};
