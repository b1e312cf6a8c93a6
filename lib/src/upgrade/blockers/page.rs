//! What there is to say of the blockers, as a page of Markdown.

use std::fmt::Write;

use super::BLOCKERS;
use super::blocker::{Blocker, Look};

/// The page of all blockers.
pub fn pages() -> String {
    let mut text = String::from(
        "# What keeps a cluster from being upgraded\n\nAll of it is looked for while the old server still runs. An error stops \
         the upgrade before anything was stopped; a warning or a note is said. Each example brings about what is found, in an \
         empty database.\n",
    );
    for blocker in BLOCKERS {
        of(blocker, &mut text);
    }
    text
}

fn of(blocker: &Blocker, text: &mut String) {
    let _ =
        write!(text, "\n## `{}`\n\n{} ({}). {}\n", blocker.name, blocker.title, blocker.severity.word(), blocker.why);
    let between = match (blocker.old_before, blocker.new_from) {
        (Some(old), Some(new)) if old == new => format!("\nFrom a version before {old} to {new} or later.\n"),
        (Some(old), _) => format!("\nFrom a version before {old}.\n"),
        (None, Some(new)) => format!("\nTo {new} or later.\n"),
        (None, None) => String::new(),
    };
    text.push_str(&between);
    if matches!(blocker.look, Look::Databases(_) | Look::SiftedDatabases(..)) {
        text.push_str("\nLooked for in every database.\n");
    }
    if !blocker.example.is_empty() {
        let _ = writeln!(text, "\n```sql\n{};\n```", blocker.example.join(";\n"));
    }
}
