//! The result on stdout, everything else on stderr.

pub mod json;
pub mod progress;
pub mod rows;
pub mod table;
pub mod words;

mod excerpt;
mod finding;
mod github;
mod page;
mod paint;
mod report;
mod width;

pub(crate) use finding::finding;
pub(crate) use github::annotation;
pub(crate) use page::Page;
pub(crate) use paint::Paint;
pub use report::report;
pub use table::Table;

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};

use crate::args::Color;
use crate::env;
use crate::error::CliError;

/// Columns that errors are laid out for where nothing says how many there are.
const WIDTH_OF_NOTHING: usize = 120;
/// Columns that help is laid out for at most: longer lines are hard to read.
const WIDTH_OF_HELP: usize = 100;

/// What the two output streams are and how to write to them.
#[derive(Clone, Debug)]
pub struct Output {
    /// One JSON object instead of text.
    pub json: bool,
    /// Is stdout a terminal?
    pub terminal: bool,
    /// May a line on stderr be drawn over?
    pub animated: bool,
    /// Columns, where a terminal or `COLUMNS` says so.
    pub width: Option<usize>,
    color: (bool, bool),
}

impl Output {
    /// Looks at the streams, the variables and what the user asked for.
    pub fn detect(vars: &BTreeMap<String, String>, color: Color, json: bool) -> Self {
        let (out, err) = (std::io::stdout().is_terminal(), std::io::stderr().is_terminal());
        let dumb = vars.get(env::TERM).is_some_and(|term| term == "dumb");
        Self {
            json,
            terminal: out,
            animated: err && !dumb,
            width: columns(vars),
            color: (wants_color(vars, color, out), wants_color(vars, color, err)),
        }
    }

    /// The same for the terminal as wide as it is now.
    pub(crate) fn measured_again(&self, vars: &BTreeMap<String, String>) -> Self {
        Self { width: columns(vars), ..self.clone() }
    }

    /// Writes bytes of the result to stdout.
    ///
    /// # Errors
    /// [`CliError::BrokenPipe`] where the reader is gone, else the system's error.
    pub fn write(&self, bytes: &[u8]) -> Result<(), CliError> {
        let mut out = std::io::stdout().lock();
        out.write_all(bytes).and_then(|()| out.flush())?;
        Ok(())
    }

    /// Writes text to stderr. An error there has nowhere to be told.
    pub fn say(&self, text: &str) {
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    }

    /// Paints what goes to stderr.
    pub(crate) fn paint(&self) -> Paint {
        Paint(self.color.1)
    }

    /// Paints what goes to stdout.
    pub(crate) fn paint_result(&self) -> Paint {
        Paint(self.color.0)
    }

    /// Columns to lay errors out for.
    pub(crate) fn error_width(&self) -> usize {
        self.width.unwrap_or(WIDTH_OF_NOTHING)
    }

    /// Columns to lay help out for.
    pub(crate) fn help_width(&self) -> usize {
        self.width.unwrap_or(WIDTH_OF_HELP).min(WIDTH_OF_HELP)
    }
}

/// Colour on a stream: the flag, then the variables, then whether it is a terminal.
fn wants_color(vars: &BTreeMap<String, String>, color: Color, terminal: bool) -> bool {
    let set = |name: &str| vars.get(name).is_some_and(|value| !value.is_empty());
    let forced = |name: &str| set(name) && vars[name] != "0";
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if set(env::NO_COLOR) => false,
        Color::Auto if forced(env::CLICOLOR_FORCE) || forced(env::FORCE_COLOR) => true,
        Color::Auto => terminal && vars.get(env::TERM).is_none_or(|term| term != "dumb"),
    }
}

/// Columns as `COLUMNS` says, else as the terminal says.
fn columns(vars: &BTreeMap<String, String>) -> Option<usize> {
    let said = vars.get(env::COLUMNS).and_then(|text| text.trim().parse().ok());
    let asked = || {
        rustix::termios::tcgetwinsize(std::io::stdout())
            .or_else(|_| rustix::termios::tcgetwinsize(std::io::stderr()))
            .ok()
            .map(|size| usize::from(size.ws_col))
    };
    said.or_else(asked).filter(|columns| *columns > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn color(vars: &[(&str, &str)], color: Color, terminal: bool) -> bool {
        let vars = vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        wants_color(&vars, color, terminal)
    }

    #[test]
    fn color_goes_by_flag_then_variables_then_terminal() {
        assert!(color(&[], Color::Auto, true));
        assert!(!color(&[], Color::Auto, false));
        assert!(!color(&[("NO_COLOR", "1")], Color::Auto, true));
        assert!(color(&[("NO_COLOR", "")], Color::Auto, true));
        assert!(color(&[("NO_COLOR", "1")], Color::Always, false));
        assert!(color(&[("CLICOLOR_FORCE", "1")], Color::Auto, false));
        assert!(!color(&[("FORCE_COLOR", "0")], Color::Auto, false));
        assert!(!color(&[("TERM", "dumb")], Color::Auto, true));
        assert!(!color(&[("FORCE_COLOR", "1")], Color::Never, true));
    }
}
