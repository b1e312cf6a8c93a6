//! What there is to say of a check, as a page of Markdown.

use std::fmt::Write;

use crate::error::{Error, ErrorKind, Result};

use super::check::{Check, SeenBy};
use super::checks::CHECKS;

/// The page of the check of that name.
///
/// # Errors
/// [`ErrorKind::Usage`]: there is none.
pub fn page(name: &str) -> Result<String> {
    CHECKS.iter().find(|check| check.name == name).map(|check| of(check)).ok_or_else(|| {
        Error::new(ErrorKind::Usage, format!("there is no check `{name}`"))
            .hint("all of them: mainstay doctor --explain all")
    })
}

/// The pages of all checks.
pub fn pages() -> String {
    let mut text =
        String::from("# Checks of `doctor`\n\nEach example brings about what the check finds, in an empty database.\n");
    for check in CHECKS {
        let _ = write!(text, "\n#{}", of(check));
    }
    text
}

fn of(check: &Check) -> String {
    let mut text = format!("# `{}`\n\n{} ({}). {}\n", check.name, check.title, check.severity.word(), check.why);
    if check.since > 0 {
        let _ = writeln!(text, "\nFrom PostgreSQL {} on.", check.since / 10_000);
    }
    if check.seen_by == SeenBy::Superuser {
        text.push_str("\nA superuser alone may look.\n");
    }
    if !check.example.is_empty() {
        let _ = writeln!(text, "\n```sql\n{};\n```", check.example.join(";\n"));
    }
    text
}
