//! How many of them queries may have.

use super::{FEW, MOST, Setting};
use crate::tune::amount::Amount;

pub(super) const SETTING: Setting = Setting {
    name: "max_parallel_workers",
    why: "as many as processors",
    amount: |ground| (ground.processors >= FEW).then_some(Amount::Count(ground.processors.min(MOST))),
};
