//! The log files that are kept to be used again.

use super::{Setting, max_wal_size};
use crate::tune::amount::Amount;
use crate::tune::profile::Profile;

pub(super) const SETTING: Setting = Setting {
    name: "min_wal_size",
    why: "log files are used again instead of made anew; a quarter of max_wal_size",
    amount: |ground| match (max_wal_size::SETTING.amount)(ground) {
        Some(Amount::Bytes(most)) if ground.profile != Profile::Desktop => Some(Amount::Bytes(most / 4)),
        _ => None,
    },
};
