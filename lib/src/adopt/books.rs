//! What other tools' ledgers in the database say, each in its own way: by number, by id, by name.

use crate::dialect::{self, Applied, AppliedState, Dialect, FOREIGN_LEDGERS, Version};
use crate::engine::{Row, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::migrate::Folder;
use crate::sql::ident;

/// A ledger that is not the folder's own, with what it records.
#[derive(Clone, Debug)]
pub(super) struct Books {
    /// Its table, as SQL.
    pub(super) table: String,
    /// The tool that keeps it.
    pub(super) tool: String,
    /// What it records, in its own order; of a chain, only where it has come to.
    pub(super) records: Vec<Recorded>,
    /// Whether a record means all that come before it, too.
    pub(super) chain: bool,
}

/// One migration as a ledger calls it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Recorded {
    /// As messages show it.
    pub(super) label: String,
    /// Its number, where it has one that is unique in the ledger.
    pub(super) version: Option<Version>,
    /// Names that a file of it may have, likeliest first.
    pub(super) names: Vec<String>,
}

/// How a tool that is no dialect here keeps its ledger.
struct Reader {
    table: &'static str,
    query: &'static str,
    chain: bool,
    record: fn(&[&str]) -> Recorded,
}

const READERS: [Reader; 7] = [
    Reader {
        table: "alembic_version",
        query: "SELECT version_num FROM alembic_version",
        chain: true,
        record: revision,
    },
    Reader {
        table: "django_migrations",
        query: "SELECT app, name FROM django_migrations ORDER BY id",
        chain: false,
        record: of_an_app,
    },
    Reader {
        table: "south_migrationhistory",
        query: "SELECT app_name, migration FROM south_migrationhistory ORDER BY id",
        chain: false,
        record: of_an_app,
    },
    Reader {
        table: "_prisma_migrations",
        query: "SELECT migration_name FROM _prisma_migrations \
                WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY started_at",
        chain: false,
        record: numbered,
    },
    Reader {
        table: "__EFMigrationsHistory",
        query: "SELECT \"MigrationId\" FROM \"__EFMigrationsHistory\" ORDER BY 1",
        chain: false,
        record: numbered,
    },
    Reader {
        table: "databasechangelog",
        query: "SELECT id FROM databasechangelog ORDER BY orderexecuted",
        chain: false,
        record: numbered,
    },
    Reader {
        table: "knex_migrations",
        query: "SELECT name FROM knex_migrations ORDER BY id",
        chain: false,
        record: numbered,
    },
];

/// The way out of a ledger that nobody can read.
const TELL: &str = "or say yourself what the database has had: mainstay migrate adopt --at VERSION";

/// The tables, as SQL, of ledgers in the database that are not that of `folder`'s dialect.
///
/// # Errors
/// The database cannot be asked.
pub(super) async fn tables(session: &mut dyn Session, folder: &Folder) -> Result<Vec<String>> {
    Ok(names(session, folder).await?.iter().map(|table| ident(table)).collect())
}

async fn names(session: &mut dyn Session, folder: &Folder) -> Result<Vec<String>> {
    let found = session.query(&dialect::foreign_ledger_query(session.flavor())).await?;
    let names = found.into_iter().filter_map(|row| row.into_iter().next().flatten());
    Ok(names.filter(|table| table != folder.dialect.ledger_table()).collect())
}

/// What those ledgers record, and Mainstay's own where the folder is of another dialect.
///
/// # Errors
/// A ledger cannot be read, is not as its tool keeps it, or marks a migration as begun and never ended.
pub(super) async fn find(session: &mut dyn Session, folder: &Folder) -> Result<Vec<Books>> {
    let mut books = Vec::new();
    if folder.dialect.name() != "mainstay" {
        books.extend(of_mainstay(session, folder).await?);
    }
    for table in names(session, folder).await? {
        books.extend(match READERS.iter().find(|reader| reader.table == table) {
            Some(reader) => Some(read(session, reader).await.map_err(|error| error.hint(TELL))?),
            None => of_dialect(session, &table, folder).await?,
        });
    }
    books.retain(|one| !one.records.is_empty());
    Ok(books)
}

async fn read(session: &mut dyn Session, reader: &Reader) -> Result<Books> {
    let tool = FOREIGN_LEDGERS.iter().find(|(table, _)| *table == reader.table).map_or("", |(_, tool)| *tool);
    let rows = session.query(reader.query).await.map_err(|error| not_readable(error, reader.table, tool))?;
    let cells = |row: &Row| row.iter().map(|cell| cell.clone().unwrap_or_default()).collect::<Vec<_>>();
    let records = rows.iter().map(|row| (reader.record)(&cells(row).iter().map(String::as_str).collect::<Vec<_>>()));
    Ok(Books { table: ident(reader.table), tool: tool.to_owned(), records: records.collect(), chain: reader.chain })
}

/// Mainstay's own ledger, for a folder of another dialect. It may be there for its journal alone.
async fn of_mainstay(session: &mut dyn Session, folder: &Folder) -> Result<Option<Books>> {
    let own = dialect::by_name("mainstay")?;
    match session.query(&own.ledger_query(session.flavor())).await {
        Ok(rows) => {
            let table = crate::ledger::table(session.flavor(), "migration");
            books(own.as_ref(), &rows, folder, table).map(Some)
        }
        Err(error) if dialect::missing_table(&error) => Ok(None),
        Err(error) => Err(error.context("cannot read Mainstay's own ledger")),
    }
}

/// `table` as one of the dialects keeps it that have chosen this name; `None` where nothing here can read it.
async fn of_dialect(session: &mut dyn Session, table: &str, folder: &Folder) -> Result<Option<Books>> {
    let mut refused = None;
    for dialect in dialect::all().into_iter().filter(|dialect| dialect.ledger_table() == table) {
        let read = match session.query(&dialect.ledger_query(session.flavor())).await {
            Ok(rows) => books(dialect.as_ref(), &rows, folder, ident(table)),
            Err(error) => Err(not_readable(error, table, dialect.name())),
        };
        match read {
            Ok(books) => return Ok(Some(books)),
            // A mark of something unfinished is this tool's for sure.
            Err(error) if error.kind() == ErrorKind::Refused => return Err(error),
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    refused.map_or(Ok(None), |error| Err(error.hint(TELL)))
}

fn books(dialect: &dyn Dialect, rows: &[Row], folder: &Folder, table: String) -> Result<Books> {
    let mut applied = dialect.applied(rows, &folder.migrations)?.applied;
    let chain = dialect.keeps_one_number();
    if chain {
        applied = applied.split_off(applied.len().saturating_sub(1));
    }
    if let Some(unfinished) = applied.iter().find(|applied| applied.state != AppliedState::Done) {
        let version = &unfinished.version;
        return Err(Error::new(
            ErrorKind::Refused,
            format!("the table {table} marks version {version} as begun and never ended"),
        )
        .hint(format!("bring it to an end with {} first, then: mainstay migrate adopt", dialect.name()))
        .hint("or see what of it is in the database, and say what it comes to: mainstay migrate adopt --at VERSION"));
    }
    Ok(Books { table, tool: dialect.name().to_owned(), records: applied.iter().map(recorded).collect(), chain })
}

fn recorded(applied: &Applied) -> Recorded {
    let name = applied.name.clone().filter(|name| !name.is_empty());
    let version = Some(applied.version.clone()).filter(Version::is_number);
    let label = match (&version, &name) {
        (Some(version), Some(name)) => format!("{version}_{name}"),
        _ => applied.version.to_string(),
    };
    Recorded { label, version, names: name.into_iter().collect() }
}

/// Alembic's ids are random, or whatever somebody chose: `b4e11a52ea52`, `0042`.
fn revision(cells: &[&str]) -> Recorded {
    let id = cells.concat();
    Recorded { version: plain_number(&id), label: id.clone(), names: vec![id] }
}

/// Django's and South's numbers begin anew in each app.
fn of_an_app(cells: &[&str]) -> Recorded {
    let name = cells.get(1).copied().unwrap_or_default().to_owned();
    Recorded { label: cells.join("."), version: None, names: vec![cells.join("_"), name] }
}

/// `20260101000000_add_retry`, with the ending of a program's file where it has one.
fn numbered(cells: &[&str]) -> Recorded {
    let label = cells.concat();
    let stem = label.rsplit_once('.').map_or(label.as_str(), |(stem, _)| stem);
    let (digits, name) = stem.split_at(stem.find(|c: char| !c.is_ascii_digit()).unwrap_or(stem.len()));
    let name = name.trim_start_matches(['_', '-']);
    let names = [stem, name].into_iter().filter(|name| !name.is_empty()).map(str::to_owned).collect();
    Recorded { version: plain_number(digits), label: label.clone(), names }
}

fn plain_number(text: &str) -> Option<Version> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| Version::new(text))
}

fn not_readable(error: Error, table: &str, tool: &str) -> Error {
    error
        .context(format!("the table {table} is not as {tool} keeps it"))
        .of_kind(ErrorKind::Verification)
        .hint(format!("mainstay describe {table}"))
}
