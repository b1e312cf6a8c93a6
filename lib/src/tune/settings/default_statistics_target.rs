//! How finely ANALYZE looks.

use super::Setting;
use crate::tune::amount::Amount;
use crate::tune::profile::Profile;

pub(super) const SETTING: Setting = Setting {
    name: "default_statistics_target",
    why: "long queries over many rows are worth finer statistics",
    amount: |ground| (ground.profile == Profile::Dw).then_some(Amount::Count(500)),
};
