//! Which programs a private server is made with, and how it is set.

use crate::error::Result;
use crate::tool::{Binaries, find_binaries};

/// Durability is of no use to a server that goes with what is in it.
pub const HASTE: [(&str, &str); 3] = [("fsync", "off"), ("synchronous_commit", "off"), ("full_page_writes", "off")];

/// Programs that a private server needs.
const PROGRAMS: [&str; 3] = ["postgres", "initdb", "pg_ctl"];

/// The programs for a private server that is to be like one of the `major` version: those of that version, else of the next newer
/// one, else the newest. `search_path` is the value of PATH.
///
/// # Errors
/// There are none on this machine.
pub fn server_programs(search_path: &str, major: Option<u32>) -> Result<Binaries> {
    find_binaries(search_path, &PROGRAMS).map(|found| fitting(found, major))
}

fn fitting(mut found: Vec<Binaries>, major: Option<u32>) -> Binaries {
    let at = major.and_then(|major| found.iter().rposition(|binaries| binaries.major >= major));
    found.swap_remove(at.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_of_the_servers_version_are_taken_where_there_are_any() {
        let found = || {
            [18, 16, 15]
                .map(|major| Binaries { bin: format!("/{major}").into(), major, version: major.to_string() })
                .to_vec()
        };
        let fits = |version| fitting(found(), version).major;
        assert_eq!([fits(None), fits(Some(15)), fits(Some(17)), fits(Some(19)), fits(Some(13))], [18, 15, 18, 18, 15]);
    }
}
