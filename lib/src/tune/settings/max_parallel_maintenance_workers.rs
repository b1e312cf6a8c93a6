//! How many CREATE INDEX and VACUUM may have.

use super::{FEW, Setting};
use crate::tune::amount::Amount;

pub(super) const SETTING: Setting = Setting {
    name: "max_parallel_maintenance_workers",
    why: "half of the processors for one CREATE INDEX, four at most",
    amount: |ground| (ground.processors >= FEW).then_some(Amount::Count(ground.processors.div_ceil(2).min(4))),
};
