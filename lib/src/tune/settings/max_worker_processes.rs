//! How many helpers the whole server may have.

use super::Setting;
use crate::tune::amount::Amount;

pub(super) const SETTING: Setting = Setting {
    name: "max_worker_processes",
    why: "as many as processors; those of extensions are among them, so it is never lowered",
    amount: |ground| Some(Amount::Count(ground.workers())),
};
