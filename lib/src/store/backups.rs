//! Which backups a store has, and what is known of each.

use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;

use crate::archive::digest::Stored;
use crate::archive::manifest::{MANIFEST, Manifest, PROOF, Proof, Verdict};
use crate::error::{Error, ErrorKind, Result};

use super::{Object, Store};

/// The name that stands for the newest.
const LATEST: &str = "latest";
/// So many manifests are read at once.
const AT_ONCE: usize = 8;
/// A manifest has some hundred bytes for each file; what is larger is none.
const LARGEST: usize = 256 * 1024 * 1024;

/// A backup in a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Its name.
    pub id: String,
    /// How far it has come.
    pub state: State,
    /// When it was begun, ISO 8601 in UTC: by its name, which the manifest repeats.
    pub started: String,
    /// What it was taken of; missing where it has no manifest that can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// Bytes in the store, all its files together.
    pub bytes: u64,
    /// Its tables.
    pub tables: usize,
    /// Their rows.
    pub rows: u64,
    /// Whether a key is needed to open it.
    pub encrypted: bool,
    /// When it was restored and compared, ISO 8601 in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proven: Option<String>,
    /// Why its manifest cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// How far a backup has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// There is no manifest: it is being written, or was given up.
    Unfinished,
    /// Its manifest cannot be read: it is damaged, or a newer Mainstay's.
    Unreadable,
    /// It was taken, and every byte was read back.
    Checked,
    /// It was restored, and came out with other rows.
    Refuted,
    /// It was restored, and every table had its rows.
    Proven,
}

impl State {
    /// For people, as in `--json`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unfinished => "unfinished",
            Self::Unreadable => "unreadable",
            Self::Checked => "checked",
            Self::Refuted => "refuted",
            Self::Proven => "proven",
        }
    }
}

/// A backup whose manifest was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// What is known of it.
    pub listed: Listed,
    /// What it holds.
    pub manifest: Manifest,
    /// The manifest's bytes: what a proof is of.
    pub stored: Stored,
    /// What a drill has found out about it.
    pub proof: Option<Proof>,
    /// Its objects in the store, manifest and proof too.
    pub objects: Vec<Object>,
}

/// The backups in `store`, the newest first; other things that lie there are passed over.
///
/// # Errors
/// The store cannot be read. A backup that cannot be read is listed as such.
pub async fn list(store: &dyn Store) -> Result<Vec<Listed>> {
    let mut listed: Vec<Listed> = stream::iter(by_backup(store.list("").await?))
        .map(|(id, objects)| async move { look(store, &id, &objects).await.map(|(listed, _)| listed) })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    listed.sort_by(|a, b| b.id.cmp(&a.id));
    Ok(listed)
}

/// The newest backup of one database, and the newest of it that is proven.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Newest {
    /// Whether proven or not.
    pub taken: Option<Listed>,
    /// The one that is known to restore.
    pub proven: Option<Listed>,
}

/// Looks for the newest backups of `own`. Only so many manifests are read as it takes: a store may have hundreds.
///
/// # Errors
/// The store cannot be read, or the manifest of a backup before which no newer one of `own` was found: it may be the newest.
pub async fn newest(store: &dyn Store, own: &str) -> Result<Newest> {
    let mut newest = Newest::default();
    for (id, objects) in finished(store).await? {
        if newest.taken.is_some() && !has(&id, &objects, PROOF) {
            continue;
        }
        let (listed, read) = look(store, &id, &objects).await?;
        if newest.taken.is_none() && matches!(read, Read::Refused(_)) {
            return found(store, listed, read, objects).map(|_| newest);
        }
        if listed.database.as_deref() != Some(own) {
            continue;
        }
        if listed.state == State::Proven {
            newest.proven = Some(listed.clone());
        }
        newest.taken.get_or_insert(listed);
        if newest.proven.is_some() {
            break;
        }
    }
    Ok(newest)
}

/// The backup called `id`. `latest` is the newest that is finished of the database `own`; where there is none of that, or nobody
/// knows the database, the newest of the only database that the store has backups of.
///
/// # Errors
/// [`ErrorKind::NotFound`]: there is no such backup, or it has no manifest; [`ErrorKind::Refused`]: `latest` may be of several
/// databases; its manifest cannot be read.
pub async fn find(store: &dyn Store, id: &str, own: Option<&str>) -> Result<Found> {
    if id == LATEST {
        return latest(store, own).await;
    }
    let objects = match started(id) {
        Some(_) => store.list(&format!("{id}/")).await?,
        None => Vec::new(),
    };
    if objects.is_empty() {
        return Err(none(format!("there is no backup {id} in {}", store.describe())));
    }
    match look(store, id, &objects).await? {
        (_, Read::Nothing) => Err(none(format!("{id} in {} has no manifest: it was never finished", store.describe()))),
        (listed, read) => found(store, listed, read, objects),
    }
}

/// Manifests are read from the newest backwards, as far as it takes.
async fn latest(store: &dyn Store, own: Option<&str>) -> Result<Found> {
    let mut others: Vec<Found> = Vec::new();
    for (id, objects) in finished(store).await? {
        let (listed, read) = look(store, &id, &objects).await?;
        // Removed since the list was made.
        if matches!(read, Read::Nothing) {
            continue;
        }
        // One that cannot be read may be the wanted one: an older one in its place would hide that.
        let found = found(store, listed, read, objects)?;
        let database = &found.manifest.source.database;
        if own == Some(database.as_str()) {
            return Ok(found);
        }
        if !others.iter().any(|other| other.manifest.source.database == *database) {
            others.push(found);
        }
    }
    match others.len() {
        0 => Err(Error::new(ErrorKind::NotFound, format!("there is no backup in {}", store.describe()))
            .hint("take one: mainstay backup create")
            .hint("another place for backups: [backup] to in mainstay.toml")),
        1 => Ok(others.remove(0)),
        _ => Err(several(store, own, &others)),
    }
}

/// The newest of each database, none of which is the one that was meant.
fn several(store: &dyn Store, own: Option<&str>, newest: &[Found]) -> Error {
    let place = store.describe();
    let message = match own {
        Some(own) => format!("there is no backup of {own} in {place}, which has backups of other databases"),
        None => format!("{place} has backups of several databases, and none is said to be meant"),
    };
    let said = newest.iter().map(|found| format!("{} of {}", found.listed.id, found.manifest.source.database));
    let mut hint = "name one by its id in place of latest".to_owned();
    if let Some(first) = newest.first() {
        hint = format!("{hint}, such as {}; all of them: mainstay backup list", first.listed.id);
    }
    let said = said.collect::<Vec<_>>().join(", ");
    Error::new(ErrorKind::Refused, message).source(format!("the newest are {said}")).hint(hint)
}

fn none(message: String) -> Error {
    Error::new(ErrorKind::NotFound, message).hint("see which there are: mainstay backup list")
}

fn found(store: &dyn Store, listed: Listed, read: Read, objects: Vec<Object>) -> Result<Found> {
    match read {
        Read::Whole(whole) => {
            let (manifest, stored, proof) = *whole;
            Ok(Found { listed, manifest, stored, proof, objects })
        }
        Read::Refused(error) => {
            Err(error.context(format!("the backup {} in {} cannot be read", listed.id, store.describe())))
        }
        Read::Nothing => Err(none(format!("{} in {} is gone", listed.id, store.describe()))),
    }
}

/// What came of reading a manifest.
enum Read {
    Nothing,
    Refused(Error),
    Whole(Box<(Manifest, Stored, Option<Proof>)>),
}

async fn look(store: &dyn Store, id: &str, objects: &[Object]) -> Result<(Listed, Read)> {
    let mut listed = Listed {
        id: id.to_owned(),
        state: State::Unfinished,
        started: started(id).unwrap_or_default(),
        database: None,
        bytes: objects.iter().map(|object| object.bytes).sum(),
        tables: 0,
        rows: 0,
        encrypted: false,
        proven: None,
        problem: None,
    };
    let Some(bytes) = read_small(store, &format!("{id}/{MANIFEST}")).await? else { return Ok((listed, Read::Nothing)) };
    let read = Manifest::read(&bytes).and_then(|manifest| match manifest.id == id {
        true => Ok(manifest),
        false => {
            let message = format!("the manifest of {} lies in the place of {id}'s", manifest.id);
            Err(Error::new(ErrorKind::Verification, message))
        }
    });
    let manifest = match read {
        Ok(manifest) => manifest,
        Err(error) => {
            (listed.state, listed.problem) = (State::Unreadable, Some(error.message().to_owned()));
            return Ok((listed, Read::Refused(error)));
        }
    };
    let proof = match read_small(store, &format!("{id}/{PROOF}")).await? {
        // A proof that cannot be read proves nothing.
        Some(bytes) => Proof::read(&bytes).ok(),
        None => None,
    };
    listed.state = match proof.as_ref().map(|proof| proof.verdict(&bytes)) {
        Some(Verdict::Proven) => State::Proven,
        Some(Verdict::Refuted) => State::Refuted,
        Some(Verdict::Foreign) | None => State::Checked,
    };
    listed.proven = proof.as_ref().filter(|_| listed.state == State::Proven).map(|proof| proof.at.clone());
    listed.database = Some(manifest.source.database.clone());
    listed.tables = manifest.tables.len();
    listed.rows = manifest.tables.iter().map(|table| table.rows.count).sum();
    listed.encrypted = manifest.encryption.is_some();
    Ok((listed, Read::Whole(Box::new((manifest, Stored::of(&bytes), proof)))))
}

/// The backups that have a manifest, the newest first, with their objects.
async fn finished(store: &dyn Store) -> Result<Vec<(String, Vec<Object>)>> {
    let mut backups = by_backup(store.list("").await?);
    backups.retain(|(id, objects)| has(id, objects, MANIFEST));
    backups.sort_by(|a, b| b.0.cmp(&a.0));
    Ok(backups)
}

fn has(id: &str, objects: &[Object], file: &str) -> bool {
    objects.iter().any(|object| object.name == format!("{id}/{file}"))
}

/// The objects of each backup, by its name.
fn by_backup(objects: Vec<Object>) -> Vec<(String, Vec<Object>)> {
    let mut backups: Vec<(String, Vec<Object>)> = Vec::new();
    for object in objects {
        let Some((id, _)) = object.name.split_once('/').filter(|(id, _)| started(id).is_some()) else { continue };
        match backups.iter_mut().rev().find(|(last, _)| last == id) {
            Some((_, found)) => found.push(object),
            None => backups.push((id.to_owned(), vec![object])),
        }
    }
    backups
}

/// When the backup called `id` was begun, ISO 8601 in UTC: `20261120T023000Z-p7`. `None`: it is no backup's name.
pub(crate) fn started(id: &str) -> Option<String> {
    let (time, rest) = id.split_at_checked(16)?;
    let shape = time.bytes().zip(b"ddddddddTddddddZ").all(|(byte, wanted)| match wanted {
        b'd' => byte.is_ascii_digit(),
        other => byte == *other,
    });
    let suffix = rest.strip_prefix('-').is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    if !shape || !(rest.is_empty() || suffix) {
        return None;
    }
    let part = |from: usize, to: usize| &time[from..to];
    let date = [part(0, 4), part(4, 6), part(6, 8)].join("-");
    Some(format!("{date}T{}Z", [part(9, 11), part(11, 13), part(13, 15)].join(":")))
}

/// All bytes of a small object; `None` where there is none.
async fn read_small(store: &dyn Store, name: &str) -> Result<Option<Vec<u8>>> {
    let mut source = match store.read(name).await {
        Ok(source) => source,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    while let Some(piece) = source.next().await? {
        bytes.extend(piece);
        if bytes.len() > LARGEST {
            let message = format!("{name} in {} is larger than such a file can be", store.describe());
            return Err(Error::new(ErrorKind::Verification, message));
        }
    }
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_backups() {
        let check = |id: &str, expected: Option<&str>| assert_eq!(started(id).as_deref(), expected, "{id}");
        check("20261120T023000Z-p7", Some("2026-11-20T02:30:00Z"));
        check("20261120T023000Z", Some("2026-11-20T02:30:00Z"));
        for none in
            ["", "latest", "walt-20261120T023000Z", "20261120T023000Z.sqlite3", "20261120T023000", "20261120T023000Zp7"]
        {
            check(none, None);
        }
        check("20261120T02300äZ", None);
    }
}
