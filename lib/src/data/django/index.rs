//! A fixture read once from end to end: what is in it, where, and whether all of it can be loaded.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::FileExt;

use super::fixture::{Cell, From, Rest, Run, Source};
use super::natural::Wanted;
use super::source::Text;
use crate::catalog::Name;
use crate::error::{Error, ErrorKind, Place, Result};
use crate::portable::Kind;
use crate::portable::django::{Column, Json, Model, Models, Object, Scan, Spot, list};
use crate::portable::json::Damage;
use crate::portable::manifest;

/// Bytes that are read at once.
pub(super) const PIECE: usize = 256 * 1024;

/// Places at which objects of a model begin that are remembered; beyond, a model is looked for from its first object to its last.
const RUNS: usize = 200_000;

/// Reads all of `text`.
///
/// # Errors
/// It is no fixture, or it has an object that the database has no place for: the line and the object are named.
pub(super) fn read(text: &Text, models: &Models) -> Result<Index> {
    let mut index = Index {
        seen: BTreeMap::new(),
        runs: 0,
        names: BTreeMap::new(),
        hash: blake3::Hasher::new(),
        last: None,
        history: None,
        wanted: Wanted::default(),
    };
    let (mut scan, mut offset, mut piece) = (Scan::default(), 0, vec![0; PIECE]);
    loop {
        let read = text.file.read_at(&mut piece, offset).map_err(|source| text.io(source))?;
        if read == 0 {
            scan.finish().map_err(|damage| broken(text, &scan, &damage))?;
            return Ok(index);
        }
        offset += read as u64;
        index.hash.update(&piece[..read]);
        scan.push(&piece[..read]);
        loop {
            match scan.object() {
                Ok(Some((spot, bytes))) => index.object(text, models, spot, bytes)?,
                Ok(None) => break,
                Err(damage) => return Err(broken(text, &scan, &damage)),
            }
        }
    }
}

fn broken(text: &Text, scan: &Scan, damage: &Damage) -> Error {
    let message = format!("{} is no whole fixture: {}", text.shown, damage.reason);
    let line = usize::try_from(scan.line()).unwrap_or(usize::MAX);
    let place = Place { file: text.shown.clone(), line, column: 1, text: super::source::glance(scan.rest()) };
    Error::new(ErrorKind::Verification, message)
        .at(place)
        .hint("write or fetch it again: ./manage.py dumpdata -o FILE.json, or mainstay data dump --format django -o FILE.json")
}

/// What was found.
pub(super) struct Index {
    /// By the model's place.
    seen: BTreeMap<usize, Seen>,
    runs: usize,
    /// The places of models by what a fixture calls them.
    names: BTreeMap<String, usize>,
    hash: blake3::Hasher,
    /// The model of the last object.
    last: Option<usize>,
    /// The migrations that the fixture says were applied: application and name.
    history: Option<BTreeSet<(String, String)>>,
    wanted: Wanted,
}

/// What was found of a model.
struct Seen {
    objects: u64,
    /// Those that have a key.
    keys: u64,
    /// Those that have a value for each column, and those that have a list for each many-to-many field, with the keys in all.
    columns: Vec<u64>,
    lists: Vec<(u64, u64)>,
    /// The first object that lacks the key or the column.
    without_key: Option<Spot>,
    without: Vec<Option<Spot>>,
    runs: Vec<Run>,
}

impl Index {
    fn object(&mut self, text: &Text, models: &Models, spot: Spot, bytes: &[u8]) -> Result<()> {
        let object = Object::read(bytes).map_err(|damage| {
            let message = format!("object {} is damaged: {}", spot.number, damage.reason);
            Error::new(ErrorKind::Verification, message).at(text.place(spot, bytes))
        })?;
        let at = match self.names.get(object.model.as_ref()) {
            Some(at) => *at,
            None => {
                let at =
                    models.of_label(&object.model).ok_or_else(|| unknown_model(text, models, spot, &object, bytes))?;
                self.names.insert(object.model.clone().into_owned(), at);
                at
            }
        };
        let model = &models.models[at];
        if model.is_books {
            let history = self.history.get_or_insert_default();
            history.insert((text_of(&object, "app_name"), text_of(&object, "migration")));
            self.last = None;
            return Ok(());
        }
        let seen = self.seen.entry(at).or_insert_with(|| Seen {
            objects: 0,
            keys: 0,
            columns: vec![0; model.columns.len()],
            lists: vec![(0, 0); model.joins.len()],
            without_key: None,
            without: vec![None; model.columns.len()],
            runs: Vec::new(),
        });
        seen.objects += 1;
        match object.pk {
            Json::Null => _ = seen.without_key.get_or_insert(spot),
            _ => seen.keys += 1,
        }
        let refused = |field: &str, value: &Json<'_>, why: String| {
            let message =
                format!("object {} ({}), field `{field}`: {} {why}", spot.number, model.label, value.excerpt());
            Error::new(ErrorKind::Refused, message).at(text.place(spot, bytes))
        };
        let mut want = |to: &Name, field: &str, value: &Json<'_>| match value {
            Json::Nested(key) => {
                let added = self.wanted.add(models, models.of_table(to), key, || text.place(spot, bytes));
                added.map_err(|why| refused(field, value, why))
            }
            _ => Ok(()),
        };
        let mut filled: Vec<usize> = Vec::new();
        for (field, value) in &object.fields {
            if let Some(column) = model.column(field) {
                if filled.contains(&column) {
                    let name = &model.columns[column].name;
                    return Err(refused(field, value, format!("is there twice: both fields are the column {name}")));
                }
                if model.key == [column] && !matches!(object.pk, Json::Null) && object.pk != *value {
                    return Err(refused(field, value, format!("is another key than pk, {}", object.pk.excerpt())));
                }
                filled.push(column);
                seen.columns[column] += 1;
                if let Some(to) = &model.columns[column].to {
                    want(to, field, value)?;
                }
            } else if let Some(list) = model.joins.iter().position(|join| join.field == *field) {
                let keys = keys_of(value).map_err(|why| refused(field, value, why))?;
                if let Some(to) = &model.joins[list].to.to {
                    keys.iter().try_for_each(|key| want(to, field, key))?;
                }
                seen.lists[list].0 += 1;
                seen.lists[list].1 += keys.len() as u64;
            } else {
                return Err(unknown_field(text, model, spot, field, bytes));
            }
        }
        for (column, without) in seen.without.iter_mut().enumerate() {
            if without.is_none() && seen.columns[column] < seen.objects {
                *without = Some(spot);
            }
        }
        let end = spot.offset + bytes.len() as u64;
        match seen.runs.last_mut().filter(|_| self.last == Some(at) || self.runs >= RUNS) {
            Some(run) => run.end = end,
            None => {
                seen.runs.push(Run { begin: spot, end });
                self.runs += 1;
            }
        }
        self.last = Some(at);
        Ok(())
    }

    /// What tells the fixture from others.
    pub(super) fn id(&self) -> String {
        format!("fixture-{}", &self.hash.finalize().to_hex().as_str()[..32])
    }

    /// The natural keys that the fixture has.
    pub(super) fn wanted(&mut self) -> Wanted {
        std::mem::take(&mut self.wanted)
    }

    /// The migrations that the fixture says were applied, where it does.
    pub(super) fn history(&self) -> Option<&BTreeSet<(String, String)>> {
        self.history.as_ref()
    }

    /// The tables that are filled, and where their rows come from.
    ///
    /// # Errors
    /// An object lacks a field that has no other value.
    pub(super) fn tables(&self, text: &Text, models: &Models) -> Result<Vec<(manifest::Table, Source)>> {
        let mut tables = Vec::new();
        for (at, seen) in &self.seen {
            let model = &models.models[*at];
            let cells = self.cells(text, model, seen)?;
            let columns = cells.iter().map(|cell| said(&model.columns[cell.column])).collect();
            tables.push((
                table(&model.table, columns, seen.objects),
                Source { model: *at, runs: seen.runs.clone(), rest: Rest::Objects(cells) },
            ));
            for (place, join) in model.joins.iter().enumerate().filter(|(place, _)| seen.lists[*place].0 > 0) {
                if let Some(spot) = seen.without_key {
                    let message = format!(
                        "object {} ({}) has no key, and its field `{}` is kept by it",
                        spot.number, model.label, join.field
                    );
                    return Err(Error::new(ErrorKind::Refused, message)
                        .at(text.place_of(spot))
                        .hint("write the fixture with its keys: dumpdata without --natural-primary"));
                }
                let from = Column { name: join.from.clone(), kind: join.from_kind, ..join.to.clone() };
                let columns = vec![said(&from), said(&join.to)];
                let pairs = table(&join.table, columns, seen.lists[place].1);
                tables.push((pairs, Source { model: *at, runs: seen.runs.clone(), rest: Rest::Pairs(place) }));
            }
        }
        Ok(tables)
    }

    fn cells(&self, text: &Text, model: &Model, seen: &Seen) -> Result<Vec<Cell>> {
        let mut cells = Vec::new();
        for (at, column) in model.columns.iter().enumerate() {
            let part = model.key.iter().position(|key| *key == at);
            // The parts of a key of several columns are fields too, and the key may be missing.
            let by_key = part.is_some() && seen.columns[at] < seen.objects;
            let (found, spot) =
                if by_key { (seen.keys, seen.without_key) } else { (seen.columns[at], seen.without[at]) };
            let from = match part {
                Some(part) if by_key => From::Key(part),
                _ => From::Field,
            };
            let cell = |otherwise| Cell { column: at, from, otherwise };
            let lacks = |why: &str| {
                let spot = spot.unwrap_or(seen.runs[0].begin);
                let what = if by_key { "key".to_owned() } else { format!("field `{}`", column.field) };
                let message = format!("object {} ({}) has no {what}, {why}", spot.number, model.label);
                Error::new(ErrorKind::Refused, message).at(text.place_of(spot))
            };
            let nobody_fills = column.not_null && column.default.is_none() && !column.counts;
            match (found, column.default.as_deref()) {
                (0, _) if nobody_fills => {
                    return Err(lacks("the column has no default, and cannot be empty")
                        .hint(format!("give it one in the model (db_default) or the object: {}", column.field)));
                }
                // The database fills it.
                (0, _) => {}
                (found, _) if found == seen.objects => cells.push(cell(None)),
                (_, _) if by_key || column.counts => {
                    return Err(lacks("and others of its model have").hint("give all of them a key, or none"));
                }
                (_, Some(default)) => match literal(default) {
                    Some(value) => cells.push(cell(Some(value))),
                    None => {
                        return Err(lacks(&format!(
                            "others of its model have, and its default is worked out: {default}"
                        ))
                        .hint("give the field to all objects of the model, or to none"));
                    }
                },
                (_, None) if column.not_null => {
                    return Err(lacks("the column has no default, and cannot be empty")
                        .hint(format!("give it one in the object: {}", column.field)));
                }
                (_, None) => cells.push(cell(Some(None))),
            }
        }
        Ok(cells)
    }
}

/// The value of a default that is written down: `'x'::text`, `0`, `true`, `NULL`. The text of it; `None` within for NULL.
fn literal(default: &str) -> Option<Option<String>> {
    let bare = default.trim_matches(['(', ')']);
    if let Some(rest) = bare.strip_prefix('\'') {
        let (text, after) = rest.rsplit_once('\'')?;
        let is_whole = after.is_empty() || after.starts_with("::");
        return (is_whole && !text.replace("''", "").contains('\'')).then(|| Some(text.replace("''", "'")));
    }
    let bare = bare.split("::").next()?.trim().trim_matches(['(', ')']);
    match bare.to_ascii_lowercase().as_str() {
        "null" => Some(None),
        "true" | "false" => Some(Some(bare.to_ascii_lowercase())),
        _ => bare.parse::<f64>().ok().filter(|number| number.is_finite()).map(|_| Some(bare.to_owned())),
    }
}

/// The keys that a many-to-many field refers to.
fn keys_of<'v>(value: &'v Json<'_>) -> Result<Vec<Json<'v>>, String> {
    let Json::Nested(text) = value else { return Err("is no list of keys".to_owned()) };
    list(text).map_err(|_| "is no list of keys".to_owned())
}

/// A field's text; nothing where it is none.
fn text_of(object: &Object<'_>, field: &str) -> String {
    match object.fields.iter().find(|(name, _)| name == field) {
        Some((_, Json::Text(text))) => text.clone().into_owned(),
        _ => String::new(),
    }
}

fn said(column: &Column) -> manifest::Column {
    // What PostgreSQL alone has comes as its text.
    let kind = if column.kind == Kind::Other { Kind::Text } else { column.kind };
    manifest::Column { name: column.name.clone(), data_type: "a field of a fixture".to_owned(), kind, counter: None }
}

fn table(name: &crate::catalog::Name, columns: Vec<manifest::Column>, rows: u64) -> manifest::Table {
    manifest::Table {
        schema: name.schema.clone(),
        name: name.name.clone(),
        columns,
        primary_key: Vec::new(),
        foreign_keys: Vec::new(),
        files: Vec::new(),
        rows: Some(crate::archive::digest::Rows { count: rows, ..Default::default() }),
    }
}

fn unknown_model(text: &Text, models: &Models, spot: Spot, object: &Object<'_>, bytes: &[u8]) -> Error {
    let message =
        format!("object {} is of the model {}, and the database has no table for it", spot.number, object.model);
    let error = Error::new(ErrorKind::Refused, message).at(text.place(spot, bytes));
    match models.nearest(&object.model) {
        Some(nearest) => error.hint(format!("did you mean {nearest}?")),
        None => error.hint("bring the database to the models' version first: ./manage.py migrate"),
    }
    .hint("where the table is called otherwise, name it in mainstay.toml: [data.django] models")
}

fn unknown_field(text: &Text, model: &Model, spot: Spot, field: &str, bytes: &[u8]) -> Error {
    let message =
        format!("object {} ({}) has a field `{field}`, and {} no column for it", spot.number, model.label, model.table);
    let error = Error::new(ErrorKind::Refused, message).at(text.place(spot, bytes));
    let names = model.columns.iter().map(|column| &column.field).chain(model.joins.iter().map(|join| &join.field));
    let like = names.map(|name| (strsim::jaro_winkler(field, name), name)).filter(|(like, _)| *like > 0.8);
    match like.max_by(|one, other| one.0.total_cmp(&other.0)) {
        Some((_, nearest)) => error.hint(format!("did you mean `{nearest}`?")),
        None => error.hint("bring the database to the models' version first: ./manage.py migrate"),
    }
    .hint("where the column is called otherwise, name it in mainstay.toml: [data.django] columns")
}

#[cfg(test)]
mod tests {
    use super::literal;

    #[test]
    fn defaults_that_are_written_down_are_values() {
        for (default, expected) in [
            ("'it''s'::text", Some(Some("it's"))),
            ("'{}'::jsonb", Some(Some("{}"))),
            ("0", Some(Some("0"))),
            ("(-1.5)::double precision", Some(Some("-1.5"))),
            ("TRUE", Some(Some("true"))),
            ("NULL::text", Some(None)),
            ("now()", None),
            ("('a'::text || 'b'::text)", None),
            ("nextval('x'::regclass)", None),
        ] {
            assert_eq!(literal(default).as_ref().map(|value| value.as_deref()), expected, "{default}");
        }
    }
}
