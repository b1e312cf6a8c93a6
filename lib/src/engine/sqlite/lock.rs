//! Named locks as files beside the database: the operating system gives them back when a process dies.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::{beside, card};
use crate::engine::Holder;
use crate::error::{Error, ErrorKind, Result};

/// The locks of one session.
pub(super) struct Locks {
    database: PathBuf,
    program: String,
    held: BTreeMap<String, File>,
}

impl Locks {
    pub(super) fn new(database: &Path, program: &str) -> Self {
        Self { database: database.to_owned(), program: program.to_owned(), held: BTreeMap::new() }
    }

    /// Takes the lock `name` if nobody has it, and writes into its file who we are.
    pub(super) fn take(&mut self, name: &str) -> Result<bool> {
        if self.held.contains_key(name) {
            return Ok(true);
        }
        let path = self.path(name);
        let mut file = beside::open(&path, &self.database)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(false),
            Err(TryLockError::Error(e)) => return Err(Error::io("lock", &path, e)),
        }
        file.set_len(0)
            .and_then(|()| file.write_all(card::own(&self.program).as_bytes()))
            .map_err(|e| Error::io("write the lock file", &path, e))?;
        self.held.insert(name.to_owned(), file);
        Ok(true)
    }

    /// Gives the lock back. The file stays: removing it would let two sessions lock two files of one name.
    pub(super) fn give_back(&mut self, name: &str) -> Result<()> {
        let path = self.path(name);
        let Some(mut file) = self.held.remove(name) else {
            return Err(Error::new(ErrorKind::Locked, format!("the lock `{name}` is not ours to give back")));
        };
        file.rewind()
            .and_then(|()| file.set_len(0))
            .and_then(|()| file.unlock())
            .map_err(|e| Error::io("unlock", &path, e))
    }

    /// Who has the lock, by what they wrote into its file.
    pub(super) fn holder(&self, name: &str) -> Result<Option<Holder>> {
        let path = self.path(name);
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(Error::io("open the lock file", &path, e)),
        };
        let mut card = String::new();
        file.read_to_string(&mut card).map_err(|e| Error::io("read the lock file", &path, e))?;
        // Words that a dead process left behind hold nothing.
        if !self.held.contains_key(name) && file.try_lock_shared().is_ok() {
            return Ok(None);
        }
        Ok(Some(card::holder(&card)))
    }

    /// `<database>-mainstay-lock`, and the name where it is not the plain one.
    fn path(&self, name: &str) -> PathBuf {
        let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        match name {
            "mainstay" => beside::path(&self.database, "-mainstay-lock"),
            _ => beside::path(&self.database, &format!("-mainstay-lock-{plain}")),
        }
    }
}
