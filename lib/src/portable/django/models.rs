//! The models behind a database's tables.
//!
//! Tables are named `app_model`; `django_content_type` says where the one ends and the other begins. The column of a foreign key
//! has the field's name and `_id`. A many-to-many field is a table of its own, named by the model's table and the field. What is
//! named otherwise the configuration says.

use std::collections::{BTreeMap, BTreeSet};

use super::Shape;
use super::joins::{Pairs, configured_join, configured_joins, join, keys, unique_indexes};
use super::naming::{labels, nearest};
use crate::catalog::{self, ConstraintKind, Name, Table};
use crate::config::{DjangoConfig, Named};
use crate::error::{Error, ErrorKind, Result};
use crate::portable::Kind;
use crate::portable::manifest::Engine;

/// The model whose natural key has its content type's in it.
pub const PERMISSION: &str = "auth.permission";

/// What is known of a database.
pub struct Facts<'a> {
    /// Which engine it is.
    pub engine: Engine,
    /// The tables that have rows of the user's.
    pub tables: Vec<&'a Table>,
    /// Where migrations are noted down: South's is a model as well.
    pub books: Vec<&'a Table>,
    /// The rows of `django_content_type`: application and model; nothing where it is not there.
    pub content_types: Option<Vec<(String, String)>>,
    /// The applications that the history of migrations knows.
    pub apps: Vec<String>,
    /// The dimensions that columns with arrays were declared with, where they are more than one.
    pub dimensions: BTreeMap<(Name, String), usize>,
    /// The type below a domain.
    pub base_type: &'a dyn Fn(&str) -> String,
    /// What is configured.
    pub config: &'a DjangoConfig,
}

/// The models of a database.
#[derive(Clone, Debug, PartialEq)]
pub struct Models {
    /// In the order of their tables' names.
    pub models: Vec<Model>,
    /// Tables that are of no model.
    pub strangers: Vec<Name>,
}

/// A model: a table whose rows are objects.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// `app.model`
    pub label: String,
    /// Its table.
    pub table: Name,
    /// The columns with values of their own.
    pub columns: Vec<Column>,
    /// Those of the primary key, by their places.
    pub key: Vec<usize>,
    /// The many-to-many fields whose tables are of no model.
    pub joins: Vec<Join>,
    /// It is where migrations are noted down.
    pub is_books: bool,
}

/// A column of a model's table.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The field's.
    pub field: String,
    /// Its type in the database's words.
    pub data_type: String,
    /// What its values mean.
    pub kind: Kind,
    /// What they are in a fixture.
    pub shape: Shape,
    /// It cannot be empty.
    pub not_null: bool,
    /// The expression that fills it where nothing is said.
    pub default: Option<String>,
    /// The database gives it numbers.
    pub counts: bool,
    /// The table that it refers to.
    pub to: Option<Name>,
    /// No two rows have the same value, and it is not the key.
    pub unique: bool,
}

/// A many-to-many field.
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    /// Its name.
    pub field: String,
    /// The table with the pairs.
    pub table: Name,
    /// The column for this model's key.
    pub from: String,
    /// The one for the other's, as a column of the table.
    pub to: Column,
    /// The column by which pairs are in order, where there is one.
    pub order: Option<String>,
    /// What the key of this model is in a fixture, and what it means.
    pub from_kind: Kind,
}

impl Models {
    /// The models of the database that `facts` are of.
    ///
    /// # Errors
    /// The configuration names a table, column or model that is not there.
    pub fn of(facts: &Facts<'_>) -> Result<Self> {
        let mut labels = labels(facts)?;
        let configured = configured_joins(facts)?;
        let is_configured = |table: &Table| {
            let here = [table.name.name.clone(), table.name.to_string()];
            facts.config.models.iter().any(|named| here.contains(&named.here))
        };
        let all = || facts.tables.iter().chain(&facts.books);
        // A pair's table is known by the model that it begins with.
        let joins: Vec<Pairs> = all()
            .filter(|table| {
                !labels.contains_key(&table.name) || (facts.content_types.is_none() && !is_configured(table))
            })
            .filter_map(|table| match configured.get(&table.name) {
                Some(Named { name, .. }) => configured_join(table, name, &labels),
                None => join(table, facts, &labels),
            })
            .collect();
        let is_join = |name: &Name| joins.iter().any(|(table, ..)| table == name);
        labels.retain(|table, _| !is_join(table));
        let mut models = Vec::new();
        let mut strangers = Vec::new();
        for table in all() {
            let is_books = facts.books.iter().any(|books| books.name == table.name);
            let Some(label) = labels.get(&table.name) else {
                if !is_join(&table.name) && !is_books {
                    strangers.push(table.name.clone());
                }
                continue;
            };
            let own = joins.iter().filter(|(_, of, ..)| *of == table.name);
            let columns = columns(facts, table, Some(label))?;
            let key = key(table, &columns);
            let joins = own
                .filter_map(|(pairs, _, field, [from, to])| {
                    let pairs = all().find(|table| table.name == *pairs)?;
                    let kind = columns.get(*key.first()?)?.kind;
                    let found = self::columns(facts, pairs, None).ok()?;
                    let order = found.iter().find(|column| column.name == "id").map(|column| column.name.clone());
                    let to = found.into_iter().find(|column| column.name == *to)?;
                    let (table, field, from) = (pairs.name.clone(), field.clone(), from.clone());
                    Some(Join { field, table, from, to, order, from_kind: kind })
                })
                .collect();
            models.push(Model { label: label.clone(), table: table.name.clone(), columns, key, joins, is_books });
        }
        check_config(facts, &models)?;
        Ok(Self { models, strangers })
    }

    /// The model that `label`, as it stands in a fixture, names.
    pub fn of_label(&self, label: &str) -> Option<usize> {
        let (app, model) = label.split_once('.')?;
        let (label, table) = (format!("{app}.{}", model.to_lowercase()), format!("{app}_{}", model.to_lowercase()));
        let by_label = self.models.iter().position(|one| one.label == label);
        by_label.or_else(|| self.models.iter().position(|one| one.table.name == table))
    }

    /// The model of a table.
    pub fn of_table(&self, table: &Name) -> Option<usize> {
        self.models.iter().position(|model| model.table == *table)
    }

    /// The label that looks most like `label`.
    pub fn nearest(&self, label: &str) -> Option<&str> {
        let like = |model: &Model| strsim::jaro_winkler(&label.to_lowercase(), &model.label);
        let found = self.models.iter().map(|model| (like(model), model.label.as_str()));
        found.filter(|(like, _)| *like > 0.8).max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, label)| label)
    }

    /// The models that `labels` name, applications and models, without those that `excluded` do; all where none is named.
    ///
    /// # Errors
    /// There is no such application or model.
    pub fn select(&self, labels: &[String], excluded: &[String]) -> Result<Vec<&Model>> {
        let mut wanted: BTreeSet<usize> = BTreeSet::new();
        for label in labels {
            wanted.extend(self.named(label)?);
        }
        if labels.is_empty() {
            wanted.extend((0..self.models.len()).filter(|at| !self.models[*at].is_books));
        }
        for label in excluded {
            for at in self.named(label)? {
                wanted.remove(&at);
            }
        }
        Ok(wanted.into_iter().map(|at| &self.models[at]).collect())
    }

    fn named(&self, label: &str) -> Result<Vec<usize>> {
        if label.contains('.') {
            return match self.of_label(label) {
                Some(at) => Ok(vec![at]),
                None => {
                    let error = Error::new(ErrorKind::NotFound, format!("there is no model `{label}`"));
                    Err(match self.nearest(label) {
                        Some(nearest) => error.hint(format!("did you mean {nearest}?")),
                        None => error.hint("see which models there are: mainstay data dump --format django --dry-run"),
                    })
                }
            };
        }
        let app = |model: &Model| model.label.split_once('.').is_some_and(|(app, _)| app == label);
        let found: Vec<usize> = (0..self.models.len()).filter(|at| app(&self.models[*at])).collect();
        if !found.is_empty() {
            return Ok(found);
        }
        let apps: BTreeSet<&str> =
            self.models.iter().filter_map(|model| Some(model.label.split_once('.')?.0)).collect();
        let message = format!("there is no application `{label}` with a table");
        Err(Error::new(ErrorKind::NotFound, message)
            .hint(format!("there are: {}", apps.into_iter().collect::<Vec<_>>().join(", "))))
    }
}

impl Model {
    /// The columns that a natural key of so many parts has, where Django's own code or the table says them: a content type's two
    /// names, a permission's name of its own, else the one text that is unique.
    pub fn natural_key(&self, parts: usize) -> Option<Vec<usize>> {
        let named = |names: &[&str]| names.iter().map(|name| self.column(name)).collect::<Option<Vec<usize>>>();
        match (self.label.as_str(), parts) {
            ("contenttypes.contenttype", 2) => named(&["app_label", "model"]),
            (PERMISSION, 3) => named(&["codename"]),
            (_, 1) => {
                let is_it = |at: &usize| self.columns[*at].unique && self.columns[*at].shape == Shape::Text;
                let found: Vec<usize> = (0..self.columns.len()).filter(is_it).collect();
                (found.len() == 1 && self.key.len() == 1).then_some(found)
            }
            _ => None,
        }
    }

    /// The column that a field of this name fills.
    pub fn column(&self, field: &str) -> Option<usize> {
        let by_field = self.columns.iter().position(|column| column.field == field);
        by_field.or_else(|| self.columns.iter().position(|column| column.name == field))
    }
}

/// The columns of a table; as fields, where it is a model.
fn columns(facts: &Facts<'_>, table: &Table, label: Option<&str>) -> Result<Vec<Column>> {
    let named = |column: &str| {
        let label = label?;
        let own =
            |named: &&Named| named.name.rsplit_once('.').is_some_and(|(of, _)| of == label) && named.here == column;
        facts.config.columns.iter().find(own).and_then(|named| Some(named.name.rsplit_once('.')?.1.to_owned()))
    };
    let mut found: Vec<Column> = Vec::new();
    for column in table.columns.iter().filter(|column| column.generated.is_none()) {
        let to = keys(table).find(|(name, _)| *name == column.name).map(|(_, to)| to.clone());
        let short = column
            .name
            .strip_suffix("_id")
            .filter(|short| to.is_some() && !short.is_empty() && table.column(short).is_none());
        let field = named(&column.name).unwrap_or_else(|| short.unwrap_or(&column.name).to_owned());
        let is_duration = label.is_some_and(|label| facts.config.durations.contains(&format!("{label}.{field}")));
        let (kind, shape) = match facts.engine {
            Engine::Postgres => {
                let base = (facts.base_type)(&column.data_type);
                let dimensions = facts.dimensions.get(&(table.name.clone(), column.name.clone())).copied();
                (Kind::of_postgres(&base), Shape::of_postgres(&base, dimensions.unwrap_or(1)))
            }
            Engine::Sqlite => {
                let kind = Kind::of_sqlite(&column.data_type);
                (kind, Shape::of_sqlite(&column.data_type, is_document(table, &column.name), is_duration))
            }
        };
        found.push(Column {
            name: column.name.clone(),
            field,
            data_type: column.data_type.clone(),
            kind,
            shape,
            not_null: column.not_null,
            counts: column.identity.is_some() || is_row_number(facts.engine, table, column),
            default: column.default.clone(),
            unique: is_unique(table, &column.name),
            to,
        });
    }
    Ok(found)
}

/// Whether a column that is not the key is unique by itself.
fn is_unique(table: &Table, column: &str) -> bool {
    let unique = unique_indexes(table);
    table.constraints.iter().chain(&unique).any(|one| one.kind == ConstraintKind::Unique && one.columns == [column])
        && table.primary_key().is_none_or(|key| key.columns != [column])
}

/// SQLite numbers the rows of a table whose key is a whole number.
fn is_row_number(engine: Engine, table: &Table, column: &catalog::Column) -> bool {
    engine == Engine::Sqlite
        && column.data_type.eq_ignore_ascii_case("integer")
        && table.primary_key().is_some_and(|key| key.columns == [column.name.as_str()])
}

/// Django tells SQLite that a text is JSON by a check: `JSON_VALID("doc") OR "doc" IS NULL`.
fn is_document(table: &Table, column: &str) -> bool {
    table.constraints.iter().filter(|one| one.kind == ConstraintKind::Check).any(|check| {
        let text = check.expression.as_ref().unwrap_or(&check.definition).to_ascii_lowercase();
        text.contains(&format!("json_valid(\"{}\")", column.to_ascii_lowercase()))
    })
}

fn key(table: &Table, columns: &[Column]) -> Vec<usize> {
    let place = |name: &String| columns.iter().position(|column| column.name == *name);
    table.primary_key().map(|key| key.columns.iter().filter_map(place).collect()).unwrap_or_default()
}

/// Whether what is configured is of models and columns that are there.
fn check_config(facts: &Facts<'_>, models: &[Model]) -> Result<()> {
    let wrong = |named: &Named, what: String, near: Option<&str>| {
        let error = Error::new(ErrorKind::Config, format!("[data.django] names {}: {what}", named.name));
        let error = error.at(named.place.clone());
        Err(match near {
            Some(near) => error.hint(format!("did you mean \"{near}\"?")),
            None => error.hint("see which models there are: mainstay data dump --format django --dry-run"),
        })
    };
    for named in facts.config.columns.iter().chain(&facts.config.joins) {
        let label = named.name.rsplit_once('.').map_or("", |(label, _)| label);
        let Some(model) = models.iter().find(|model| model.label == label) else {
            let near = nearest(label, models.iter().map(|model| model.label.as_str()));
            return wrong(named, format!("there is no model {label}"), near);
        };
        let is_join = facts.config.joins.contains(named);
        let is_it = |join: &Join| [&join.table.name, &join.table.to_string()].contains(&&named.here);
        if is_join && !model.joins.iter().any(is_it) {
            return wrong(named, format!("{} has no foreign keys to and from {}", named.here, model.table), None);
        }
        if !is_join && !model.columns.iter().any(|column| column.name == named.here) {
            let near = nearest(&named.here, model.columns.iter().map(|column| column.name.as_str()));
            return wrong(named, format!("{} has no column {}", model.table, named.here), near);
        }
    }
    Ok(())
}
