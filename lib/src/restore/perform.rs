//! A plain dump on its way into a database, statement by statement.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use crate::archive::digest::Rows;
use crate::engine::{Context, Pieces, Session};
use crate::error::{Error, ErrorKind, Place, Result};
use crate::observer::Event;
use crate::sql::{Flavor, split};

use super::attributes;
use super::check::{self, Sent};
use super::copy::Copy;
use super::crew::Tally;
use super::object::Manner;
use super::plain::{Plain, Says};
use super::roles;
use super::script::{Counter, Piece, Script, Text};
use super::text::Encoding;
use super::work::TableName;

/// What a script is run with.
pub(super) struct Performance<'a> {
    pub(super) plain: &'a Plain,
    pub(super) manner: &'a Manner,
    pub(super) context: &'a Context,
    /// Whether all is one transaction.
    pub(super) one_transaction: bool,
}

/// What a script has done so far.
#[derive(Default)]
struct Progress {
    tally: Tally,
    encoding: Option<Encoding>,
    /// Tables that were made and have no rows yet.
    empty: BTreeSet<TableName>,
    loads: BTreeMap<TableName, Option<Rows>>,
    /// Stored bytes that were read.
    read: u64,
    /// Whether the script has gone over to its database, where it makes one.
    connected: bool,
}

impl Performance<'_> {
    /// Runs the script on `session`, and compares the numbers of rows.
    pub(super) async fn run(&self, session: &mut dyn Session) -> Result<Tally> {
        let mut progress = Progress::default();
        let mut script = self.plain.read()?;
        while let Some(piece) = script.next().await? {
            match piece {
                Piece::Statement(text) => self.statement(session, &mut progress, &text).await?,
                Piece::Copy(text) => self.copy(session, &mut progress, &text, &mut script).await?,
                Piece::Meta(command, line) => self.meta(&mut progress, &command, line)?,
            }
            self.passed(&mut progress, script.taken());
        }
        let Progress { mut tally, loads, .. } = progress;
        for (name, rows) in loads {
            let sent = Sent { rows, ours: true };
            let compared = check::table(session, None, &name, &sent).await?;
            tally.compared.insert(name, compared);
        }
        Ok(tally)
    }

    async fn statement(&self, session: &mut dyn Session, progress: &mut Progress, text: &Text) -> Result<()> {
        let shown = self.encoding(progress).said(&text.text, session).await?;
        let says = Says::of(&shown);
        match &says {
            // Our sessions speak UTF-8, and the server reads what is in another encoding.
            Says::Encoding(name) => {
                progress.encoding = Some(Encoding::new(name));
                return Ok(());
            }
            Says::Database => return Ok(()),
            Says::Role => {
                return Err(self
                    .refused(text, "it makes roles: a dump of a whole server, not of a database")
                    .hint("make the roles with psql, and restore a dump of one database: pg_dump -Fd -f FOLDER NAME"));
            }
            Says::Owner(_) if self.manner.owners.none => return Ok(()),
            _ => {}
        }
        let sql = self.adapted(&says, &shown);
        if sql.is_empty() {
            return Ok(());
        }
        match session.query(&sql).await {
            Ok(_) => {
                if says == Says::Table {
                    progress.empty.extend(table_of(&shown));
                }
                Ok(())
            }
            Err(error) => self
                .forgive(&says, &error, progress, &shown)
                .then_some(())
                .ok_or_else(|| self.failed(error, text, &sql)),
        }
    }

    /// The statement with this server's roles, and without what no server takes.
    fn adapted(&self, says: &Says, sql: &str) -> String {
        match says {
            Says::Owner(role) => match self.manner.owners.map.get(role) {
                Some(new) => {
                    let end = sql.rfind("OWNER TO").unwrap_or(sql.len());
                    format!("{}OWNER TO {};\n", &sql[..end], crate::sql::ident(new))
                }
                None => sql.to_owned(),
            },
            Says::Rights(kind) => {
                let mapped = roles::mapped(kind, sql, &self.manner.owners);
                match self.manner.missing_roles.is_empty() {
                    true => mapped,
                    false => roles::without(&mapped, kind, &self.manner.missing_roles),
                }
            }
            // Its policy may have been left out.
            Says::AboutPolicy if !self.manner.missing_roles.is_empty() => {
                let sql = sql.trim();
                format!("DO $mainstay$ BEGIN\n{sql}\nEXCEPTION WHEN undefined_object THEN NULL; END $mainstay$;\n")
            }
            _ if sql.contains("pg_attver") => match split(sql, Flavor::Postgres) {
                Ok(statements) => {
                    let kept = statements.iter().filter_map(attributes::kept_of);
                    kept.map(|text| format!("{text};\n")).collect()
                }
                Err(_) => sql.to_owned(),
            },
            _ => sql.to_owned(),
        }
    }

    /// Whether a failure is none: a setting that this server does not know, a comment on what is another's, and in a dump that
    /// cleans first, what is not there to be dropped.
    fn forgive(&self, says: &Says, error: &Error, progress: &mut Progress, text: &str) -> bool {
        let state = error.sqlstate().unwrap_or_default();
        let forgiven = match says {
            Says::Setting => state == "42704",
            Says::AboutExtension => state == "42501",
            Says::Drop => matches!(state, "42P01" | "42704" | "42883" | "3F000" | "42703"),
            _ => false,
        };
        // After a failure a transaction takes nothing more.
        if forgiven && !self.one_transaction {
            if !matches!(says, Says::Drop) {
                progress.tally.passed_over.push(text.trim().lines().last().unwrap_or_default().to_owned());
            }
            return true;
        }
        false
    }

    async fn copy(
        &self,
        session: &mut dyn Session,
        progress: &mut Progress,
        text: &Text,
        script: &mut Script,
    ) -> Result<()> {
        let encoding = self.encoding(progress);
        let shown = encoding.said(&text.text, session).await?;
        let Some(copy) = Copy::parse(&shown.as_bytes()[start_of(&shown)..]) else {
            return Err(self.refused(text, "its COPY is not read"));
        };
        let mut options: Vec<String> = encoding.of_copy().into_iter().collect();
        let fresh = progress.empty.remove(&copy.table);
        if fresh {
            options.push("FREEZE".to_owned());
        }
        let alone = fresh && !self.one_transaction;
        if alone {
            session.query(&format!("BEGIN; TRUNCATE ONLY {}", check::quoted(&copy.table))).await?;
        }
        let statement =
            String::from_utf8(copy.with(&options)).map_err(|_| self.refused(text, "a name is not UTF-8"))?;
        let mut feed = Feed { script, counter: Some(Counter::new()), rows: Rows::default() };
        let copied = session.copy_in(&statement, &mut feed).await;
        let stored = copied.map_err(|error| self.failed(error, text, &statement))?;
        let rows = feed.rows;
        if stored != rows.count {
            let message = format!("the server has stored {stored} rows, and {} were sent", rows.count);
            return Err(Error::new(ErrorKind::Verification, message));
        }
        if alone {
            session.query("COMMIT").await?;
        }
        let whole = progress.loads.entry(copy.table).or_insert(Some(Rows::default()));
        *whole = whole.map(|mut whole| {
            whole += rows;
            whole
        });
        Ok(())
    }

    fn meta(&self, progress: &mut Progress, command: &str, line: usize) -> Result<()> {
        let word = command.split_whitespace().next().unwrap_or_default();
        match word {
            "\\restrict" | "\\unrestrict" | "\\encoding" => Ok(()),
            "\\connect" | "\\c" if !progress.connected => {
                progress.connected = true;
                Ok(())
            }
            "\\connect" | "\\c" => Err(Error::new(
                ErrorKind::Unsupported,
                format!("{} has several databases: line {line} goes over to another one", self.plain.place),
            )
            .hint("restore a dump of one database: pg_dump -Fd -f FOLDER NAME")),
            _ => Err(Error::new(
                ErrorKind::Unsupported,
                format!("{} has a command for psql that is not known here, on line {line}: {word}", self.plain.place),
            )
            .hint(format!("run it with psql: psql -v ON_ERROR_STOP=1 -d NAME -f {}", self.plain.place))),
        }
    }

    /// What the script is in, by its own word or what was found when it was read through.
    fn encoding(&self, progress: &Progress) -> Encoding {
        progress.encoding.clone().unwrap_or_else(|| self.manner.rows.clone())
    }

    fn passed(&self, progress: &mut Progress, bytes: u64) {
        if bytes > 0 {
            progress.read += bytes;
            let total = Some(self.plain.survey.bytes).filter(|bytes| *bytes > 0);
            self.context.observer.event(Event::Progress { what: "restore", done: progress.read, total });
        }
    }

    fn refused(&self, text: &Text, why: &str) -> Error {
        Error::new(
            ErrorKind::Unsupported,
            format!("{} cannot be restored, by its line {}: {why}", self.plain.place, text.line),
        )
    }

    fn failed(&self, error: Error, text: &Text, sql: &str) -> Error {
        let position = error.sql().and_then(|words| words.position).unwrap_or(1);
        let offset = sql.char_indices().nth(position.saturating_sub(1)).map_or(sql.len(), |(at, _)| at);
        let mut place = Place::in_text(self.plain.place.clone(), sql, offset.max(start_of(sql)));
        place.line += text.line - 1;
        error.at(place)
    }
}

/// Where the statement begins behind its comments.
fn start_of(text: &str) -> usize {
    crate::sql::significant(text, Flavor::Postgres).next().map_or(0, |token| token.offset)
}

/// The table that a CREATE TABLE makes, where rows may be frozen in it: a partitioned one has none of its own.
fn table_of(text: &str) -> Option<TableName> {
    let tokens: Vec<_> = crate::sql::significant(text, Flavor::Postgres).collect();
    let partitioned = tokens.windows(2).any(|pair| pair[0].text == "PARTITION" && pair[1].text == "BY");
    let at = tokens.iter().position(|token| token.text.eq_ignore_ascii_case("TABLE"))? + 1;
    let name = |at: usize| tokens.get(at).map(|token| crate::sql::unquoted(token.text));
    let table = match tokens.get(at + 1).map(|token| token.text) {
        Some(".") => (name(at)?, name(at + 2)?),
        _ => (String::new(), name(at)?),
    };
    (!partitioned).then_some(table)
}

struct Feed<'a> {
    script: &'a mut Script,
    counter: Option<Counter>,
    rows: Rows,
}

impl Feed<'_> {
    async fn piece(&mut self) -> Result<Option<Vec<u8>>> {
        let piece = self.script.rows().await?;
        match (&piece, &mut self.counter) {
            (Some(rows), Some(counter)) => counter.push(rows)?,
            (None, Some(_)) => self.rows = self.counter.take().map_or_else(|| Ok(Rows::default()), Counter::finish)?,
            _ => {}
        }
        Ok(piece)
    }
}

#[async_trait::async_trait]
impl Pieces for Feed<'_> {
    async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        self.piece().await.map_err(io::Error::other)
    }
}
