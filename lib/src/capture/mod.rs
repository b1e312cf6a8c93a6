//! `migrate adopt --capture`: another tool's whole chain as migrations of our own.
//!
//! The tool runs on an empty database of a private server, whose log has every statement with its parameters. What was committed
//! is written down revision by revision, as the tool's ledger tells them apart. The files then make a second database, and only
//! where both are the same, object by object and row by row, is there something to write.

mod fate;
mod ledger;
mod log;
mod revisions;
mod timeline;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::catalog::{Catalog, Scope};
use crate::config::CommandLine;
use crate::conn::{PostgresTarget, Target};
use crate::dialect::{Body, NewFile, by_name, is_books};
use crate::disk::{self, SourceFile};
use crate::engine::{self, Context, Session};
use crate::error::{Error, ErrorKind, Result};
use crate::migrate::{self, Created, Folder};
use crate::observer::Event;
use crate::scratch::ScratchServer;
use crate::sql::{Flavor, literal};
use crate::states::{Difference, Measure, Rows, Stage, States, inventory};
use crate::tool::Workshop;

use fate::called;
use revisions::{Revision, revisions};
use timeline::Stayed;

/// How our own sessions are called in the log.
const OWN_NAME: &str = "mainstay-capture";

/// A session says this when the tool has ended; what stands before it in the log is all there is.
const END: &str = "SELECT 'the tool has ended'";

/// How long the log may take to get there.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many differences a message shows.
const SHOWN: usize = 20;

/// Everything counts: the same statements made both.
const MEASURE: Measure = Measure { rights: true, others: true, extensions: true };

/// Another tool's chain as files, proven and not yet written.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Capture {
    /// The folder for them.
    pub folder: PathBuf,
    /// The tool whose ledger told the revisions apart; `None` where none did, and all is one migration.
    pub tool: Option<&'static str>,
    /// The files, in order.
    pub files: Vec<CapturedFile>,
    /// How many objects were compared.
    pub objects: usize,
    /// The tables that have rows, and how many.
    pub rows: Vec<(String, usize)>,
    /// What is another at each run, such as the time of an insertion, and so could not be compared.
    pub varying: Vec<String>,
    /// Where the files were run for the proof, for people.
    pub place: String,
    /// How long it all took, in seconds.
    pub seconds: f64,
}

/// One migration of a capture.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct CapturedFile {
    /// Its name in the folder.
    pub name: String,
    /// What the tool's ledger calls the revision; empty where none tells.
    pub revision: String,
    /// How many statements it has.
    pub statements: usize,
    /// Whether it runs outside a transaction.
    pub no_transaction: bool,
    #[serde(skip)]
    text: String,
}

/// What the tool has made.
struct Made {
    stayed: Vec<Stayed>,
    volatile: BTreeSet<String>,
    catalog: Catalog,
    rows: Rows,
}

/// Runs `line` on a private server and makes migrations for `folder` of what it does there; `today` is UTC as `YYYYMMDD`. Nothing
/// is written.
///
/// # Errors
/// [`ErrorKind::Usage`]: the folder has something in it. [`ErrorKind::Unsupported`]: the project is on SQLite, or the chain does
/// what no log has. [`ErrorKind::Program`]: it fails, or no private server is to be had. [`ErrorKind::Verification`]: it has done
/// nothing there, or the files do not make the same.
pub async fn capture(
    states: &States,
    workshop: &Workshop,
    line: &CommandLine,
    folder: &Path,
    today: &str,
) -> Result<Capture> {
    let started = Instant::now();
    refuse_unfit(states, folder)?;
    let made = run(states, workshop, line).await?;
    let (tool, revisions) = revisions(&made.stayed, &made.volatile, &books(&made.catalog))?;
    if revisions.iter().all(|revision| revision.statements.is_empty()) {
        return Err(Error::new(ErrorKind::Verification, format!("`{line}` ended well, but has changed nothing"))
            .source("an empty database on a private server was waiting for it")
            .hint("it must connect by the DATABASE_URL that it is given, or by PG*: did it go to another database?"));
    }
    let files = files(&revisions, tool, today)?;
    let title = "run what was captured in a scratch database";
    states.context.observer.event(Event::StepStarted { title });
    let proving = Instant::now();
    let (place, varying) = prove(states, folder, &files, &made).await?;
    states.context.observer.event(Event::StepDone { title, took: proving.elapsed() });
    Ok(Capture {
        folder: folder.to_owned(),
        tool,
        files,
        objects: inventory(&made.catalog, Flavor::Postgres).len(),
        rows: made.rows.counts().map(|(name, count)| (name.to_owned(), count)).collect(),
        varying,
        place,
        seconds: started.elapsed().as_secs_f64(),
    })
}

impl Capture {
    /// Writes the files: all of them, or none.
    ///
    /// # Errors
    /// The folder cannot be made or written, or a file is there already.
    pub fn write(&self) -> Result<Created> {
        disk::make_folder(&self.folder)?;
        let file = |file: &CapturedFile| NewFile { name: file.name.clone(), text: file.text.clone() };
        migrate::write(&self.folder, &self.files.iter().map(file).collect::<Vec<_>>())
    }
}

fn refuse_unfit(states: &States, folder: &Path) -> Result<()> {
    if states.flavor == Flavor::Sqlite {
        return Err(Error::new(
            ErrorKind::Unsupported,
            "a chain is captured from a server's log, and SQLite is no server",
        )
        .hint("name a PostgreSQL database, if the chain runs on one too: --url postgresql:///name"));
    }
    let is_there = std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if is_there {
        return Err(Error::new(ErrorKind::Usage, format!("{} is not empty", folder.display()))
            .hint("name another folder for the files: mainstay migrate adopt --capture --into FOLDER -- COMMAND"));
    }
    Ok(())
}

/// Runs the tool on a private server, and reads what it has done there.
async fn run(states: &States, workshop: &Workshop, line: &CommandLine) -> Result<Made> {
    let own = Context { application_name: OWN_NAME.to_owned(), ..states.context.clone() };
    let (server, target) = states.private_server(&log::SETTINGS, &own).await?;
    let title = format!("run {line} on a private server");
    let observer = &states.context.observer;
    observer.event(Event::StepStarted { title: &title });
    let started = Instant::now();
    let workshop = Workshop { target: Some(Target::Postgres(target.clone())), owner: None, ..workshop.clone() };
    workshop.run(line, &[], observer).await.map_err(|error| {
        error
            .hint("nothing was written: the chain must run whole, from an empty database to its end")
            .hint("it is given the connection as DATABASE_URL, PG* and POSTGRES_*; {url} in the command is filled in")
    })?;
    observer.event(Event::StepDone { title: &title, took: started.elapsed() });
    let made = read(&server, &target, &own).await?;
    server.stop().await?;
    Ok(made)
}

/// What the tool has made, and the log of it.
async fn read(server: &ScratchServer, target: &PostgresTarget, own: &Context) -> Result<Made> {
    let mut session = engine::connect(&Target::Postgres(target.clone()), own).await?;
    session.query(END).await?;
    let text = whole(&server.folder().data().join(log::FILE)).await?;
    let stayed = timeline::stayed(&log::read(&text, OWN_NAME)?);
    let volatile = volatile(session.as_mut(), &stayed).await?;
    let catalog = session.catalog(Scope::Structure).await?;
    let rows = Rows::read(session.as_mut()).await?;
    session.close().await;
    if rows.large_objects() {
        return Err(Error::new(ErrorKind::Unsupported, "the chain makes large objects, whose bytes no log has")
            .hint("let it keep them in a column of type bytea, or as files"));
    }
    Ok(Made { stayed, volatile, catalog, rows })
}

/// The log, once it has come to our own word: it goes to the file through a pipe.
async fn whole(path: &Path) -> Result<String> {
    let started = Instant::now();
    loop {
        let bytes = std::fs::read(path).map_err(|error| Error::io("read", path, error))?;
        let text = String::from_utf8_lossy(&bytes);
        if text.lines().any(|line| line.contains(&format!("statement: {END}"))) {
            return Ok(text.into_owned());
        }
        if started.elapsed() > PATIENCE {
            let message = format!("the private server's log {} does not come to its end", path.display());
            return Err(Error::new(ErrorKind::Program, message).hint("is the disk full? type: df -h"));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Which of the functions that queries called may change a database: the server knows, and one that a later revision has dropped
/// is taken for such.
async fn volatile(session: &mut dyn Session, stayed: &[Stayed]) -> Result<BTreeSet<String>> {
    let names: BTreeSet<String> = stayed.iter().flat_map(|one| called(&one.text)).collect();
    let list: Vec<String> = names.iter().map(|name| literal(name)).collect();
    let query = format!(
        "SELECT DISTINCT proname, bool_or(provolatile = 'v') OVER (PARTITION BY proname) FROM pg_proc \
         WHERE proname = ANY (ARRAY[{}]::text[])",
        list.join(", ")
    );
    let found = session.query(&query).await?;
    let known = |name: &String, changes: &str| {
        found.iter().any(|row| row[0].as_ref() == Some(name) && row[1].as_deref() == Some(changes))
    };
    let makes = |sql: &str, name: &String| {
        let words = crate::sql::words(sql, Flavor::Postgres, 4);
        words.first().is_some_and(|word| word == "CREATE")
            && words.iter().any(|word| matches!(word.as_str(), "FUNCTION" | "PROCEDURE"))
            && called(sql).next().as_ref() == Some(name)
    };
    let is_gone = |name: &String| !known(name, "f") && stayed.iter().any(|one| makes(&one.text, name));
    Ok(names.into_iter().filter(|name| known(name, "t") || is_gone(name)).collect())
}

/// The tables in which a migration tool keeps its books.
fn books(catalog: &Catalog) -> BTreeSet<String> {
    catalog.tables.iter().filter(|table| is_books(table)).map(|table| table.name.name.clone()).collect()
}

/// A file for each revision, numbered from today on.
fn files(revisions: &[Revision], tool: Option<&str>, today: &str) -> Result<Vec<CapturedFile>> {
    let dialect = by_name("mainstay")?;
    let mut files = Vec::with_capacity(revisions.len());
    for (at, revision) in revisions.iter().enumerate() {
        let (title, name) = match tool {
            Some(tool) => (format!("{tool} {}", revision.name), revision.name.as_str()),
            None => ("what a program has done".to_owned(), "captured"),
        };
        let version = format!("{today}{:06}", at + 1);
        let new = dialect.new_files(&[], name, &version, &Body::default())?;
        let head = if revision.alone { "-- mainstay: no-transaction\n" } else { "" };
        let mut text = format!("-- {}\n{head}\n", title.replace(['\n', '\r'], " "));
        revision.statements.iter().for_each(|statement| text += &format!("{statement};\n\n"));
        files.push(CapturedFile {
            name: new.into_iter().next().map(|file| file.name).unwrap_or_default(),
            revision: revision.name.clone(),
            statements: revision.statements.len(),
            no_transaction: revision.alone,
            text,
        });
    }
    Ok(files)
}

/// Runs the files in a scratch database; returns where, and what is another at each run.
async fn prove(states: &States, path: &Path, files: &[CapturedFile], made: &Made) -> Result<(String, Vec<String>)> {
    let source = |file: &CapturedFile| SourceFile {
        name: file.name.clone(),
        path: path.join(&file.name),
        bytes: file.text.clone().into_bytes().into(),
    };
    let folder = Folder::from_files(path, files.iter().map(source).collect(), "mainstay", Flavor::Postgres)?;
    let stage = states.scratch_of(&folder).await.map_err(does_not_run)?;
    let place = stage.place();
    let compared = compare(states, &stage, made).await;
    stage.close().await?;
    let (rows, drift) = compared?;
    let mut told: Vec<String> = drift.iter().map(ToString::to_string).collect();
    let different = made.rows.differences(&rows);
    let mut varying = Vec::new();
    if !different.is_empty() {
        // What two runs of the same files do not agree on is made anew each time: the time, a random number.
        let again = states.scratch_of(&folder).await.map_err(does_not_run)?;
        let read = states.rows_in(&again).await;
        again.close().await?;
        let between_runs = rows.differences(&read?);
        let (let_go, real): (Vec<&Difference>, Vec<&Difference>) =
            different.iter().partition(|one| one.is_within(&between_runs));
        varying = let_go.iter().map(ToString::to_string).collect();
        told.extend(real.iter().map(ToString::to_string));
    }
    if told.is_empty() {
        return Ok((place, varying));
    }
    told.truncate(SHOWN);
    Err(Error::new(ErrorKind::Verification, "what was captured does not make what the program has made")
        .source(told.join("\n"))
        .hint("nothing was written; what the program does besides its statements cannot be captured"))
}

async fn compare(states: &States, stage: &Stage, made: &Made) -> Result<(Rows, Vec<crate::states::Drift>)> {
    let rows = states.rows_in(stage).await?;
    let drift = states.compared(stage, &made.catalog, Flavor::Postgres, MEASURE).await?;
    Ok((rows, drift))
}

fn does_not_run(error: Error) -> Error {
    error.context("what was captured does not run by itself, so nothing was written").of_kind(ErrorKind::Verification)
}
