//! Where a value came from.

use std::fmt;
use std::path::PathBuf;

use crate::error::ErrorKind;

/// The source of one field of a connection, in the words that point a reader to it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Origin {
    /// A flag of the command line.
    Flag(String),
    /// Typed at a prompt.
    Prompt,
    /// A section of the connection service file.
    Service {
        /// The section.
        name: String,
        /// The service file.
        file: PathBuf,
        /// Line, from 1.
        line: usize,
    },
    /// An environment variable.
    Variable {
        /// Its name.
        name: String,
        /// The file that sets it, `.env` or another, where the real environment does not.
        dotenv: Option<String>,
        /// The file that a `NAME_FILE` variable pointed at.
        file: Option<PathBuf>,
    },
    /// A key of `mainstay.toml`.
    Config {
        /// The key, `[database] url`.
        key: String,
        /// What the key pointed at: `env:NAME` or `file:PATH`.
        through: Option<String>,
    },
    /// A line of the password file.
    Passfile {
        /// The file.
        file: PathBuf,
        /// Line, from 1.
        line: usize,
    },
    /// Nothing names it: the reason for the value chosen.
    Default(String),
}

impl Origin {
    /// A variable of the real environment, or of the file `dotenv`.
    pub(super) fn variable(name: &str, dotenv: Option<&str>) -> Self {
        Self::Variable { name: name.to_owned(), dotenv: dotenv.map(str::to_owned), file: None }
    }

    /// A key of `mainstay.toml`.
    pub(super) fn config(key: impl Into<String>) -> Self {
        Self::Config { key: key.into(), through: None }
    }

    /// What a mistake in this source counts as.
    pub(super) fn error_kind(&self) -> ErrorKind {
        match self {
            Self::Flag(_) | Self::Prompt => ErrorKind::Usage,
            _ => ErrorKind::Config,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => f.write_str(flag),
            Self::Prompt => f.write_str("the prompt"),
            Self::Service { name, file, line } => write!(f, "service {name} in {} line {line}", file.display()),
            Self::Variable { name, dotenv, file } => {
                f.write_str(name)?;
                if let Some(dotenv) = dotenv {
                    write!(f, " in {dotenv}")?;
                }
                file.as_ref().map_or(Ok(()), |file| write!(f, " ({})", file.display()))
            }
            Self::Config { key, through: None } => write!(f, "{key} in mainstay.toml"),
            Self::Config { key, through: Some(through) } => write!(f, "{through} ({key} in mainstay.toml)"),
            Self::Passfile { file, line } => write!(f, "{} line {line}", file.display()),
            Self::Default(reason) => write!(f, "default: {reason}"),
        }
    }
}
