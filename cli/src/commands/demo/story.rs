//! Telling the story: a title and what came of it, one act after the other.

use std::path::Path;
use std::time::Instant;

use mainstay::{Error, ErrorKind};
use serde::Serialize;
use serde_json::json;

use super::project::Project;
use crate::args::Color;
use crate::commands::init::Engine;
use crate::context::{Context, Text};
use crate::error::CliError;
use crate::output::words;
use crate::output::{Output, report};

/// Columns that the story fits into.
const WIDTH: usize = 80;
/// What stands before every line below a title.
const INDENT: &str = "   ";

/// Tells as it happens; with `--json`, all of it at the end.
pub(super) struct Story {
    /// The result's stream, for both colours of ours.
    output: Output,
    acts: Vec<Act>,
    started: Instant,
}

/// A step of the story.
#[derive(Serialize)]
struct Act {
    title: String,
    result: String,
}

impl Story {
    /// Before its first act.
    pub(super) fn new(context: &Context) -> Self {
        let color = if context.output.paint_result().0 { Color::Always } else { Color::Never };
        let columns = std::collections::BTreeMap::from([("COLUMNS".to_owned(), "76".to_owned())]);
        let output = Output::detect(&columns, color, context.output.json);
        Self { output, acts: Vec::new(), started: Instant::now() }
    }

    /// The width that a table has; the gap behind its last column is not printed.
    pub(super) fn width() -> usize {
        WIDTH - INDENT.len() + 2
    }

    /// An act: what is done, and what came of it.
    pub(super) fn act(&mut self, title: &str, result: &str) -> Result<(), CliError> {
        self.acts.push(Act { title: title.to_owned(), result: result.to_owned() });
        if self.output.json {
            return Ok(());
        }
        let number = self.acts.len();
        let mut text = wrap(&format!("{number}. {title}"), INDENT, WIDTH);
        for line in result.lines() {
            text += &wrap(&format!("{INDENT}{line}"), &format!("{INDENT}  "), WIDTH);
        }
        self.output.write((text + "\n").as_bytes())
    }

    /// An act that must fail: the error is its result.
    pub(super) fn refusal<T>(
        &mut self,
        title: &str,
        result: Result<T, Error>,
        project: &Project,
    ) -> Result<(), CliError> {
        match result {
            Ok(_) => Err(Error::new(ErrorKind::Verification, format!("nothing was refused: {title}")).into()),
            Err(error) => self.act(title, &project.inside(&report(&error, &self.output))),
        }
    }

    /// What was shown, and what to type next.
    pub(super) fn end(self, context: &Context, kept: Option<&Path>, engine: Engine) -> Result<(), CliError> {
        let took = words::duration(self.started.elapsed());
        let rest = match (kept, engine) {
            (None, _) => "and nothing of it is left".to_owned(),
            (Some(folder), Engine::Sqlite) => {
                format!("kept in {0}: cd {0} && mainstay status", folder.display())
            }
            (Some(folder), Engine::Postgres) => {
                format!("the files are kept in {}, the server is gone", folder.display())
            }
        };
        let other = match engine {
            Engine::Sqlite => "the same on a private PostgreSQL: mainstay demo --engine postgres\n",
            Engine::Postgres => "",
        };
        let text =
            format!("All of it took {took}, {rest}.\n{other}your own service: mainstay init, then mainstay prepare\n");
        let data = json!({ "acts": self.acts, "seconds": self.started.elapsed().as_secs_f64(), "kept": kept });
        context.answer(data, Text::Lines(text))
    }
}

/// `line` broken between words where it is longer than `width`; what follows is indented by `indent`. What was laid out in
/// columns is left alone: it fits.
fn wrap(line: &str, indent: &str, width: usize) -> String {
    if line.chars().count() <= width {
        return format!("{line}\n");
    }
    let lead = &line[..line.len() - line.trim_start().len()];
    let (mut text, mut used) = (lead.to_owned(), lead.len());
    for (at, word) in line.split_whitespace().enumerate() {
        let length = word.chars().count();
        if at > 0 && used + 1 + length > width {
            text += "\n";
            text += indent;
            used = indent.len();
        } else if at > 0 {
            text += " ";
            used += 1;
        }
        text += word;
        used += length;
    }
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn long_lines_are_broken_between_words() {
        let check = |line: &str, text: &str| assert_eq!(wrap(line, "    ", 20), text, "{line:?}");
        check("  short", "  short\n");
        check("A    B", "A    B\n");
        check("  one two three four five", "  one two three four\n    five\n");
        check("  /a/path/that/is/longer/than/that x", "  /a/path/that/is/longer/than/that\n    x\n");
    }
}
