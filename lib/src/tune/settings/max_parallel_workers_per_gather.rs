//! How many one query may have.

use super::{FEW, MOST, Setting};
use crate::tune::amount::Amount;
use crate::tune::profile::Profile;

pub(super) const SETTING: Setting = Setting {
    name: "max_parallel_workers_per_gather",
    why: "half of the processors for one query; no more than four where many run at once",
    amount: |ground| {
        let half = ground.processors.min(MOST).div_ceil(2);
        let workers = if ground.profile == Profile::Dw { half } else { half.min(4) };
        (ground.processors >= FEW).then_some(Amount::Count(workers))
    },
};
