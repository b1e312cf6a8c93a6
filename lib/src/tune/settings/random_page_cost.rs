//! What a page out of order costs the planner.

use super::Setting;
use crate::tune::amount::Amount;
use crate::tune::ground::Disk;

pub(super) const SETTING: Setting = Setting {
    name: "random_page_cost",
    why: "on a disk that does not turn a page out of order costs what the next one does",
    amount: |ground| Some(Amount::Ratio(if ground.disk == Disk::Hdd { 4.0 } else { 1.1 })),
};
