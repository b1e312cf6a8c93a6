//! What VACUUM, CREATE INDEX and a restore may take, each.

use super::{MEGA, Setting};
use crate::tune::amount::Amount;
use crate::tune::profile::Profile;

pub(super) const SETTING: Setting = Setting {
    name: "maintenance_work_mem",
    why: "VACUUM, CREATE INDEX and a restore go through their data once instead of several times",
    amount: |ground| {
        let part = if ground.profile == Profile::Dw { 8 } else { 16 };
        Some(Amount::Bytes((ground.memory / part).clamp(64 * MEGA, 2048 * MEGA)))
    },
};
