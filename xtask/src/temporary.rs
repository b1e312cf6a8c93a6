//! Where the servers of a run lie: in memory, where there is enough of it.
//!
//! The tests make thousands of databases of some 300 files each, and making one takes a third of the time there.

use std::process::Command;

use crate::repo;

const MEMORY: &str = "/dev/shm";
/// What the largest test program leaves behind until it ends, and as much again to work in.
const NEEDED: u64 = 8 << 30;

/// Names the folder for temporary files to `command`, unless whoever runs us has named one.
pub fn lay(command: &mut Command) {
    if std::env::var_os("TMPDIR").is_none() && free().is_some_and(|bytes| bytes >= NEEDED) {
        command.env("TMPDIR", MEMORY);
    }
}

/// Bytes that [`MEMORY`] may take; `None` where there is no such thing.
fn free() -> Option<u64> {
    let df = repo::output(Command::new("df").args(["--block-size=1", "--output=fstype,avail", MEMORY])).ok()?;
    let (kind, bytes) = df.lines().nth(1)?.trim().split_once(' ')?;
    let bytes: u64 = bytes.trim().parse().ok()?;
    let available = std::fs::read_to_string("/proc/meminfo").ok()?;
    let kib = available.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?.trim().strip_suffix("kB")?;
    let memory = kib.trim().parse::<u64>().ok()? << 10;
    (kind == "tmpfs").then_some(bytes.min(memory))
}
