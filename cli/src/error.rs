//! How a command fails, what it prints then and the exit code.

use std::process::ExitCode;

use clap::error::ErrorKind as Parse;
use mainstay::error::ErrorClass;
use mainstay::{Error, ErrorKind};

use crate::output::{self, Output, Paint};

/// Why a command ended early.
#[derive(Debug)]
pub enum CliError {
    /// The library, or a command itself, says what failed.
    Failed(Error),
    /// The result is printed, and what it says is a failure: with `--json` it alone is on stdout.
    Answered(Error),
    /// The command line is wrong, or asks for help.
    Clap(clap::Error),
    /// Nobody reads our output any more: a quiet success, as `mainstay … | head` means it.
    BrokenPipe,
    /// Ctrl-C.
    Interrupted,
}

impl From<Error> for CliError {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<std::io::Error> for CliError {
    /// Only writing to stdout comes here without a path.
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::BrokenPipe,
            _ => Self::Failed(Error::new(ErrorKind::Io, "cannot write the result").source(error)),
        }
    }
}

impl CliError {
    /// Wrong use that only the command itself could notice.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Failed(Error::new(ErrorKind::Usage, message))
    }

    /// A printer of rows took no more: its own error, as the command tells it.
    pub(crate) fn not_written(error: Error) -> Self {
        let cause = std::error::Error::source(&error).and_then(|cause| cause.downcast_ref::<std::io::Error>());
        match cause.map(std::io::Error::kind) {
            Some(std::io::ErrorKind::BrokenPipe) => Self::BrokenPipe,
            _ => Self::Failed(error),
        }
    }

    /// Tells the user, and returns the exit code.
    pub(crate) fn report(self, output: &Output, command: &str) -> ExitCode {
        match self {
            Self::Failed(error) => fail(&error, output, command),
            Self::Answered(error) => {
                output.say(&output::report(&error, output));
                ExitCode::from(code(error.kind().class()))
            }
            Self::Clap(error) => parse(&error, output, command),
            Self::BrokenPipe => ExitCode::SUCCESS,
            Self::Interrupted => {
                match output.json {
                    // As for every failure: the exit code tells it where nobody reads.
                    true => drop(output.write(output::json::text(&output::json::interrupted(command, 130)).as_bytes())),
                    false => output.say("interrupted\n"),
                }
                ExitCode::from(130)
            }
        }
    }
}

/// The exit code of a class of errors.
fn code(class: ErrorClass) -> u8 {
    match class {
        ErrorClass::Failed => 1,
        ErrorClass::Usage => 2,
        ErrorClass::Sql => 3,
        ErrorClass::Connect => 4,
        ErrorClass::Refused => 5,
        ErrorClass::Verification => 6,
    }
}

fn fail(error: &Error, output: &Output, command: &str) -> ExitCode {
    let code = code(error.kind().class());
    if output.json {
        let text = output::json::text(&output::json::failure(command, error, code));
        // The exit code tells the failure even where nobody reads the words.
        let _ = output.write(text.as_bytes());
    } else {
        output.say(&output::report(error, output));
    }
    ExitCode::from(code)
}

/// Help and version are results; everything else of the argument parser is wrong use, in its own words.
fn parse(error: &clap::Error, output: &Output, command: &str) -> ExitCode {
    match error.kind() {
        Parse::DisplayHelp | Parse::DisplayVersion => {
            match output.write(styled(error, output.paint_result()).as_bytes()) {
                Ok(()) | Err(CliError::BrokenPipe) => ExitCode::SUCCESS,
                Err(_) => ExitCode::FAILURE,
            }
        }
        _ if output.json => fail(&in_our_words(error), output, command),
        _ => {
            output.say(&styled(error, output.paint()));
            ExitCode::from(2)
        }
    }
}

fn styled(error: &clap::Error, paint: Paint) -> String {
    if paint.0 { error.render().ansi().to_string() } else { error.render().to_string() }
}

/// The parser's message as an error of ours: its first line, and its tips as hints.
fn in_our_words(error: &clap::Error) -> Error {
    let text = error.render().to_string();
    let message = match error.kind() {
        Parse::DisplayHelpOnMissingArgumentOrSubcommand => "a command is missing".to_owned(),
        _ => {
            let first: Vec<&str> = text.lines().take_while(|line| !line.is_empty()).map(str::trim).collect();
            first.join(" ").trim_start_matches("error: ").to_owned()
        }
    };
    let tips = text.lines().filter_map(|line| line.trim().strip_prefix("tip: "));
    tips.fold(Error::new(ErrorKind::Usage, message), |error, tip| error.hint(tip))
        .hint("`mainstay --help` lists the commands, `mainstay COMMAND --help` the flags")
}
