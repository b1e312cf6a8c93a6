//! Plain dumps: scripts as `pg_dump` writes them for psql, compressed or not, from a file or a pipe.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::archive::codec::{Codec, Decoder};
use crate::archive::sealed::Opening;
use crate::archive::toc::{Entry, Section};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::{Flavor, significant, unquoted};

use super::decoded::Decoded;
use super::file::FileSource;
use super::roles::{self, Need, Owners};
use super::script::{Piece, Script};

/// The name of what comes out of a pipe.
pub(super) const STANDARD_INPUT: &str = "standard input";

/// A plain dump.
pub struct Plain {
    /// Where it is, for people.
    pub place: String,
    input: Input,
    codec: Codec,
    /// What was found when it was read through once; nothing of a pipe, which cannot be read twice.
    pub(super) survey: Survey,
}

enum Input {
    File(PathBuf),
    /// Taken by whoever reads it.
    Pipe(Mutex<Option<File>>),
}

/// What a script needs and has.
#[derive(Debug, Default)]
pub(super) struct Survey {
    pub(super) roles: BTreeMap<String, Need>,
    pub(super) extensions: Vec<String>,
    pub(super) tables: usize,
    pub(super) statements: usize,
    pub(super) rows: u64,
    /// Bytes as they are stored.
    pub(super) bytes: u64,
    pub(super) encoding: Option<String>,
}

impl Plain {
    /// The script in `path`, read through once: a damaged one is found before anything starts.
    ///
    /// # Errors
    /// It cannot be read, or is not whole.
    pub async fn file(path: &Path, codec: Codec, owners: &Owners) -> Result<Self> {
        let input = Input::File(path.to_owned());
        let mut plain = Self { place: path.display().to_string(), input, codec, survey: Survey::default() };
        plain.survey = plain.survey(owners).await?;
        Ok(plain)
    }

    /// The script that comes through `pipe`. What it needs is found out on the way.
    pub fn pipe(pipe: File, codec: Codec) -> Self {
        let input = Input::Pipe(Mutex::new(Some(pipe)));
        Self { place: STANDARD_INPUT.to_owned(), input, codec, survey: Survey::default() }
    }

    /// Begins to read it.
    pub(super) fn read(&self) -> Result<Script> {
        let source = match &self.input {
            Input::File(path) => FileSource::open(path)?,
            Input::Pipe(pipe) => {
                let taken = pipe.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
                let taken = taken.ok_or_else(|| Error::new(ErrorKind::Io, "standard input was read already"))?;
                FileSource::of(taken, &self.place)
            }
        };
        let decoder = Decoder::new(self.codec)?;
        Ok(Script::new(Decoded::new(self.place.clone(), Box::new(source), Opening::Plain, decoder, None)))
    }

    async fn survey(&self, owners: &Owners) -> Result<Survey> {
        let mut survey = Survey::default();
        let mut script = self.read()?;
        while let Some(piece) = script.next().await? {
            match piece {
                Piece::Statement(statement) => survey.statement(&String::from_utf8_lossy(&statement.text), owners),
                Piece::Copy(_) => {
                    while let Some(rows) = script.rows().await? {
                        survey.rows += memchr::memchr_iter(b'\n', &rows).count() as u64;
                    }
                }
                Piece::Meta(..) => {}
            }
        }
        survey.bytes = script.taken();
        Ok(survey)
    }
}

impl Survey {
    fn statement(&mut self, text: &str, owners: &Owners) {
        self.statements += 1;
        match Says::of(text) {
            Says::Table => self.tables += 1,
            Says::Extension(name) => self.extensions.push(name),
            Says::Encoding(name) => self.encoding = Some(name),
            Says::Owner(role) if !owners.none => {
                self.roles.entry(owners.renamed(&role).to_owned()).or_default().owns += 1;
            }
            Says::Rights(kind) => {
                for role in roles::named(&entry(kind, text)) {
                    self.roles.entry(owners.renamed(&role).to_owned()).or_default().named += 1;
                }
            }
            _ => {}
        }
    }
}

/// A statement as an entry of an archive has it.
fn entry(kind: &str, text: &str) -> Entry {
    let mut entry = Entry::new(1, kind, None, Section::None);
    entry.definition = Some(text.as_bytes().to_vec());
    entry
}

/// What a statement of a script is about, as far as it matters here.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// CREATE TABLE.
    Table,
    /// CREATE EXTENSION, with its name.
    Extension(String),
    /// SET client_encoding.
    Encoding(String),
    /// Another SET.
    Setting,
    /// ALTER … OWNER TO, with the role.
    Owner(String),
    /// A statement that names roles, by the kind that an archive calls it.
    Rights(&'static str),
    /// CREATE, ALTER, DROP or COMMENT ON DATABASE.
    Database,
    /// A role, which belongs to the server and not to a database.
    Role,
    /// DROP, in a dump that cleans first.
    Drop,
    /// COMMENT ON EXTENSION.
    AboutExtension,
    /// COMMENT ON POLICY.
    AboutPolicy,
    /// Anything else.
    Other,
}

impl Says {
    pub(super) fn of(text: &str) -> Self {
        let tokens: Vec<_> = significant(text, Flavor::Postgres).take(400).collect();
        let word = |at: usize| tokens.get(at).map(|token| token.text.to_ascii_uppercase()).unwrap_or_default();
        let name = |at: usize| tokens.get(at).map(|token| unquoted(token.text)).unwrap_or_default();
        let position = |one: &str, other: &str| (0..tokens.len()).find(|at| word(*at) == one && word(at + 1) == other);
        match (word(0).as_str(), word(1).as_str()) {
            ("CREATE", "TABLE" | "UNLOGGED") => Self::Table,
            ("CREATE", "EXTENSION") if word(2) == "IF" => Self::Extension(name(5)),
            ("CREATE", "EXTENSION") => Self::Extension(name(2)),
            ("CREATE" | "ALTER" | "DROP", "DATABASE") => Self::Database,
            ("COMMENT", "ON") if word(2) == "DATABASE" => Self::Database,
            ("COMMENT", "ON") if word(2) == "EXTENSION" => Self::AboutExtension,
            ("COMMENT", "ON") if word(2) == "POLICY" => Self::AboutPolicy,
            ("GRANT" | "REVOKE", _) if position("ON", "DATABASE").is_some() => Self::Database,
            ("CREATE" | "ALTER" | "DROP", "ROLE" | "USER") if word(2) != "MAPPING" => Self::Role,
            ("SET", "CLIENT_ENCODING") => Self::Encoding(name(3)),
            ("SET", "SESSION") if word(2) == "AUTHORIZATION" => Self::Rights("ACL"),
            ("SET", _) => Self::Setting,
            ("GRANT" | "REVOKE", _) => Self::Rights("ACL"),
            ("ALTER", "DEFAULT") => Self::Rights("DEFAULT ACL"),
            ("CREATE", "POLICY") => Self::Rights("POLICY"),
            ("CREATE", "USER") => Self::Rights("USER MAPPING"),
            ("ALTER", _) => match position("OWNER", "TO") {
                Some(at) if at + 3 >= tokens.len() - usize::from(word(tokens.len() - 1) == ";") => {
                    Self::Owner(name(at + 2))
                }
                _ if word(1) == "TABLE" && position("DROP", "CONSTRAINT").is_some() => Self::Drop,
                _ => Self::Other,
            },
            ("DROP", _) => Self::Drop,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Says;

    #[test]
    fn statements_say_what_they_are_about() {
        for (text, says) in [
            ("-- Name: t\nCREATE TABLE public.t (a int);\n", Says::Table),
            ("CREATE EXTENSION IF NOT EXISTS hstore WITH SCHEMA public;", Says::Extension("hstore".into())),
            ("SET client_encoding = 'LATIN1';", Says::Encoding("LATIN1".into())),
            ("SET transaction_timeout = 0;", Says::Setting),
            ("ALTER TABLE public.t OWNER TO \"the app\";", Says::Owner("the app".into())),
            ("ALTER FUNCTION f(owner integer) OWNER TO a;", Says::Owner("a".into())),
            ("GRANT SELECT ON TABLE t TO r;", Says::Rights("ACL")),
            ("GRANT CONNECT ON DATABASE d TO r;", Says::Database),
            ("CREATE DATABASE d WITH TEMPLATE = template0;", Says::Database),
            ("CREATE ROLE r;", Says::Role),
            ("CREATE USER MAPPING FOR r SERVER s;", Says::Rights("USER MAPPING")),
            ("ALTER TABLE ONLY t DROP CONSTRAINT c;", Says::Drop),
            ("DROP TABLE t;", Says::Drop),
            ("COMMENT ON EXTENSION hstore IS 'x';", Says::AboutExtension),
            ("COMMENT ON POLICY p ON t IS 'x';", Says::AboutPolicy),
            ("CREATE INDEX i ON t (a);", Says::Other),
        ] {
            assert_eq!(Says::of(text), says, "{text}");
        }
    }
}
