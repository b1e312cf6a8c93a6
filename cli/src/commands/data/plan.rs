//! What a load will do and has done, in words.

use std::time::Duration;

use mainstay::catalog::Name;
use mainstay::data::{Loaded, Plan};

use crate::output::words;

/// What loading will do.
pub(super) fn foreseen(plan: &Plan) -> String {
    let tables = words::plural(plan.tables.len(), "table");
    let mut text = match plan.rows() {
        Some(count) => format!("would load {} into {tables}\n", rows(count)),
        None => format!("would load rows into {tables}\n"),
    };
    for table in &plan.tables {
        let rows = table.rows.map(|count| format!(": {}", rows(count))).unwrap_or_default();
        text.push_str(&format!("  {}{rows}\n", shown(&table.full_name())));
    }
    for key in &plan.late_keys {
        let columns = words::printable(&key.columns.join(", "));
        text.push_str(&format!("the key of {} ({columns}) is checked at the end\n", shown(&key.table)));
    }
    for one in &plan.silenced {
        text.push_str(&format!("the trigger {} of {} does not fire\n", words::printable(&one.name), shown(&one.table)));
    }
    text
}

/// What was loaded; `done` is the word for it.
pub(super) fn loaded(loaded: &Loaded, done: &str) -> String {
    let skipped = match loaded.skipped {
        0 => String::new(),
        count => format!(", skipped {} that had been there", words::count(count)),
    };
    let mut text = format!(
        "{done} {} of {}{skipped} ({})\n",
        rows(loaded.rows),
        words::plural(loaded.tables.len(), "table"),
        words::duration(Duration::from_secs_f64(loaded.seconds)),
    );
    let updated: u64 = loaded.tables.iter().map(|table| table.updated).sum();
    if updated > 0 {
        let new = words::count(loaded.rows - updated);
        text.push_str(&format!("new: {new}, updated: {}\n", words::count(updated)));
    }
    if loaded.earlier > 0 {
        text.push_str(&format!("an earlier load had brought in {}\n", rows(loaded.earlier)));
    }
    text
}

/// `1 row`, `12,000 rows`.
pub(super) fn rows(count: u64) -> String {
    format!("{} {}", words::count(count), if count == 1 { "row" } else { "rows" })
}

fn shown(name: &Name) -> String {
    words::printable(&format!("{}.{}", name.schema, name.name))
}
