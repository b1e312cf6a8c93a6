//! Revision files of Alembic, Django and South, read without Python: what comes after what, what cannot be undone, what
//! deletes data, and what is wrong with them.
//!
//! Data in, data out: nothing of a file is run, so what only Python could tell (a computed name, a query built from pieces) is
//! not told. One file per tool; [`History`] is what they make of a folder.

mod alembic;
mod django;
mod graph;
mod imports;
mod losses;
mod outline;
mod python;
mod south;
mod value;

use std::collections::{HashMap, HashSet};

use crate::error::Place;
use crate::plan::{Finding, Risk, Severity};
use crate::sql::Flavor;

use outline::Outline;

/// Whose files they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tool {
    /// Alembic, SQLAlchemy's.
    Alembic,
    /// Django's own migrations, since 1.7.
    Django,
    /// South, Django's before that.
    South,
}

/// A revision file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path as messages name it.
    pub name: String,
    /// The app that it belongs to; empty for Alembic, which has none.
    pub app: String,
    /// Its text.
    pub text: String,
}

/// What a reader must be told beside the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Around {
    /// Packages and modules of the service itself: a revision that imports one depends on what it will be later.
    pub packages: Vec<String>,
    /// Whether several heads are meant to be: `alembic upgrade heads`.
    pub several_heads: bool,
    /// Whose rules the SQL in them follows.
    pub flavor: Flavor,
}

/// One revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// What the tool's ledger calls it: `1975ea83b712`, `shop.0002_price`.
    pub id: String,
    /// Its name beside that; empty for Django and South, whose ids have it.
    pub name: String,
    /// Its file as messages name it.
    pub file: String,
    /// Where it says what it is.
    pub place: Place,
    /// What must be applied before it.
    pub parents: Vec<String>,
    /// What it stands for when all of that is applied: Django's squashed migrations.
    pub replaces: Vec<String>,
    /// What going up destroys, as far as the text shows it.
    pub up: Vec<Risk>,
    /// What going back destroys, as far as the text shows it.
    pub down: Vec<Risk>,
    /// The way back.
    pub undo: Undo,
    /// Where going up ends the transaction that it runs in, or runs without one: what was done until then stays.
    pub commits: Option<Place>,
}

/// Whether there is a way back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undo {
    /// There is one.
    Written,
    /// There is one, and it does nothing.
    Empty,
    /// There is none, or it raises: why, and where.
    Never(String, Place),
}

/// A folder's revisions.
#[derive(Clone, Debug)]
pub struct History {
    /// Whose they are.
    pub tool: Tool,
    /// All of them, in an order in which they can be applied.
    pub revisions: Vec<Revision>,
    /// Ids of those that no other one builds on.
    pub heads: Vec<String>,
    /// What a reader should know, by file.
    pub findings: Vec<Finding>,
    at: HashMap<String, usize>,
}

impl Tool {
    /// Every tool there is.
    pub const ALL: [Tool; 3] = [Tool::Alembic, Tool::Django, Tool::South];

    /// The name used in `[migrations] dialect`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Alembic => "alembic",
            Self::Django => "django",
            Self::South => "south",
        }
    }

    /// Its name as people write it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Alembic => "Alembic",
            Self::Django => "Django",
            Self::South => "South",
        }
    }

    /// The tool whose file this is.
    pub fn of(text: &str) -> Option<Self> {
        // Only a file that has the right words is worth reading.
        if text.contains("down_revision") {
            return alembic::claims(text).then_some(Self::Alembic);
        }
        match text.contains("class Migration") {
            true if django::claims(text) => Some(Self::Django),
            true if south::claims(text) => Some(Self::South),
            _ => None,
        }
    }
}

impl History {
    /// Reads `files`, which are sorted by name.
    pub fn read(tool: Tool, files: &[File], around: &Around) -> Self {
        match tool {
            Tool::Alembic => alembic::read(files, around),
            Tool::Django => django::read(files, around),
            Tool::South => south::read(files, around),
        }
    }

    /// The revision of that id.
    pub fn find(&self, id: &str) -> Option<&Revision> {
        self.at.get(id).map(|at| &self.revisions[*at])
    }

    /// The revision that whoever types `version` means: by its id, or by a beginning of it that no other one has.
    pub fn called(&self, version: &str) -> Option<&Revision> {
        let mut begun = self.revisions.iter().filter(|revision| revision.id.starts_with(version));
        let only = || begun.next().filter(|_| !version.is_empty() && begun.next().is_none());
        self.find(version).or_else(only)
    }

    /// `ids` and everything that is applied before them.
    pub fn until<'a>(&'a self, ids: impl IntoIterator<Item = &'a str>) -> HashSet<&'a str> {
        let mut seen = HashSet::new();
        let mut todo: Vec<&str> = ids.into_iter().collect();
        while let Some(id) = todo.pop() {
            if seen.insert(id) {
                todo.extend(self.find(id).into_iter().flat_map(|found| found.parents.iter().map(String::as_str)));
            }
        }
        seen
    }

    fn new(tool: Tool, found: Found) -> Self {
        let Found { mut revisions, mut findings } = found;
        let (order, settled) = graph::order(&revisions);
        if let Some(circle) = graph::circle(&revisions, &order[settled..]) {
            findings.push(circle);
        }
        let mut slots: Vec<Option<Revision>> = revisions.drain(..).map(Some).collect();
        let revisions: Vec<Revision> = order.iter().filter_map(|at| slots[*at].take()).collect();
        let at = revisions.iter().enumerate().map(|(at, revision)| (revision.id.clone(), at)).collect();
        let heads = graph::heads(&revisions);
        findings.sort_by(|a, b| key(a).cmp(&key(b)));
        Self { tool, revisions, heads, findings, at }
    }
}

fn key(finding: &Finding) -> Option<(&str, usize, usize)> {
    finding.place.as_ref().map(|place| (place.file.as_str(), place.line, place.column))
}

/// What has been read so far.
#[derive(Default)]
struct Found {
    revisions: Vec<Revision>,
    findings: Vec<Finding>,
}

impl Found {
    fn say(&mut self, severity: Severity, message: impl Into<String>, place: Place) {
        self.findings.push(Finding { severity, message: message.into(), place: Some(place) });
    }

    /// The outline of `file`; one that is no Python is a finding.
    fn outline<'a>(&mut self, file: &'a File) -> Option<Outline<'a>> {
        match Outline::read(&file.name, &file.text) {
            Ok(outline) => Some(outline),
            Err(fault) => {
                let place = Place::in_text(&file.name, &file.text, fault.at);
                self.say(Severity::Error, format!("this is no Python: {}", fault.message), place);
                None
            }
        }
    }

    /// Says what `revision` loses on the way up, unless its file allows that, and adds it.
    fn add(&mut self, revision: Revision) {
        for risk in revision.up.iter().filter(|risk| risk.hazard.needs_consent() && !risk.allowed) {
            let message = format!("{} (hazard {})", risk.reason, risk.hazard.name());
            self.findings.push(Finding { severity: Severity::Warning, message, place: risk.place.clone() });
        }
        match &revision.undo {
            Undo::Written => {}
            Undo::Empty => {
                let message =
                    format!("going back from {} changes nothing but its mark in the ledger", revision.title());
                self.say(Severity::Note, message, revision.place.clone());
            }
            Undo::Never(why, place) => {
                self.say(Severity::Note, format!("{} cannot be undone: {why}", revision.title()), place.clone());
            }
        }
        self.revisions.push(revision);
    }
}

impl Revision {
    /// Id and name as one.
    pub fn title(&self) -> String {
        match self.name.is_empty() {
            true => self.id.clone(),
            false => format!("{}_{}", self.id, self.name),
        }
    }
}
