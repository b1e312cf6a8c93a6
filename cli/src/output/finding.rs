//! A finding of `migrate lint` as people read it.

use mainstay::lint::Finding;
use mainstay::plan::Severity;

use super::Output;
use super::report::at;
use super::width::width;
use super::words::printable;

/// Columns that a finding is laid out for where nothing says how many there are.
const WIDTH: usize = 80;

/// The whole of `finding`, several lines: the sentence and the rule, the place with a caret, the table, why, and what to do.
pub(crate) fn finding(finding: &Finding, output: &Output) -> String {
    let paint = output.paint_result();
    let columns = output.width.unwrap_or(WIDTH);
    let (name, label) = match finding.severity {
        Severity::Note => ("note", paint.strong("note:")),
        Severity::Warning => ("warning", paint.odd("warning:")),
        Severity::Error => ("error", paint.bad("error:")),
    };
    let mut text = labelled(&label, name, &printable(&finding.message), columns);
    for line in at(&finding.place, columns, paint) {
        text.push_str(&line);
        text.push('\n');
    }
    if let Some(table) = &finding.table {
        text.push_str(&labelled(&paint.dim("table:"), "table", &printable(&table.told()), columns));
    }
    text.push_str(&labelled(&paint.dim("why:"), "why", &finding.why, columns));
    text.push_str(&labelled(&paint.next("instead:"), "instead", &printable(&finding.instead), columns));
    text.push_str(&format!("{} {}\n", paint.dim("rule:"), finding.rule));
    text
}

/// `label text`, its words in as many lines as they need; those after the first stand two columns in.
fn labelled(label: &str, name: &str, text: &str, columns: usize) -> String {
    let mut lines = label.to_owned();
    let mut at = name.len() + 1;
    for word in text.split(' ') {
        let wide: usize = word.chars().map(width).sum();
        if at + 1 + wide > columns && at > 2 {
            lines.push_str("\n ");
            at = 1;
        }
        lines.push(' ');
        lines.push_str(word);
        at += 1 + wide;
    }
    lines.push('\n');
    lines
}
