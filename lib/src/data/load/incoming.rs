//! Rows on their way in, whatever the form that they come in.

use std::path::PathBuf;
use std::sync::Arc;

use super::reader::{Reader, Stop, Take};
use crate::data::django::{Fixture, FixtureRows};
use crate::data::places;
use crate::error::{self, Error, ErrorKind, Result};
use crate::portable::Value;
use crate::portable::manifest::Manifest;

/// Gives the rows of a dump, table by table.
pub(in crate::data) trait Incoming: Send {
    /// What comes.
    fn manifest(&self) -> &Manifest;

    /// The order in which tables are wanted, where it can be chosen.
    fn choose(&mut self, order: &[usize]) -> bool;

    /// Whether columns may be missing that the database fills by itself.
    fn leaves_out(&self) -> bool {
        false
    }

    /// Goes on to the next table; its place in the manifest.
    fn next_table(&mut self) -> Result<Option<usize>>;

    /// Gives up to `limit` rows of the table to `take`, and says how many they were: fewer only at the table's end.
    fn rows(&mut self, limit: u64, take: Take<'_>) -> Result<u64>;

    /// Reads to the end, and compares what is known only there.
    fn finish(&mut self) -> Result<()>;

    /// Goes on to the rows of the table at this place in the manifest, which must be the next.
    fn table(&mut self, table: usize) -> Result<()> {
        if self.next_table()? == Some(table) {
            return Ok(());
        }
        let name = self.manifest().tables[table].full_name();
        Err(Error::new(ErrorKind::Verification, format!("the rows of {name} do not come where the manifest says")))
    }
}

/// A dump that is read once more to look something up.
#[derive(Clone)]
pub(in crate::data) enum Again {
    /// It cannot be.
    Never,
    /// Lines, in a folder or an archive.
    Lines(PathBuf),
    /// A fixture.
    Fixture(Arc<Fixture>),
}

impl Again {
    /// The place of the first row of the table that `is_it` knows by its values.
    pub(in crate::data) fn find(&self, table: usize, is_it: impl FnMut(&[Value<'_>]) -> bool) -> Option<error::Place> {
        self.refuse(table, is_it, Error::new(ErrorKind::NotFound, "found")).ok()?.place().cloned()
    }

    /// `error`, which is about a row of the table, with all that is known of that row; as it is where the row is not found.
    pub(in crate::data) fn about(&self, table: usize, number: u64, error: Error) -> Error {
        let mut left = number;
        let is_it = |_: &[Value<'_>]| {
            left = left.saturating_sub(1);
            left == 0
        };
        self.refuse(table, is_it, error).unwrap_or_else(|error| error)
    }

    /// Reads the table up to the first row that `is_it` knows, and refuses that with `error`, which then says where it stands.
    fn refuse(&self, table: usize, is_it: impl FnMut(&[Value<'_>]) -> bool, error: Error) -> Result<Error, Error> {
        let mut error = Some(error);
        let refused = self.read(table, is_it, &mut error);
        match error {
            Some(error) => Err(error),
            None => refused.ok_or_else(gone),
        }
    }

    fn read(
        &self,
        table: usize,
        mut is_it: impl FnMut(&[Value<'_>]) -> bool,
        error: &mut Option<Error>,
    ) -> Option<Error> {
        let mut incoming: Box<dyn Incoming> = match self {
            Self::Never => return None,
            Self::Lines(path) => Box::new(Reader::new(places::open(path).ok()?)),
            Self::Fixture(fixture) => Box::new(FixtureRows::new(Arc::clone(fixture))),
        };
        incoming.choose(&[table]);
        while incoming.next_table().ok()? != Some(table) {
            incoming.rows(u64::MAX, &mut |_, _| Ok(())).ok()?;
        }
        let refused = incoming.rows(u64::MAX, &mut |values, _| match is_it(values) {
            true => Err(error.take().map_or_else(|| Stop::Error(gone()), Stop::Row)),
            false => Ok(()),
        });
        refused.err()
    }
}

fn gone() -> Error {
    Error::new(ErrorKind::NotFound, "the row is not found again")
}
