//! A fixture of which is known what it holds, and which tables it fills from where.

use std::collections::BTreeSet;
use std::os::unix::fs::FileExt;

use super::index::{self, PIECE};
use super::natural::{Found, Wanted, parts};
use super::source::Text;
use crate::catalog::Name;
use crate::error::Result;
use crate::ledger::TOOL_VERSION;
use crate::portable::Value;
use crate::portable::django::{Json, Models, Object, Scan, Spot, read};
use crate::portable::manifest::{self, Engine, Manifest};

/// A fixture of which is known what it holds.
pub(in crate::data) struct Fixture {
    pub(super) text: Text,
    pub(super) models: Models,
    pub(super) manifest: Manifest,
    /// Where the rows of each table of the manifest come from.
    pub(super) sources: Vec<Source>,
    /// The migrations that it says were applied, where it does.
    pub(in crate::data) history: Option<History>,
    /// The natural keys that it has, and the keys that they stand for.
    pub(in crate::data) wanted: Wanted,
    pub(in crate::data) found: Found,
}

/// Migrations that were applied: application and name.
pub(in crate::data) type History = BTreeSet<(String, String)>;

/// Where a table's rows come from.
pub(super) struct Source {
    /// The model, by its place.
    pub(super) model: usize,
    /// Where its objects are.
    pub(super) runs: Vec<Run>,
    pub(super) rest: Rest,
}

/// What is made of an object.
pub(super) enum Rest {
    /// A row with these columns.
    Objects(Vec<Cell>),
    /// A row for each key of its many-to-many field at this place.
    Pairs(usize),
}

/// A column that is filled.
pub(super) struct Cell {
    /// Its place among the model's.
    pub(super) column: usize,
    pub(super) from: From,
    /// What it is filled with where the object does not say; an object that must is checked before.
    pub(super) otherwise: Option<Option<String>>,
}

/// Where a value stands in its object.
#[derive(Clone, Copy)]
pub(super) enum From {
    /// In the key, at this place where it has several.
    Key(usize),
    Field,
}

/// Objects of one model, one after the other; where there are very many such runs, others may lie between.
#[derive(Clone, Copy)]
pub(super) struct Run {
    pub(super) begin: Spot,
    /// The byte after the last one.
    pub(super) end: u64,
}

impl Fixture {
    /// Reads `text` once, for a database with these models.
    ///
    /// # Errors
    /// It is no fixture, or has what the database has no place for.
    pub(in crate::data) fn of(text: Text, models: Models, engine: Engine) -> Result<Self> {
        let mut index = index::read(&text, &models)?;
        let (tables, sources): (Vec<manifest::Table>, Vec<Source>) = index.tables(&text, &models)?.into_iter().unzip();
        let manifest = Manifest {
            format: manifest::FORMAT,
            id: index.id(),
            created: String::new(),
            tool: TOOL_VERSION.to_owned(),
            source: manifest::Source { engine, database: text.shown.clone(), version: String::new() },
            migration: None,
            seed: crate::archive::digest::Seed(0),
            complete: true,
            tables,
            left_out: Vec::new(),
        };
        let (history, wanted) = (index.history().cloned(), index.wanted());
        let mut fixture = Self { text, models, manifest, sources, history, wanted, found: Found::new() };
        fixture.found = fixture.own_keys()?;
        Ok(fixture)
    }
}

impl Fixture {
    /// The models of the database.
    pub(in crate::data) fn models(&self) -> &Models {
        &self.models
    }

    /// The key that a natural key of the table `to` stands for; all of them were looked up before.
    pub(super) fn natural(&self, to: Option<&Name>, text: &str) -> Result<Value<'static>, String> {
        let model = to.and_then(|to| self.models.of_table(to));
        let found = model.zip(parts(text)).and_then(|key| self.found.get(&key));
        found.cloned().ok_or_else(|| format!("{text} is a natural key that was not looked up"))
    }

    /// The keys of the fixture's own objects that it refers to by their natural keys.
    fn own_keys(&self) -> Result<Found> {
        let mut found = Found::new();
        for at in self.wanted.models() {
            let model = &self.models.models[at];
            let (Some(names), Some(key)) = (model.natural_key(1).or_else(|| model.natural_key(2)), model.key.first())
            else {
                continue;
            };
            let is_own = |source: &&Source| source.model == at && matches!(source.rest, Rest::Objects(_));
            let Some(source) = self.sources.iter().find(is_own) else { continue };
            each(&self.text, &source.runs, |_, bytes| {
                let Ok(object) = Object::read(bytes) else { return };
                let part = |column: &usize| {
                    let column = &model.columns[*column];
                    let value = object.fields.iter().find(|(name, _)| *name == column.field || *name == column.name)?;
                    match &value.1 {
                        Json::Text(text) => Some(text.clone().into_owned()),
                        _ => None,
                    }
                };
                let parts: Option<Vec<String>> = names.iter().map(part).collect();
                let Some(name) = parts.map(|parts| (at, parts)).filter(|name| self.wanted.has(name)) else { return };
                if let Ok(value) = read(&object.pk, &model.columns[*key].shape)
                    && value != Value::Null
                    && self.models.of_label(&object.model) == Some(at)
                {
                    found.insert(name, value.into_owned());
                }
            })?;
        }
        Ok(found)
    }
}

/// Gives every object in these runs.
fn each(text: &Text, runs: &[Run], mut take: impl FnMut(Spot, &[u8])) -> Result<()> {
    for run in runs {
        let (mut scan, mut offset) = (Scan::at(run.begin), run.begin.offset);
        let mut piece = vec![0; PIECE];
        while offset < run.end {
            let room = usize::try_from(run.end - offset).unwrap_or(PIECE).min(PIECE);
            let read = text.file.read_at(&mut piece[..room], offset).map_err(|source| text.io(source))?;
            if read == 0 {
                break;
            }
            offset += read as u64;
            scan.push(&piece[..read]);
            while let Ok(Some((spot, bytes))) = scan.object() {
                take(spot, bytes);
            }
        }
    }
    Ok(())
}
