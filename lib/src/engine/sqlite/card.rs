//! What the holder of a lock writes into its file: process, program, since when.

use crate::engine::Holder;

/// Our own card, for a program of that name.
pub(super) fn own(program: &str) -> String {
    let since = jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M:%S UTC");
    format!("{}\n{}\n{since}\n", std::process::id(), program.replace('\n', " "))
}

/// Who wrote `card`.
pub(super) fn holder(card: &str) -> Holder {
    let mut lines = card.lines();
    let pid: i64 = lines.next().and_then(|line| line.parse().ok()).unwrap_or(0);
    let program = lines.next().filter(|line| !line.is_empty()).unwrap_or("another program");
    let since = lines.next().map(|time| format!(" since {time}")).unwrap_or_default();
    Holder { pid, description: format!("{program}, process {pid}{since}") }
}
