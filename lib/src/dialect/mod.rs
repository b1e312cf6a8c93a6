//! Dialects of migrations: how files are laid out and how the ledger is kept, one file per dialect.
//!
//! A dialect is data in, data out: files become [`Migration`]s, and what must be said to the ledger becomes SQL. Running it
//! is `migrate`'s work, so every dialect gets locks, retries, safety copies and error places from one place.
//! The suite in `tests/it/migrate.rs` holds each of them to the same behaviour.

mod books;
mod capsul;
mod checksum;
mod dbmate;
mod diesel;
mod directives;
mod flyway;
mod foreign;
mod golang_migrate;
mod goose;
mod layout;
mod mainstay;
mod migration;
mod refinery;
mod sqlx;
mod version;

pub use crate::sql::{needs_no_transaction, rules_transaction};
pub use books::{are_books, is_books};
pub use capsul::Capsul;
pub use dbmate::Dbmate;
pub use diesel::Diesel;
pub use directives::Directives;
pub use flyway::Flyway;
pub use foreign::{FOREIGN_LEDGERS, foreign_ledger_query, keepers};
pub use golang_migrate::GolangMigrate;
pub use goose::Goose;
pub use layout::another_programs_table;
pub use mainstay::Mainstay;
pub(crate) use mainstay::UNWRITTEN;
pub use migration::{Applied, AppliedState, Direction, Migration, Script};
pub use refinery::Refinery;
pub use sqlx::Sqlx;
pub use version::Version;

use crate::disk::SourceFile;
use crate::engine::{Guard, Row};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::Flavor;

/// What goes before and after a migration's own statements, inside its transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Statements before.
    pub lead: Vec<String>,
    /// Statements after.
    pub trail: Vec<String>,
    /// What must hold before COMMIT, and what it means when it does not.
    pub guard: Option<Guard>,
}

/// The statements of a new migration, without semicolons; none where somebody is to write them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body {
    /// The way up.
    pub up: Vec<String>,
    /// The way back.
    pub down: Vec<String>,
    /// Somebody is still to write it, and our own layout says so.
    pub unwritten: bool,
}

impl Body {
    fn up(&self) -> String {
        script(&self.up)
    }

    fn down(&self) -> String {
        script(&self.down)
    }
}

fn script(statements: &[String]) -> String {
    statements.iter().map(|statement| format!("{statement};\n")).collect()
}

/// A file that `migrate new` writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFile {
    /// Its name in the folder.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// A file layout and the way its ledger is kept.
pub trait Dialect: Send + Sync {
    /// The name used in `[migrations] dialect`.
    fn name(&self) -> &'static str;

    /// Whether a file has the name, and where names do not tell, the marks, of one of its migrations.
    fn claims(&self, file: &SourceFile) -> bool;

    /// The migrations that `files` make, lowest version first.
    ///
    /// # Errors
    /// [`ErrorKind::Source`], with file and line: a bad name, a version twice, a gap, text that is not UTF-8, a quote
    /// that is never closed, an unknown directive.
    fn read(&self, files: &[SourceFile], flavor: Flavor) -> Result<Vec<Migration>>;

    /// The name of the ledger's table, by which folders that look alike are told apart.
    fn ledger_table(&self) -> &'static str;

    /// The query that reads the ledger. It fails with 42P01 or 3F000 (PostgreSQL), or as [`missing_table`] knows, where
    /// there is no ledger yet.
    fn ledger_query(&self, flavor: Flavor) -> String;

    /// What the ledger's rows say.
    ///
    /// # Errors
    /// [`ErrorKind::Verification`]: the table is not what this dialect keeps, or was written by a newer format.
    fn applied(&self, rows: &[Row], folder: &[Migration]) -> Result<Ledger>;

    /// Statements that make the ledger where it is missing, for the migrations of `folder`, for a dialect whose scripts do not make
    /// it themselves.
    fn create_ledger(&self, folder: &[Migration], flavor: Flavor) -> Vec<String>;

    /// What to say to the ledger around `migration`, one of `folder`'s.
    fn record(&self, migration: &Migration, folder: &[Migration], direction: Direction, flavor: Flavor) -> Record;

    /// What makes the ledger say that `applied`, lowest version first and all of `folder`, have been applied, without running
    /// anything; `has_ledger` where the table is there already.
    fn adopt(&self, applied: &[&Migration], folder: &[Migration], has_ledger: bool, flavor: Flavor) -> Vec<String> {
        let mut statements = if has_ledger { Vec::new() } else { self.create_ledger(folder, flavor) };
        for migration in applied {
            let Record { lead, trail, .. } = self.record(migration, folder, Direction::Up, flavor);
            statements.extend(lead.into_iter().chain(trail));
        }
        statements
    }

    /// What the ledger is told before a migration outside a transaction begins, for a dialect that marks it as begun.
    fn announce(&self, _: &Migration, _: &[Migration], _: Direction, _: Flavor) -> Vec<String> {
        Vec::new()
    }

    /// What the ledger is told of a migration outside a transaction, of which `done` statements have run; `done` equal to
    /// `total` means all of it. As it stands, for a dialect that knows nothing between nothing and all.
    fn progress(
        &self,
        migration: &Migration,
        folder: &[Migration],
        done: usize,
        total: usize,
        flavor: Flavor,
    ) -> Vec<String> {
        if done < total {
            return Vec::new();
        }
        let Record { mut lead, trail, .. } = self.record(migration, folder, Direction::Up, flavor);
        lead.extend(trail);
        lead
    }

    /// The checksum that [`Dialect::progress`] records after `done` statements; `None` where the dialect has no such state,
    /// or the migration has fewer statements now.
    fn partial_checksum(&self, _: &Migration, _: usize, _: Flavor) -> Option<String> {
        None
    }

    /// The statement that corrects the recorded checksum, for a dialect that keeps one.
    fn correct_checksum(&self, _: &Migration, _: Flavor) -> Option<String> {
        None
    }

    /// Whether the ledger has no place for checksums, so that they are kept among Mainstay's own settings.
    fn checksums_are_settings(&self) -> bool {
        false
    }

    /// The statement that takes a version out of the ledger without running anything, for a dialect that can.
    fn forget(&self, _: &Version, _: &[Migration], _: Flavor) -> Option<String> {
        None
    }

    /// Whether the ledger is one number, which only ever goes up or down.
    fn keeps_one_number(&self) -> bool {
        false
    }

    /// The statement that records how long migrations took, in seconds, for a dialect that keeps it.
    fn durations(&self, _: &[(Version, f64)], _: Flavor) -> Option<String> {
        None
    }

    /// What to write where a script must not run in a transaction, for a hint.
    fn no_transaction(&self) -> &'static str {
        "put the line `-- mainstay: no-transaction` at the head"
    }

    /// Why the dialect's own tool could not go on where a baseline stands for files that are gone; `None` where it is our own.
    fn refuses_baseline(&self) -> Option<&'static str>;

    /// The files for a new migration called `name` of the statements in `body`, `now` being `YYYYMMDDHHMMSS` in UTC. A name with
    /// a slash lies in a folder of its own.
    ///
    /// # Errors
    /// The name has nothing that can stand in a file name.
    fn new_files(&self, existing: &[Migration], name: &str, now: &str, body: &Body) -> Result<Vec<NewFile>>;
}

/// What a ledger says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Migrations recorded, lowest version first.
    pub applied: Vec<Applied>,
    /// The environment marker, where the dialect's query brings it along.
    pub environment: Option<String>,
}

/// Every dialect, in the order in which a folder is tried.
pub fn all() -> Vec<Box<dyn Dialect>> {
    vec![
        Box::new(Mainstay),
        Box::new(Capsul),
        Box::new(Sqlx),
        Box::new(Dbmate),
        Box::new(GolangMigrate),
        Box::new(Goose),
        Box::new(Refinery),
        Box::new(Diesel),
        Box::new(Flyway),
    ]
}

/// The dialect of that name.
///
/// # Errors
/// [`ErrorKind::Config`] with the names there are.
pub fn by_name(name: &str) -> Result<Box<dyn Dialect>> {
    let names: Vec<&str> = all().iter().map(|dialect| dialect.name()).collect();
    all().into_iter().find(|dialect| dialect.name() == name).ok_or_else(|| {
        Error::new(ErrorKind::Config, format!("there is no migrations dialect `{name}`"))
            .hint(format!("set [migrations] dialect to one of: auto, {}", names.join(", ")))
    })
}

/// The dialects whose layout the folder has, likeliest first; Mainstay's own for an empty folder. More than one where
/// layouts look alike: then the ledger in the database tells.
///
/// # Errors
/// [`ErrorKind::Source`]: files of two dialects lie in one folder.
pub fn of_folder(files: &[SourceFile]) -> Result<Vec<Box<dyn Dialect>>> {
    let mut candidates = all();
    let mut last: Option<&SourceFile> = None;
    for file in files {
        let claimants: Vec<&str> = all().iter().filter(|dialect| dialect.claims(file)).map(|it| it.name()).collect();
        if claimants.is_empty() {
            continue;
        }
        let before: Vec<&str> = candidates.iter().map(|dialect| dialect.name()).collect();
        candidates.retain(|dialect| claimants.contains(&dialect.name()));
        if let (true, Some(last)) = (candidates.is_empty(), last) {
            return Err(Error::new(
                ErrorKind::Source,
                format!(
                    "the migrations folder holds two dialects: `{}` is {}'s, `{}` is {}'s",
                    last.name,
                    before.join(" or "),
                    file.name,
                    claimants.join(" or ")
                ),
            )
            .hint("move the files of one of them into another folder, then: mainstay migrate check"));
        }
        last = Some(file);
    }
    if last.is_none() {
        candidates.truncate(1);
    }
    Ok(candidates)
}

/// Whether `error` says that the ledger's table, or its schema, does not exist.
pub fn missing_table(error: &Error) -> bool {
    matches!(error.sqlstate(), Some("42P01" | "3F000"))
}

/// A name as it can stand in a file name: letters and digits, the rest folded into single underscores.
fn file_stem(name: &str) -> Result<String> {
    let mut stem = String::new();
    for c in name.trim().chars() {
        if c.is_alphanumeric() {
            stem.extend(c.to_lowercase());
        } else if !stem.ends_with('_') && !stem.is_empty() {
            stem.push('_');
        }
    }
    let stem = stem.trim_end_matches('_').to_owned();
    if stem.is_empty() {
        return Err(Error::new(ErrorKind::Usage, format!("`{name}` has no letter or digit to name a migration by"))
            .hint("mainstay migrate new add_retry_to_tests"));
    }
    Ok(stem)
}
