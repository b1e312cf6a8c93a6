//! A program that the upgrade needs is not there.

use super::Machine;
use super::blocker::{Blocker, Found, Look};
use crate::plan::Severity;

pub(super) const BLOCKER: Blocker = Blocker {
    name: "program-missing",
    severity: Severity::Error,
    title: "a program that the upgrade needs is not there",
    why: "pg_upgrade runs the programs of both versions.",
    old_before: None,
    new_from: None,
    look: Look::Machine(look),
    example: &[],
};

/// What pg_upgrade looks for on both sides, and what is started besides.
const OLD: [&str; 4] = ["postgres", "pg_ctl", "pg_controldata", "pg_resetwal"];
const NEW: [&str; 10] = [
    "postgres",
    "pg_ctl",
    "pg_controldata",
    "pg_resetwal",
    "initdb",
    "pg_upgrade",
    "pg_dump",
    "pg_dumpall",
    "pg_restore",
    "psql",
];

fn look(machine: &Machine) -> Vec<Found> {
    let sides = [(&machine.from, &OLD[..]), (&machine.to, &NEW[..])];
    let missing = |(binaries, programs): (&crate::tool::Binaries, &[&str])| {
        let lacks: Vec<&str> =
            programs.iter().copied().filter(|program| !binaries.program(program).is_file()).collect();
        (!lacks.is_empty()).then(|| Found {
            object: binaries.bin.display().to_string(),
            evidence: format!("it has no {}", lacks.join(", ")),
            mend: format!("install PostgreSQL {} whole, or name another folder: --bin, --to-bin", binaries.major),
        })
    };
    sides.into_iter().filter_map(missing).collect()
}
