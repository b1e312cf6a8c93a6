//! What one sort or hash may take before it goes to the disk.

use super::{MEGA, Setting};
use crate::tune::amount::Amount;
use crate::tune::profile::Profile;

/// How many sorts and hashes a session has at once.
const SORTS: u64 = 3;

pub(super) const SETTING: Setting = Setting {
    name: "work_mem",
    why: "what is left, shared among all connections, each of which sorts and hashes several times at once",
    amount: |ground| {
        let sharers = (ground.connections + ground.workers()) * SORTS;
        let share = (ground.memory - ground.memory / 4) / sharers.max(1);
        let share = match ground.profile {
            Profile::Web | Profile::Oltp => share,
            Profile::Dw | Profile::Mixed => share / 2,
            Profile::Desktop => share / 6,
        };
        Some(Amount::Bytes(share.clamp(4 * MEGA, 1024 * MEGA)))
    },
};
