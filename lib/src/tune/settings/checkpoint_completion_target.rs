//! Over which part of the time a checkpoint is spread.

use super::Setting;
use crate::tune::amount::Amount;

pub(super) const SETTING: Setting = Setting {
    name: "checkpoint_completion_target",
    why: "a checkpoint is spread over the whole time until the next; from 14 on it is so by default",
    amount: |_| Some(Amount::Ratio(0.9)),
};
