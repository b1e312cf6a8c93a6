//! What the planner takes for cached.

use super::Setting;
use crate::tune::amount::Amount;
use crate::tune::profile::Profile;

pub(super) const SETTING: Setting = Setting {
    name: "effective_cache_size",
    why: "what the system caches for it besides: nothing is taken, index scans only look as cheap as they are",
    amount: |ground| {
        let quarters = if ground.profile == Profile::Desktop { 1 } else { 3 };
        Some(Amount::Bytes(ground.memory / 4 * quarters))
    },
};
