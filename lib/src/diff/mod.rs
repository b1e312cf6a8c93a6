//! The way from one catalog to another: what to make, change and drop, in an order that the server takes.
//!
//! Data in, data out. Each object of either side gets a fate by comparing the two; fates become pieces of work;
//! the catalogs' dependencies say which pieces must come first; the line of pieces becomes a plan.
//! Why it is done this way: `docs/design/diff.md`.

mod around;
mod change;
mod edges;
mod fate;
mod follow;
mod naming;
mod near;
mod objects;
mod online;
mod order;
mod parting;
mod passing;
mod refused;
mod rename;
mod side;
mod spelling;
mod sqlite;
mod steps;
mod verb;
mod work;

pub use rename::{Rename, lookalikes};
pub use sqlite::diff_sqlite;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::Duration;

use crate::catalog::{Catalog, Name, ObjectId, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{Plan, PlanKind, Step};
use change::Statement;
use fate::Fates;
use parting::Parting;
use passing::Passing;
use side::Side;

/// How a plan is made.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// The role that the plan will run as: what it makes belongs to it.
    pub role: String,
    /// How long a statement waits for a lock.
    pub lock_timeout: Option<Duration>,
    /// Nobody who uses a table that is there waits for long, where that can be had; else one plain statement for each thing.
    pub online: bool,
    /// The version of the server that the plan is for, 150018; 0 where it is not known: then the plan is one for all.
    pub server: u32,
}

impl Options {
    /// An online plan for `role`, without timeouts, for a server of any version.
    pub fn new(role: impl Into<String>) -> Self {
        Self { role: role.into(), lock_timeout: None, online: true, server: 0 }
    }

    fn side<'a>(&self, catalog: &'a Catalog, passing: &Passing) -> Side<'a> {
        Side::new(catalog, &self.role).on(self.server, passing)
    }
}

/// The tables that are made anew; not looked for where no table is another's child, as only then it matters beforehand.
fn made_anew(from: &Catalog, to: &Catalog, options: &Options) -> BTreeSet<ObjectId> {
    let has_children = |side: &Catalog| side.tables.iter().any(|table| table.parents().next().is_some());
    if !has_children(from) && !has_children(to) {
        return BTreeSet::new();
    }
    let passing = Passing::default();
    let fates = Fates::of(&options.side(from, &passing), &options.side(to, &passing));
    let tables = from.tables.iter().map(Table::id);
    tables.filter(|id| fates.is_dropped(id) && fates.is_made(id)).collect()
}

/// Plans the way from the PostgreSQL database that `from` was read from to `to`; empty where they do not differ.
///
/// # Errors
/// [`ErrorKind::Refused`]: objects need each other in a circle that no order of statements takes apart, or PostgreSQL has no way
/// for something, as to an older version of an extension.
pub fn diff(from: &Catalog, to: &Catalog, options: &Options) -> Result<Plan> {
    let (database, state) = (from.database.name.clone(), from.hash().to_string());
    let followed = follow::of(from, to, options);
    let (from, renames) =
        followed.map_or((Cow::Borrowed(from), Vec::new()), |followed| (Cow::Owned(followed.from), followed.statements));
    let passing = Passing::between(&from, to);
    let [near_from, near_to] = near::near(&from, to);
    let steps = steps_between(&near_from, &near_to, (renames, &passing), options)?;
    Ok(Plan { kind: PlanKind::Schema, database, state, steps })
}

/// The steps that make `from` what `to` is, after `renames`.
fn steps_between(
    from: &Catalog,
    to: &Catalog,
    (renames, passing): (Work, &Passing),
    options: &Options,
) -> Result<Vec<Step>> {
    let parted = parting::of(from, to, &made_anew(from, to, options));
    let (before, after) = parted.as_ref().map_or((from, to), |parted| (&parted.from, &parted.to));
    let (old, new) = (options.side(before, passing), options.side(after, passing));
    refused::refuse(&old, &new)?;
    let partings = parted.as_ref().map_or(&[][..], |parted| &parted.partings);
    let fates = Fates::of(&old, &new);
    let stands = |name: &Name| old.table(name).is_some_and(|table| !fates.is_made(&table.id()));
    let halfway = if options.online { online::halfway((from, to), (&old, &new), &fates, options.server) } else { None };
    let Some(halfway) = halfway else {
        let all = renames.into_iter().chain(way(&old, &new, &fates, partings)?);
        return Ok(steps::of(all.collect(), options, stands));
    };
    let there = options.side(&halfway.catalog, passing);
    let first = way(&old, &there, &Fates::of(&old, &there), partings)?;
    let (there, new) = halfway.last_part(after, passing, options);
    let last = way(&there, &new, &Fates::of(&there, &new), &[])?;
    let apart = last.into_iter().map(|(id, work)| (id, work.into_iter().map(Statement::apart).collect()));
    let mut steps = steps::of(renames.into_iter().chain(first).collect(), options, stands);
    steps.extend(steps::of(apart.collect(), options, stands));
    Ok(steps)
}

/// Statements in order, with the object that they are for.
type Work = Vec<(ObjectId, Vec<Statement>)>;

/// The statements that make `old` what `new` is, in order.
fn way(old: &Side<'_>, new: &Side<'_>, fates: &Fates, partings: &[Parting]) -> Result<Work> {
    let [taken_back, given] = around::privileges_of_others(old, new);
    let work = work::in_order(old, new, fates, partings).map_err(|circle| {
        let names: Vec<String> = circle.iter().map(ToString::to_string).collect();
        Error::new(ErrorKind::Refused, format!("these objects need each other in a circle: {}", names.join(", ")))
            .hint("change them in two steps: first one state without one of these, then the wanted one")
    })?;
    Ok(taken_back.into_iter().chain(work).chain(given).chain(steps::of_database(old, new)).collect())
}
