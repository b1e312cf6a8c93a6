//! The server's own cache.

use super::{MEGA, Setting};
use crate::tune::amount::Amount;
use crate::tune::profile::Profile;

pub(super) const SETTING: Setting = Setting {
    name: "shared_buffers",
    why: "a quarter of its memory: the rest is the system's cache of the same files",
    amount: |ground| {
        let part = if ground.profile == Profile::Desktop { 16 } else { 4 };
        Some(Amount::Bytes((ground.memory / part).max(16 * MEGA)))
    },
};
