//! A fixture as rows of the tables that it fills.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use super::index::{self, PIECE};
use super::natural::{Found, Wanted, parts};
use super::source::Text;
use crate::catalog::Name;
use crate::data::load::{Incoming, Place, Stop, Take};
use crate::error::{Error, ErrorKind, Result};
use crate::ledger::TOOL_VERSION;
use crate::portable::django::{Json, Model, Models, Object, Scan, Shape, Spot, list, read};
use crate::portable::manifest::{self, Engine, Manifest};
use crate::portable::{Refusal, Value};

/// A fixture of which is known what it holds.
pub(in crate::data) struct Fixture {
    text: Text,
    models: Models,
    manifest: Manifest,
    /// Where the rows of each table of the manifest come from.
    sources: Vec<Source>,
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
    fn natural(&self, to: Option<&Name>, text: &str) -> Result<Value<'static>, String> {
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
                    found.insert(name, owned(value));
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

/// Reads the rows of a fixture.
pub(in crate::data) struct FixtureRows {
    fixture: Arc<Fixture>,
    /// The tables that are still to come, the next one last.
    order: Vec<usize>,
    table: Option<usize>,
    /// The rows of the table that were given.
    given: u64,
    /// The next run of objects, and what reads the present one from this byte on.
    run: usize,
    scan: Option<(Scan, u64)>,
    /// The object that is at hand, and the next key of its many-to-many field.
    object: Vec<u8>,
    spot: Spot,
    pair: Option<usize>,
    names: BTreeMap<String, Option<usize>>,
    file: Arc<str>,
}

impl FixtureRows {
    pub(in crate::data) fn new(fixture: Arc<Fixture>) -> Self {
        let order = (0..fixture.sources.len()).rev().collect();
        let file = fixture.text.shown.as_str().into();
        Self {
            fixture,
            order,
            table: None,
            given: 0,
            run: 0,
            scan: None,
            object: Vec::new(),
            spot: Spot::default(),
            pair: None,
            names: BTreeMap::new(),
            file,
        }
    }

    /// Goes on to the next object of the table's model; `false` where there is none.
    fn next_object(&mut self, source: &Source) -> Result<bool> {
        let fixture = Arc::clone(&self.fixture);
        loop {
            let Some(run) = source.runs.get(self.run) else { return Ok(false) };
            let (scan, offset) = self.scan.get_or_insert_with(|| (Scan::at(run.begin), run.begin.offset));
            let found = scan.object().map_err(|damage| {
                Error::new(ErrorKind::Verification, format!("{}: {}", fixture.text.shown, damage.reason))
            })?;
            let Some((spot, bytes)) = found else {
                let mut piece = vec![0; PIECE];
                let room = usize::try_from(run.end - (*offset).min(run.end)).unwrap_or(PIECE).min(PIECE);
                if room == 0 {
                    (self.scan, self.run) = (None, self.run + 1);
                    continue;
                }
                let read =
                    fixture.text.file.read_at(&mut piece[..room], *offset).map_err(|source| fixture.text.io(source))?;
                if read == 0 {
                    fixture.text.check_unchanged()?;
                    return Err(Error::new(
                        ErrorKind::Verification,
                        format!("{} has become shorter", fixture.text.shown),
                    ));
                }
                *offset += read as u64;
                scan.push(&piece[..read]);
                continue;
            };
            self.spot = spot;
            self.object.clear();
            self.object.extend_from_slice(bytes);
            return Ok(true);
        }
    }

    /// Whether an object is of the table's model.
    fn is_of(&mut self, source: &Source, object: &Object<'_>) -> bool {
        if let Some(found) = self.names.get(object.model.as_ref()) {
            return *found == Some(source.model);
        }
        let found = self.fixture.models.of_label(&object.model);
        self.names.insert(object.model.clone().into_owned(), found);
        found == Some(source.model)
    }

    /// The rows of one object, from the key of its many-to-many field that comes next.
    fn of_object(&mut self, source: &Source, bytes: &[u8], limit: u64, take: Take<'_>) -> Result<u64> {
        let fixture = Arc::clone(&self.fixture);
        let model = &fixture.models.models[source.model];
        let object = Object::read(bytes).map_err(|damage| {
            let message = format!("object {} is damaged: {}", self.spot.number, damage.reason);
            Error::new(ErrorKind::Verification, message).at(fixture.text.place(self.spot, bytes))
        })?;
        if !self.is_of(source, &object) {
            self.pair = None;
            return Ok(0);
        }
        match &source.rest {
            Rest::Objects(cells) => {
                let mut values = Vec::with_capacity(cells.len());
                for cell in cells {
                    let value = value(&fixture, model, &object, cell);
                    values.push(value.map_err(|(field, why)| self.refused(model, &object, &field, &why, bytes))?);
                }
                self.give(model, &object, cells, &values, bytes, take)?;
                Ok(1)
            }
            Rest::Pairs(place) => {
                let join = &model.joins[*place];
                let field = object.fields.iter().find(|(name, _)| *name == join.field);
                let keys = match field.map(|(_, keys)| keys) {
                    Some(Json::Nested(text)) => list(text).unwrap_or_default(),
                    _ => Vec::new(),
                };
                let refused = |why: String| self.refused(model, &object, &join.field, &why, bytes);
                let shape = model.key.first().map_or(&Shape::Other, |key| &model.columns[*key].shape);
                let from =
                    read(&object.pk, shape).map_err(|why| refused(format!("the key {} {why}", object.pk.excerpt())))?;
                let first = self.pair.take().unwrap_or_default();
                let mut given = 0;
                for (at, key) in keys.iter().enumerate().skip(first) {
                    if given == limit {
                        self.pair = Some(at);
                        break;
                    }
                    let to = match key {
                        Json::Nested(text) => fixture.natural(join.to.to.as_ref(), text),
                        Json::Null => Err("null is no key".to_owned()),
                        key => read(key, &join.to.shape).map_err(|why| format!("the key {} {why}", key.excerpt())),
                    };
                    let to = to.map_err(|why| self.refused(model, &object, &join.field, &why, bytes))?;
                    self.give(model, &object, &[], &[from.clone(), to], bytes, take)?;
                    given += 1;
                }
                Ok(given)
            }
        }
    }

    fn give(
        &mut self,
        model: &Model,
        object: &Object<'_>,
        cells: &[Cell],
        values: &[Value<'_>],
        bytes: &[u8],
        take: Take<'_>,
    ) -> Result<()> {
        self.given += 1;
        // Rows are found again by their number.
        let place = Place { file: self.file.clone(), line: self.given };
        let here = || self.fixture.text.place(self.spot, bytes);
        let named =
            |text: &str| format!("object {} ({}, pk {}){text}", self.spot.number, model.label, object.pk.excerpt());
        match take(values, &place) {
            Ok(()) => Ok(()),
            Err(Stop::Refused(Refusal { column, reason })) => {
                let field = cells.get(column).map(|cell| format!(", field `{}`", model.columns[cell.column].field));
                let message = format!("{}: {reason}", named(&field.unwrap_or_default()));
                Err(Error::new(ErrorKind::Refused, message).at(here()))
            }
            Err(Stop::Row(error)) => Err(error.context(named(" cannot be loaded")).at(here())),
            Err(Stop::Error(error)) => Err(error),
        }
    }

    fn refused(&self, model: &Model, object: &Object<'_>, field: &str, why: &str, bytes: &[u8]) -> Error {
        let number = self.spot.number;
        let message = format!("object {number} ({}, pk {}), field `{field}`: {why}", model.label, object.pk.excerpt());
        Error::new(ErrorKind::Refused, message).at(self.fixture.text.place(self.spot, bytes))
    }
}

/// The value that an object has for a column; else the field, and why there is none.
fn value<'o>(
    fixture: &'o Fixture,
    model: &Model,
    object: &'o Object<'_>,
    cell: &'o Cell,
) -> Result<Value<'o>, (String, String)> {
    let column = &model.columns[cell.column];
    let part: Vec<Json<'_>>;
    let found = match cell.from {
        From::Field => {
            let by_field = object.fields.iter().find(|(name, _)| *name == column.field);
            by_field.or_else(|| object.fields.iter().find(|(name, _)| *name == column.name)).map(|(_, value)| value)
        }
        From::Key(place) => match &object.pk {
            Json::Null => None,
            Json::Nested(text) if model.key.len() > 1 => {
                part = list(text).unwrap_or_default();
                part.get(place)
            }
            key => Some(key),
        },
    };
    let failed = |why: String| (column.field.clone(), why);
    let Some(json) = found else {
        return match &cell.otherwise {
            Some(None) => Ok(Value::Null),
            Some(Some(text)) => read(&Json::Text(text.as_str().into()), &column.shape)
                .map(owned)
                .map_err(|why| failed(format!("its default {text:?} {why}"))),
            None => Err(failed("is missing".to_owned())),
        };
    };
    match json {
        Json::Nested(text) if column.to.is_some() => fixture.natural(column.to.as_ref(), text).map_err(failed),
        Json::Null if column.not_null => Err(failed("null is not allowed: the column cannot be empty".to_owned())),
        json => read(json, &column.shape).map(owned).map_err(|why| failed(format!("{} {why}", json.excerpt()))),
    }
}

/// Values outlive the key that they were read from.
pub(super) fn owned(value: Value<'_>) -> Value<'static> {
    match value {
        Value::Null => Value::Null,
        Value::Bool(truth) => Value::Bool(truth),
        Value::Integer(number) => Value::Integer(number),
        Value::Real(number) => Value::Real(number),
        Value::Text(text) => Value::Text(text.into_owned().into()),
        Value::Bytes(bytes) => Value::Bytes(bytes.into_owned().into()),
    }
}

impl Incoming for FixtureRows {
    fn manifest(&self) -> &Manifest {
        &self.fixture.manifest
    }

    fn choose(&mut self, order: &[usize]) -> bool {
        self.order = order.iter().rev().copied().collect();
        true
    }

    fn leaves_out(&self) -> bool {
        true
    }

    fn next_table(&mut self) -> Result<Option<usize>> {
        self.table = self.order.pop();
        (self.given, self.run, self.scan, self.pair) = (0, 0, None, None);
        Ok(self.table)
    }

    fn rows(&mut self, limit: u64, take: Take<'_>) -> Result<u64> {
        let Some(table) = self.table else { return Ok(0) };
        let fixture = Arc::clone(&self.fixture);
        let source = &fixture.sources[table];
        let mut given = 0;
        while given < limit {
            if self.pair.is_none() && !self.next_object(source)? {
                self.table = None;
                break;
            }
            let bytes = std::mem::take(&mut self.object);
            let outcome = self.of_object(source, &bytes, limit - given, take);
            self.object = bytes;
            given += outcome?;
        }
        Ok(given)
    }

    fn finish(&mut self) -> Result<()> {
        self.fixture.text.check_unchanged()
    }
}
