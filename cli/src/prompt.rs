//! Asking on the terminal: a password, or yes and no.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};

use mainstay::conn::Secret;
use mainstay::{Error, ErrorKind};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::context::Context;
use crate::error::CliError;

/// The terminal that we were started from, whatever stdin and stdout are.
const TERMINAL: &str = "/dev/tty";

/// Is there a terminal to ask on?
pub fn possible() -> bool {
    File::options().read(true).write(true).open(TERMINAL).is_ok()
}

/// Asks `question` and reads a line that is not shown. Ctrl-C ends the command.
///
/// # Errors
/// There is no terminal; [`CliError::Interrupted`].
pub fn password(question: &str) -> Result<Secret, CliError> {
    let terminal = File::options().read(true).write(true).open(TERMINAL).map_err(|error| {
        Error::new(ErrorKind::Usage, "cannot ask for a password: there is no terminal")
            .source(error)
            .hint("put the password in PGPASSWORD or in ~/.pgpass, and leave out -W")
    })?;
    let hidden = Hidden::new(terminal).map_err(terminal_error)?;
    hidden.write(question.as_bytes()).map_err(terminal_error)?;
    let line = read_line(BufReader::new(&hidden.terminal).bytes()).map_err(terminal_error)?;
    hidden.write(b"\n").map_err(terminal_error)?;
    line.map(Secret::new).ok_or(CliError::Interrupted)
}

/// Whether the user agrees: `--yes` does, a terminal is asked, and without one the answer is no.
///
/// # Errors
/// The terminal cannot be read.
pub fn confirmed(context: &Context, question: &str) -> Result<bool, CliError> {
    if context.globals.yes {
        return Ok(true);
    }
    if context.globals.no_input || !possible() {
        return Ok(false);
    }
    let terminal = File::options().read(true).write(true).open(TERMINAL).map_err(terminal_error)?;
    (&terminal).write_all(format!("{question} [y/N] ").as_bytes()).map_err(terminal_error)?;
    let mut answer = String::new();
    BufReader::new(&terminal).read_line(&mut answer).map_err(terminal_error)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Asks which of `answers` it is, each known by its first letter; `None` for any other line.
///
/// # Errors
/// The terminal cannot be read.
pub fn choice(question: &str, answers: &[&str]) -> Result<Option<usize>, Error> {
    let terminal = File::options().read(true).write(true).open(TERMINAL).map_err(terminal_error)?;
    let list = answers.join("; ");
    (&terminal).write_all(format!("{question}\n[{list}; else stop] ").as_bytes()).map_err(terminal_error)?;
    let mut typed = String::new();
    BufReader::new(&terminal).read_line(&mut typed).map_err(terminal_error)?;
    let first = typed.trim().to_lowercase().chars().next();
    Ok(answers.iter().position(|answer| answer.chars().next() == first && first.is_some()))
}

fn terminal_error(error: std::io::Error) -> Error {
    Error::io("ask on", TERMINAL.as_ref(), error)
}

/// A terminal that shows nothing of what is typed and makes no signals of it, until it is dropped.
struct Hidden {
    terminal: File,
    before: Termios,
}

impl Hidden {
    fn new(terminal: File) -> std::io::Result<Self> {
        let before = tcgetattr(&terminal)?;
        let mut modes = before.clone();
        modes.local_modes -= LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
        tcsetattr(&terminal, OptionalActions::Flush, &modes)?;
        Ok(Self { terminal, before })
    }

    fn write(&self, bytes: &[u8]) -> std::io::Result<()> {
        (&self.terminal).write_all(bytes)
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        let _ = tcsetattr(&self.terminal, OptionalActions::Flush, &self.before);
    }
}

/// Reads up to the line's end, with the keys that a terminal would handle itself; `None` for Ctrl-C.
fn read_line(bytes: impl Iterator<Item = std::io::Result<u8>>) -> std::io::Result<Option<String>> {
    let mut line = Vec::new();
    for byte in bytes {
        match byte? {
            b'\r' | b'\n' | 0x04 => break,
            0x03 => return Ok(None),
            0x15 => line.clear(),
            0x08 | 0x7f => {
                // One character back: its continuation bytes, then its first.
                while line.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
            }
            byte => line.push(byte),
        }
    }
    String::from_utf8(line).map(Some).map_err(|error| std::io::Error::new(std::io::ErrorKind::InvalidData, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_obeyed() {
        let check = |typed: &str, line: Option<&str>| {
            assert_eq!(read_line(typed.bytes().map(Ok)).unwrap().as_deref(), line, "{typed:?}");
        };
        check("secret\nrest", Some("secret"));
        check("no\u{15}yes\r", Some("yes"));
        check("aü\u{7f}b\u{8}c\n", Some("ac"));
        check("\u{7f}a\u{4}", Some("a"));
        check("half\u{3}", None);
        check("", Some(""));
    }
}
