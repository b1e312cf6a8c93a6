//! The new version is older than the old one by its day of release.

use super::Machine;
use super::blocker::{Blocker, Found, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "minor-older",
    severity: Severity::Error,
    title: "the new version is older than the old one by its day of release",
    why: "What fixes came since then may have put into the catalog, an older minor version cannot make: pg_upgrade passes its check and then fails.",
    old_before: None,
    new_from: None,
    look: Look::Machine(look),
    example: &[],
};

/// Minor versions of all majors come out on one day, once a quarter: how many of them the others had before each began, as
/// 13.23 and 18.1 came together in November 2025, and 14.23, 15.18, 16.14, 17.10 and 18.4 in May 2026.
const BEGAN: [(u32, u32); 6] = [(13, 0), (14, 3), (15, 8), (16, 12), (17, 16), (18, 22)];

fn look(machine: &Machine) -> Vec<Found> {
    let (Some(old), Some(new)) = (quarter(machine.old_number), quarter(machine.new_number)) else { return Vec::new() };
    let older = Found {
        object: format!("PostgreSQL {}", machine.to.version),
        evidence: format!(
            "it came out {} before the old cluster's {}",
            quarters(old - new.min(old)),
            machine.from.version
        ),
        mend: format!("install the newest minor version of {}", machine.to.major),
    };
    if new < old { vec![older] } else { Vec::new() }
}

fn quarters(count: u32) -> String {
    if count == 1 { "a quarter of a year".to_owned() } else { format!("{count} quarters of a year") }
}

/// Which quarter a version came out in, of its number as 150018.
fn quarter(number: u32) -> Option<u32> {
    let (major, minor) = (number / 10_000, number % 10_000);
    let began = BEGAN.iter().find(|(known, _)| *known == major)?.1;
    Some(began + minor)
}

#[cfg(test)]
mod tests {
    use super::quarter;

    #[test]
    fn minors_of_one_day_are_of_one_quarter() {
        for number in [140_023, 150_018, 160_014, 170_010, 180_004] {
            assert_eq!(quarter(number), Some(26), "{number}");
        }
        assert!(quarter(150_020) > quarter(170_010));
        assert_eq!(quarter(990_001), None);
    }
}
