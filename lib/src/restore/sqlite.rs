//! An SQLite file becomes the database again: written beside it, compared, and only then given its name.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use crate::archive::codec::Decoder;
use crate::archive::digest::Seed;
use crate::archive::manifest::{Manifest, Table};
use crate::archive::sealed::{Opener, Opening, Unlocking};
use crate::conn::SqliteTarget;
use crate::disk::{self, Part};
use crate::engine::sqlite::{Alone, digests, open_read_only};
use crate::engine::{Context, Session, first_cell};
use crate::error::{Error, ErrorKind, Result};
use crate::ledger;
use crate::store::{Source, Store};

use super::course::asks;
use super::decision::RestorePlan;
use super::decoded::Decoded;
use super::file::FileSource;
use super::options::{Options, Way};
use super::restored::Restored;
use super::room;

/// What every SQLite database begins with.
pub(super) const MAGIC: &[u8] = b"SQLite format 3\0";

/// An SQLite database that can be restored.
pub struct SqliteBackup {
    place: String,
    from: From,
}

enum From {
    /// A backup of ours.
    Stored(Arc<dyn Store>, Box<Manifest>, Opener),
    /// A file: a safety copy, or what somebody has put away.
    File(PathBuf),
}

impl SqliteBackup {
    /// The backup of `manifest`, which is in `store`; `unlocking` has the keys of an encrypted one.
    ///
    /// # Errors
    /// No key opens it.
    pub fn stored(store: Arc<dyn Store>, manifest: Manifest, unlocking: &Unlocking) -> Result<Self> {
        let opener = Opener::needed(&manifest, unlocking)?;
        let place = format!("{}/{}", store.describe(), manifest.id);
        Ok(Self { place, from: From::Stored(store, Box::new(manifest), opener) })
    }

    /// The file at `path`, where it is an SQLite database.
    pub fn file(path: &Path) -> Option<Self> {
        let mut front = [0; MAGIC.len()];
        let read = File::open(path).and_then(|mut file| std::io::Read::read_exact(&mut file, &mut front));
        let is_one = read.is_ok() && front == *MAGIC;
        is_one.then(|| Self { place: path.display().to_string(), from: From::File(path.to_owned()) })
    }

    fn bytes(&self) -> Result<u64> {
        match &self.from {
            From::Stored(_, manifest, _) => Ok(manifest.files.iter().map(|file| file.plain_bytes).sum()),
            From::File(path) => {
                let about = std::fs::metadata(path).map_err(|error| Error::io("read", path, error))?;
                Ok(about.len())
            }
        }
    }

    fn manifest(&self) -> Option<&Manifest> {
        match &self.from {
            From::Stored(_, manifest, _) => Some(manifest),
            From::File(_) => None,
        }
    }

    async fn read(&self) -> Result<Decoded> {
        match &self.from {
            From::Stored(store, manifest, opener) => {
                let [file] = manifest.files.as_slice() else {
                    let message = format!("the backup {} has {} files and not one", manifest.id, manifest.files.len());
                    return Err(Error::new(ErrorKind::Verification, message)
                        .hint("restore another backup: mainstay backup list"));
                };
                let source = store.read(&format!("{}/{}", manifest.id, file.name)).await?;
                let (decoder, expected) = (Decoder::new(file.codec)?, Some(file.stored.clone()));
                Ok(Decoded::new(file.name.clone(), source, opener.begin(), decoder, expected))
            }
            From::File(path) => {
                if let Some(log) = LOGS.map(|log| beside(path, log)).into_iter().find(|log| has_bytes(log)) {
                    let message =
                        format!("{} is not whole: a part of it is still in {}", path.display(), log.display());
                    return Err(Error::new(ErrorKind::Refused, message).hint(format!(
                        "let SQLite take it in first: sqlite3 {} 'PRAGMA wal_checkpoint(TRUNCATE)'",
                        path.display()
                    )));
                }
                let source: Box<dyn Source> = Box::new(FileSource::open(path)?);
                let codec = crate::archive::codec::Codec::None;
                Ok(Decoded::new(self.place.clone(), source, Opening::Plain, Decoder::new(codec)?, None))
            }
        }
    }
}

/// Where a restore leads to.
struct Goal {
    path: PathBuf,
    /// The folder that it is in.
    folder: PathBuf,
    /// Whether there is such a file already.
    there: bool,
}

/// # Errors
/// Something is in the way there, or asked for what a file has not.
fn goal(options: &Options) -> Result<Goal> {
    refuse_what_files_have_not(options)?;
    let mut path = PathBuf::from(options.way.database());
    // The file that a link leads to is the database; the link stays.
    if matches!(options.way, Way::Swap(_)) && path.is_symlink() {
        path = path.canonicalize().map_err(|error| Error::io("follow the link", &path, error))?;
    }
    let there = path.symlink_metadata().is_ok();
    if !there {
        refuse_logs(&path)?;
    }
    if there && matches!(options.way, Way::New(_)) {
        return Err(Error::new(ErrorKind::Refused, format!("there is a file {} already", path.display()))
            .hint("under another name: --into FILE")
            .hint("in its place, the old one kept under another name: leave --into out"));
    }
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new(".")).to_owned();
    if !folder.is_dir() {
        return Err(Error::new(ErrorKind::Io, format!("there is no folder {}", folder.display()))
            .hint(format!("make it: mkdir -p {}", folder.display())));
    }
    Ok(Goal { path, folder, there })
}

/// Whether a new file can come about as `options` ask for it.
///
/// # Errors
/// As [`plan_sqlite`]'s, as far as they are not about a backup.
pub fn check_new_file(options: &Options) -> Result<()> {
    goal(options).map(drop)
}

/// What restoring `backup` will do.
///
/// # Errors
/// It will not do: something is in the way. Nothing is changed.
pub async fn plan_sqlite(backup: &SqliteBackup, options: &Options, context: &Context) -> Result<RestorePlan> {
    let Goal { path, folder, there } = goal(options)?;
    let bytes = backup.bytes()?;
    room::check(Some(&folder), bytes)?;
    let kept = there.then(|| kept_name(&path, &options.label));
    if let Some(kept) = kept.as_ref().filter(|kept| kept.symlink_metadata().is_ok()) {
        return Err(Error::new(ErrorKind::Refused, format!("there is a file {} already", kept.display()))
            .hint("the one before was kept under that name a moment ago: run the command again"));
    }
    let marked = there && is_marked(&path, context).await;
    let kept = kept.map(|kept| kept.display().to_string());
    let mut steps = vec![
        format!("write the database into a new file beside {}", path.display()),
        "read every table of it, and compare it with what was backed up".to_owned(),
    ];
    steps.push(match &kept {
        Some(kept) => {
            format!("see that nobody has {} open, keep it as {kept}, and give its name to the new one", path.display())
        }
        None => format!("name it {}", path.display()),
    });
    let manifest = backup.manifest();
    let of = manifest.map(|manifest| manifest.source.database.clone());
    let other = of.filter(|of| kept.is_some() && Path::new(of).file_name() != path.file_name());
    let mut hasher = blake3::Hasher::new();
    hasher.update(format!("{} {:?} {there} {kept:?} {bytes}", backup.place, options.way).as_bytes());
    hasher.update(&manifest.map(Manifest::to_bytes).unwrap_or_default());
    Ok(RestorePlan {
        archive: backup.place.clone(),
        source: match manifest {
            Some(manifest) => format!("{}, SQLite {}", manifest.source.database, manifest.source.version),
            None => "an SQLite file".to_owned(),
        },
        steps,
        roles: Vec::new(),
        database: path.display().to_string(),
        other,
        asks: asks(&options.way, false, options.production || marked, there),
        kept,
        tables: manifest.map_or(0, |manifest| manifest.tables.len()),
        objects: manifest.map_or(0, |manifest| manifest.tables.len()),
        rows: manifest.map(|manifest| manifest.tables.iter().map(|table| table.rows.count).sum()),
        bytes,
        left_out: Vec::new(),
        state: hasher.finalize().to_hex().to_string(),
    })
}

/// Restores `backup` as `plan` says.
///
/// # Errors
/// The state has changed since the plan was made; the backup is damaged; somebody has the old file open. The old database is as it
/// was, and nothing else is left.
pub async fn restore_sqlite(
    backup: &SqliteBackup,
    plan: &RestorePlan,
    options: &Options,
    context: &Context,
) -> Result<Restored> {
    let began = Instant::now();
    let now = plan_sqlite(backup, options, context).await?;
    if now.state != plan.state {
        return Err(Error::new(ErrorKind::Refused, "the files have changed since the plan was made")
            .hint("make a new plan: mainstay restore --dry-run"));
    }
    options.consent.check(now.asks, &now.database)?;
    let path = PathBuf::from(&now.database);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut part = Part::beside(&path, &format!("{name}."))?;
    let undone = |error: Error| error.hint("nothing was changed: what had been restored is removed again");
    write(backup, &mut part).await.map_err(undone)?;
    let tables = compare(backup.manifest(), part.path(), context).await.map_err(undone)?;
    put_in_place(part.path(), &path, now.kept.as_deref()).await.map_err(undone)?;
    let counts = |known: bool| if known { tables.len() as u64 } else { 0 };
    Ok(Restored {
        database: now.database,
        kept: now.kept,
        tables: tables.len() as u64,
        rows: tables.iter().map(|table| table.rows.count).sum(),
        compared: counts(backup.manifest().is_some()),
        counted: counts(backup.manifest().is_none()),
        unknown: Vec::new(),
        roles: Vec::new(),
        large_objects: 0,
        left_out: Vec::new(),
        seconds: began.elapsed().as_secs_f64(),
    })
}

/// Refuses what only a PostgreSQL database has.
fn refuse_what_files_have_not(options: &Options) -> Result<()> {
    if let Some(table) = options.only.first() {
        return Err(Error::new(
            ErrorKind::Unsupported,
            format!("{table} alone is not taken out of an SQLite database"),
        )
        .hint("restore all of it into a file of its own, and copy the table from there: --into FILE"));
    }
    if matches!(options.way, Way::InPlace(_)) {
        let message = "an SQLite database is not restored in place: its file is exchanged for a whole one";
        return Err(Error::new(ErrorKind::Usage, message).hint("without --in-place; the old file is kept beside it"));
    }
    let birth = options.birth.encoding.is_some() || options.birth.locale.is_some();
    if birth || options.roles || !options.owners.map.is_empty() {
        let message = "roles, encodings and locales are PostgreSQL's: an SQLite file comes out as it was";
        return Err(Error::new(ErrorKind::Usage, message).hint("without --roles, --owner-map, --encoding and --locale"));
    }
    Ok(())
}

/// Whether the database at `path` is marked as a production one.
async fn is_marked(path: &Path, context: &Context) -> bool {
    let Ok(mut session) = open_read_only(&SqliteTarget { path: path.to_owned() }, context).await else { return false };
    let marked = ledger::is_marked(&mut session).await;
    Box::new(session).close().await;
    marked
}

async fn write(backup: &SqliteBackup, part: &mut Part) -> Result<()> {
    let path = part.path().to_owned();
    let failed = |error| Error::io("write", &path, error);
    let mut from = backup.read().await?;
    while let Some(piece) = from.next().await? {
        part.file().write_all(&piece).map_err(failed)?;
    }
    part.file().sync_all().map_err(failed)
}

/// The tables of the new file, which are those of the backup.
async fn compare(manifest: Option<&Manifest>, part: &Path, context: &Context) -> Result<Vec<Table>> {
    let mut session = open_read_only(&SqliteTarget { path: part.to_owned() }, context).await?;
    let problems = session.query("PRAGMA integrity_check").await;
    let seed = manifest.map_or(Seed(0), |manifest| manifest.seed);
    let tables = digests(&mut session, seed).await;
    Box::new(session).close().await;
    let (problems, tables) = (problems?, tables?);
    let other = |why: String| {
        Err(Error::new(ErrorKind::Verification, why).hint("restore another backup: mainstay backup list"))
    };
    if let Some(problem) = first_cell(&problems).filter(|said| *said != "ok") {
        return other(format!("the database is damaged: {problem}"));
    }
    let Some(manifest) = manifest else { return Ok(tables) };
    for table in &manifest.tables {
        let found = tables.iter().find(|one| one.name == table.name).map(|one| one.rows);
        if table.compare(found, &[]).is_some() {
            let found = found.map_or_else(|| "no such table".to_owned(), |rows| rows.to_string());
            let name = &table.name;
            return other(format!(
                "table {name} has come out with other rows: {found}, and it should be {}",
                table.rows
            ));
        }
    }
    match tables.iter().find(|one| manifest.tables.iter().all(|table| table.name != one.name)) {
        Some(strange) => other(format!("there is a table {}, which was not backed up", strange.name)),
        None => Ok(tables),
    }
}

/// Gives the new file its name; where there is an old one, nobody may have that open.
async fn put_in_place(part: &Path, path: &Path, kept: Option<&str>) -> Result<()> {
    let Some(kept) = kept.map(Path::new) else {
        refuse_logs(path)?;
        let named = disk::commit_new(part, std::iter::once(path.to_owned()));
        return named.map(drop);
    };
    let held = Alone::hold(path).await?;
    let old = path.metadata().map_err(|error| Error::io("read", path, error))?;
    let new = File::open(part).map_err(|error| Error::io("read", part, error))?;
    new.set_permissions(old.permissions()).map_err(|error| Error::io("give its rights to", part, error))?;
    // Refused only to those for whom there is nothing to change.
    let _ = fchown(&new, Some(old.uid()), Some(old.gid()));
    match exchange(part, path, kept) {
        Ok(()) => Ok(()),
        Err(error) => {
            held.let_go();
            Err(error)
        }
    }
}

/// Exchanges the files. Logs are left only beside one that is damaged: they go with it, or SQLite would read them into the new one.
fn exchange(part: &Path, path: &Path, kept: &Path) -> Result<()> {
    let mut moved = Vec::new();
    let put_away = LOGS.iter().try_for_each(|log| {
        let (from, to) = (beside(path, log), beside(kept, log));
        if from.symlink_metadata().is_ok() {
            std::fs::rename(&from, &to).map_err(|error| Error::io("put away", &from, error))?;
            moved.push((from, to));
        }
        Ok(())
    });
    let exchanged = put_away.and_then(|()| disk::replace_keeping(part, path, kept));
    if exchanged.is_err() {
        for (from, to) in moved {
            let _ = std::fs::rename(to, from);
        }
    }
    exchanged
}

/// What is not in the file itself: changes that are not taken in, and those that are to be taken back.
const LOGS: [&str; 2] = ["-wal", "-journal"];

fn has_bytes(log: &Path) -> bool {
    std::fs::metadata(log).is_ok_and(|log| log.len() > 0)
}

/// Refuses where a log lies at the place of a new file: SQLite would read it into that.
fn refuse_logs(path: &Path) -> Result<()> {
    let Some(log) = LOGS.map(|log| beside(path, log)).into_iter().find(|log| has_bytes(log)) else { return Ok(()) };
    let (log, shown) = (log.display(), path.display());
    Err(Error::new(ErrorKind::Refused, format!("there is no file {shown}, and {log} is a part of what it was"))
        .source("SQLite would read it into the restored database")
        .hint(format!("put it away, or {shown} back beside it: mv {log} {log}.old")))
}

/// `walt_before_20261121T221000Z.db` beside `walt.db`.
fn kept_name(path: &Path, label: &str) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let suffix = path.extension().map(|suffix| format!(".{}", suffix.to_string_lossy())).unwrap_or_default();
    path.with_file_name(format!("{stem}_before_{label}{suffix}"))
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
