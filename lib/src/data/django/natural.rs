//! Natural keys: rows that a fixture refers to by what they are called.

use std::collections::BTreeMap;

use crate::engine::Session;
use crate::error::{Error, ErrorKind, Place, Result};
use crate::portable::Value;
use crate::portable::django::{Json, Model, Models, PERMISSION, list, read};
use crate::sql::{Flavor, ident, literal_for};

/// Natural keys that are looked up: beyond, they are no names any more.
const MOST: usize = 100_000;

/// Names that one query asks for.
const TOGETHER: usize = 500;

/// A model, by its place, and the parts of a natural key of it.
pub(in crate::data) type Key = (usize, Vec<String>);

/// The natural keys that a fixture has, each with the first place where it stands.
#[derive(Default)]
pub(in crate::data) struct Wanted(BTreeMap<Key, Place>);

/// The keys that they stand for.
pub(in crate::data) type Found = BTreeMap<Key, Value<'static>>;

/// The parts of a natural key.
pub(super) fn parts(text: &str) -> Option<Vec<String>> {
    let part = |part: &Json<'_>| match part {
        Json::Text(text) => Some(text.clone().into_owned()),
        Json::Number(digits) => Some((*digits).to_owned()),
        _ => None,
    };
    list(text).ok()?.iter().map(part).collect()
}

impl Wanted {
    /// Remembers the natural key `text` of `model`; why it cannot be looked up.
    pub(super) fn add(
        &mut self,
        models: &Models,
        model: Option<usize>,
        text: &str,
        place: impl FnOnce() -> Place,
    ) -> Result<(), String> {
        let model = model.ok_or("is a natural key of a row that is no object")?;
        let parts = parts(text).ok_or("is no key")?;
        let known = &models.models[model];
        if known.natural_key(parts.len()).is_none() {
            return Err(format!("is a natural key, which only the code of {} can look up", known.label));
        }
        if self.0.len() >= MOST && !self.0.contains_key(&(model, parts.clone())) {
            return Err("is one natural key too many".to_owned());
        }
        self.0.entry((model, parts)).or_insert_with(place);
        Ok(())
    }

    pub(in crate::data) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a natural key of this model is wanted.
    pub(super) fn has(&self, key: &Key) -> bool {
        self.0.contains_key(key)
    }

    /// The models whose natural keys are wanted.
    pub(super) fn models(&self) -> impl Iterator<Item = usize> {
        let mut models: Vec<usize> = self.0.keys().map(|(model, _)| *model).collect();
        models.dedup();
        models.into_iter()
    }

    /// Looks up in the database what all of them stand for; `found` has what the fixture's own objects say.
    ///
    /// # Errors
    /// A row is not there.
    pub(in crate::data) async fn look_up(
        &self,
        session: &mut dyn Session,
        models: &Models,
        found: &mut Found,
    ) -> Result<()> {
        for at in self.models() {
            let model = &models.models[at];
            // What the database calls so already comes before an object of that name.
            let asked: Vec<&Key> = self.0.keys().filter(|key| key.0 == at).collect();
            for some in asked.chunk_by(|one, other| one.1.len() == other.1.len()).flat_map(|some| some.chunks(TOGETHER))
            {
                let Some(query) = query(session.flavor(), models, model, some) else { continue };
                for row in session.query(&query).await? {
                    let Some((key, parts)) = row.split_last() else { continue };
                    let parts: Option<Vec<String>> = parts.iter().cloned().collect();
                    let (Some(parts), Some(key)) = (parts, key) else { continue };
                    let shape = &model.columns[model.key[0]].shape;
                    if let Ok(value) = read(&Json::Text(key.as_str().into()), shape) {
                        found.insert((at, parts), value.into_owned());
                    }
                }
            }
        }
        match self.0.iter().find(|(key, _)| !found.contains_key(key)) {
            None => Ok(()),
            Some(((at, parts), place)) => {
                let model = &models.models[*at];
                let message =
                    format!("there is no {} {parts:?}, in the database or with its key in the fixture", model.label);
                Err(Error::new(ErrorKind::Refused, message)
                    .at(place.clone())
                    .hint("load the objects that it refers to first, or write the fixture with keys: dumpdata without --natural-foreign"))
            }
        }
    }
}

/// The query for the natural keys `some` of `model`, which have equally many parts, and the keys that they stand for.
fn query(flavor: Flavor, models: &Models, model: &Model, some: &[&Key]) -> Option<String> {
    let table = |model: &Model| match flavor {
        Flavor::Postgres => model.table.to_string(),
        Flavor::Sqlite => ident(&model.table.name),
    };
    let parts = some.first()?.1.len();
    let own = model.natural_key(parts)?;
    let mut columns: Vec<String> = own.iter().map(|at| format!("o.{}", ident(&model.columns[*at].name))).collect();
    let mut from = format!("{} o", table(model));
    if model.label == PERMISSION {
        let of = models.models.iter().find(|one| one.label == "contenttypes.contenttype")?;
        from.push_str(&format!(" JOIN {} c ON c.id = o.content_type_id", table(of)));
        columns.extend(["c.app_label".to_owned(), "c.model".to_owned()]);
    }
    let key = format!("o.{}", ident(&model.columns[*model.key.first()?].name));
    let literal = |part: &String| literal_for(part, flavor);
    let one = |key: &&Key| {
        let equal = columns.iter().zip(&key.1).map(|(column, part)| format!("{column} = {}", literal(part)));
        format!("({})", equal.collect::<Vec<_>>().join(" AND "))
    };
    let wanted: Vec<String> = some.iter().map(one).collect();
    Some(format!("SELECT {}, {key} FROM {from} WHERE {}", columns.join(", "), wanted.join(" OR ")))
}
