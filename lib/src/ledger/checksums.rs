//! Checksums of applied files for ledgers that have no place for them: settings of Mainstay's own, `checksum:VERSION`.

use crate::sql::Flavor;

use super::{set_setting, table};

const PREFIX: &str = "checksum:";

/// The statement that remembers `checksum` for `version`.
pub fn remember_checksum(flavor: Flavor, version: &str, checksum: &str) -> String {
    set_setting(flavor, &format!("{PREFIX}{version}"), checksum)
}

/// A query for every version that has one: version, checksum.
pub fn checksums_query(flavor: Flavor) -> String {
    let from = PREFIX.len() + 1;
    format!("SELECT substr(name, {from}), value FROM {} WHERE name LIKE '{PREFIX}%'", table(flavor, "setting"))
}
