//! What is to be done in which order: from a table of contents to what is made first, and jobs for sessions side by side.

use std::collections::{BTreeMap, BTreeSet};

use crate::archive::digest::CopyFormat;
use crate::archive::toc::{Entry, SHARED_LOAD, Section, Toc};

use super::copy::Copy;
use super::text::shown;

/// A table by its schema and name.
pub(super) type TableName = (String, String);

/// Entries by their places in the table of contents.
#[derive(Debug, Default)]
pub(super) struct Work {
    /// Made one after the other, before any row.
    pub(super) before: Vec<usize>,
    /// Rows, and what comes after them; each needs only jobs before it.
    pub(super) jobs: Vec<Job>,
    /// Rights, given when everything is there.
    pub(super) rights: Vec<usize>,
    /// What may depend on everything: fillings of materialised views, event triggers.
    pub(super) last: Vec<Job>,
}

/// Something that one session does.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) what: What,
    /// Jobs that must be done before.
    pub(super) needs: Vec<usize>,
    /// The higher, the sooner.
    pub(super) urgency: u64,
    /// Tables by their entries' numbers, and whether nobody else may work on them meanwhile: two sessions would only wait for
    /// each other's locks.
    pub(super) locks: Vec<(i32, bool)>,
}

/// What a job does.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// Makes an entry's object.
    Object(usize),
    /// Loads rows.
    Rows(Load),
    /// Fills large objects.
    LargeObjects(usize),
    /// Compares a table with what was sent, once all its rows are there.
    Check(TableName),
    /// Gathers the planner's statistics of a table, whose name is quoted.
    Analyze(String),
}

/// Rows of an entry.
#[derive(Clone, Debug)]
pub(super) struct Load {
    pub(super) entry: usize,
    /// The table that they go into: a partition's may go through its root.
    pub(super) table: TableName,
    /// The table is ours, empty, and gets all its rows by this load: they need not go through the log, and are frozen.
    pub(super) fresh: bool,
}

/// How urgent each kind of job is, before its size counts.
const ROWS_FIRST: u64 = 1 << 60;
const AFTER_ROWS: u64 = 1 << 59;
const CHECKS: u64 = 0;

/// Orders the `chosen` entries of `toc`; `bytes` are those of an entry's data as they are stored, and `checked` the tables that
/// are to be compared though they have no load.
pub(super) fn order(toc: &Toc, chosen: &BTreeSet<usize>, bytes: impl Fn(&Entry) -> u64, checked: &[TableName]) -> Work {
    let mut builder = Builder::new(toc, chosen);
    let late = late(toc);
    for at in chosen.iter().copied() {
        let entry = &toc.entries[at];
        match pass(entry) {
            _ if is_about_archive(entry) => {}
            Pass::Rights => builder.work.rights.push(at),
            Pass::Last => builder.last(at, entry),
            Pass::Main if !late.contains(&entry.id) => builder.work.before.push(at),
            Pass::Main => builder.main(at, entry, bytes(entry)),
        }
    }
    builder.checks(checked);
    builder.work
}

/// Entries that are about the archive or the database and not in it.
pub(super) fn is_about_archive(entry: &Entry) -> bool {
    match entry.kind.as_str() {
        "ENCODING" | "STDSTRINGS" | "SEARCHPATH" | "DATABASE" | "DATABASE PROPERTIES" => true,
        "COMMENT" | "ACL" | "SECURITY LABEL" => entry.tag.as_deref().is_some_and(|tag| tag.starts_with(b"DATABASE ")),
        _ => false,
    }
}

enum Pass {
    Main,
    Rights,
    Last,
}

fn pass(entry: &Entry) -> Pass {
    match entry.kind.as_str() {
        "ACL" | "ACL LANGUAGE" | "DEFAULT ACL" => Pass::Rights,
        "EVENT TRIGGER" | "MATERIALIZED VIEW DATA" => Pass::Last,
        "COMMENT" | "SECURITY LABEL" if entry.tag.as_deref().is_some_and(|tag| tag.starts_with(b"EVENT TRIGGER ")) => {
            Pass::Last
        }
        _ => Pass::Main,
    }
}

/// The numbers of the entries that come with the rows or after them: what depends on such an entry does too.
fn late(toc: &Toc) -> BTreeSet<i32> {
    let mut late = BTreeSet::new();
    for entry in &toc.entries {
        let own = matches!(entry.section, Section::Data | Section::PostData);
        if own || entry.section == Section::None && entry.dependencies.iter().any(|id| late.contains(id)) {
            late.insert(entry.id);
        }
    }
    late
}

struct Builder {
    work: Work,
    /// The job of each entry's number.
    jobs: BTreeMap<i32, usize>,
    /// The tables' entries that are restored, by name.
    tables: BTreeMap<TableName, i32>,
    /// The tables that each entry is about.
    about: BTreeMap<i32, Vec<i32>>,
    /// How many loads each table has.
    loads: BTreeMap<TableName, usize>,
    /// The loads of each table's entry, and how many bytes they have.
    loaded: BTreeMap<i32, (Vec<usize>, u64)>,
    /// The loads that go into each table.
    into: BTreeMap<TableName, Vec<usize>>,
    last: BTreeMap<i32, usize>,
}

impl Builder {
    fn new(toc: &Toc, chosen: &BTreeSet<usize>) -> Self {
        let mut builder = Self {
            work: Work::default(),
            jobs: BTreeMap::new(),
            tables: BTreeMap::new(),
            about: BTreeMap::new(),
            loads: BTreeMap::new(),
            loaded: BTreeMap::new(),
            into: BTreeMap::new(),
            last: BTreeMap::new(),
        };
        for entry in chosen.iter().map(|at| &toc.entries[*at]) {
            let name = name_of(entry);
            match entry.kind.as_str() {
                "TABLE" => drop(builder.tables.insert(name, entry.id)),
                "TABLE DATA" => *builder.loads.entry(name).or_default() += 1,
                _ => {}
            }
        }
        builder
    }

    fn push(&mut self, entry: &Entry, job: Job) -> usize {
        self.work.jobs.push(job);
        let at = self.work.jobs.len() - 1;
        self.jobs.insert(entry.id, at);
        at
    }

    fn main(&mut self, at: usize, entry: &Entry, bytes: u64) {
        let mut needs: BTreeSet<usize> =
            entry.dependencies.iter().filter_map(|id| self.jobs.get(id)).copied().collect();
        if entry.kind == "TABLE DATA" {
            return self.rows(at, entry, bytes, needs);
        }
        if entry.had_dumper {
            let what = What::LargeObjects(at);
            let urgency = ROWS_FIRST + bytes.min(ROWS_FIRST - 1);
            self.push(entry, Job { what, needs: needs.into_iter().collect(), urgency, locks: Vec::new() });
            return;
        }
        let tables = self.tables_of(entry);
        let mut size = 0;
        for table in &tables {
            if let Some((loads, bytes)) = self.loaded.get(table) {
                needs.extend(loads);
                size = size.max(*bytes);
            }
        }
        let exclusive = entry.kind != "INDEX";
        let locks = match entry.section {
            Section::PostData => tables.iter().map(|table| (*table, exclusive)).collect(),
            _ => Vec::new(),
        };
        let urgency = AFTER_ROWS + effort(entry, size).min(AFTER_ROWS - 1);
        self.about.insert(entry.id, tables);
        self.push(entry, Job { what: What::Object(at), needs: needs.into_iter().collect(), urgency, locks });
    }

    fn rows(&mut self, at: usize, entry: &Entry, bytes: u64, needs: BTreeSet<usize>) {
        let own = name_of(entry);
        let copy = entry.copy.as_deref().and_then(Copy::parse);
        let table = copy.map_or_else(|| own.clone(), |copy| copy.table);
        let marked = entry.definition.as_deref().is_some_and(|text| text.starts_with(SHARED_LOAD.as_bytes()));
        let alone = self.loads.get(&own) == Some(&1) && table == own && !marked;
        let fresh = alone && self.tables.contains_key(&own) && entry.copy.as_ref().is_some_and(|copy| !copy.is_empty());
        let load = Load { entry: at, table: table.clone(), fresh };
        let urgency = ROWS_FIRST + bytes.min(ROWS_FIRST - 1);
        let needs = needs.into_iter().collect();
        let job = self.push(entry, Job { what: What::Rows(load), needs, urgency, locks: Vec::new() });
        if let Some(id) = self.tables.get(&own) {
            let loaded = self.loaded.entry(*id).or_default();
            loaded.0.push(job);
            loaded.1 += bytes;
        }
        self.into.entry(table).or_default().push(job);
    }

    /// The tables that an entry is about: those that it depends on, and those of the indexes and constraints that it depends on.
    fn tables_of(&self, entry: &Entry) -> Vec<i32> {
        let mut tables = BTreeSet::new();
        for id in &entry.dependencies {
            if self.tables.values().any(|table| table == id) {
                tables.insert(*id);
            } else if let Some(about) = self.about.get(id) {
                tables.extend(about);
            }
        }
        tables.into_iter().collect()
    }

    fn last(&mut self, at: usize, entry: &Entry) {
        let needs = entry.dependencies.iter().filter_map(|id| self.last.get(id)).copied().collect();
        self.work.last.push(Job { what: What::Object(at), needs, urgency: AFTER_ROWS, locks: Vec::new() });
        self.last.insert(entry.id, self.work.last.len() - 1);
    }

    /// A comparison of each table that gets rows, and of those `beside` them, which should have none.
    fn checks(&mut self, beside: &[TableName]) {
        let none = beside.iter().filter(|name| !self.into.contains_key(*name));
        let checks: Vec<(TableName, Vec<usize>)> =
            self.into.clone().into_iter().chain(none.map(|name| (name.clone(), Vec::new()))).collect();
        for (name, needs) in checks {
            let locks = self.tables.get(&name).map(|table| (*table, false)).into_iter().collect();
            self.work.jobs.push(Job { what: What::Check(name), needs, urgency: CHECKS, locks });
        }
    }
}

/// The table of an entry.
pub(super) fn name_of(entry: &Entry) -> TableName {
    (shown(&entry.namespace), shown(&entry.tag))
}

/// The format of an entry's rows.
pub(super) fn format_of(copy: &Copy) -> CopyFormat {
    if copy.binary { CopyFormat::Binary } else { CopyFormat::Text }
}

/// How much work an entry is beside others on a table of so many bytes.
fn effort(entry: &Entry, bytes: u64) -> u64 {
    let definition = entry.definition.as_deref().unwrap_or_default();
    let says = |word: &[u8]| definition.windows(word.len()).any(|window| window == word);
    let weight = match entry.kind.as_str() {
        "INDEX" if says(b" USING gin ") || says(b" USING gist ") || says(b" USING spgist ") => 8,
        "INDEX" if says(b" USING brin ") => 1,
        "INDEX" | "CONSTRAINT" => 3,
        "FK CONSTRAINT" => 2,
        "CHECK CONSTRAINT" => 1,
        _ => 0,
    };
    bytes.saturating_mul(weight)
}
