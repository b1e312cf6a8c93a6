//! A fixture as rows of the tables that it fills.

use std::collections::BTreeMap;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use super::fixture::{Cell, Fixture, From, Rest, Source};
use super::index::PIECE;
use crate::data::load::{Incoming, Place, Stop, Take};
use crate::error::{Error, ErrorKind, Result};
use crate::portable::django::{Json, Model, Object, Scan, Shape, Spot, list, of_default, read};
use crate::portable::manifest::Manifest;
use crate::portable::{Refusal, Value};

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
            Some(Some(text)) => of_default(text, &column.shape)
                .map(Value::into_owned)
                .map_err(|why| failed(format!("its default {text:?} {why}"))),
            None => Err(failed("is missing".to_owned())),
        };
    };
    match json {
        Json::Nested(text) if column.to.is_some() => fixture.natural(column.to.as_ref(), text).map_err(failed),
        Json::Null if column.not_null => Err(failed("null is not allowed: the column cannot be empty".to_owned())),
        json => {
            read(json, &column.shape).map(Value::into_owned).map_err(|why| failed(format!("{} {why}", json.excerpt())))
        }
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
