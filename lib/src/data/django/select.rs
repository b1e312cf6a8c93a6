//! What is read of a database for a fixture: for each model one query, with the keys of its many-to-many fields as lists.

use super::objects::Layout;
use crate::catalog::{Catalog, Name, Table, TableKind};
use crate::data::dump::{Draft, Read, Selection};
use crate::data::tables::Portable;
use crate::error::{Error, ErrorKind, Result};
use crate::portable::Kind;
use crate::portable::django::{Join, Model, Models};
use crate::portable::manifest::{Engine, Manifest};
use crate::sql::ident;

/// Completes `manifest` for the objects that `selection` names.
///
/// # Errors
/// There is no such application or model, or its table has no key.
pub(in crate::data) fn draft(
    catalog: &Catalog,
    engine: Engine,
    models: &Models,
    selection: &Selection,
    mut manifest: Manifest,
) -> Result<Draft> {
    let portable = Portable::of(catalog, engine);
    let mut wanted = models.select(&selection.tables, &selection.excluded)?;
    let mut left_out = Vec::new();
    if selection.tables.is_empty() {
        wanted.retain(|model| {
            if model.key.is_empty() {
                left_out.push(format!("the model {}, whose table has no primary key", model.label));
            }
            !model.key.is_empty()
        });
        let hint = "[data.django] models names it if it is";
        left_out
            .extend(models.strangers.iter().map(|table| format!("the table {table}, which is of no model: {hint}")));
    }
    if let Some(model) = wanted.iter().find(|model| model.key.is_empty()) {
        let message = format!("{} has no primary key, and an object of a fixture has one", model.table);
        return Err(
            Error::new(ErrorKind::Unsupported, message).hint(format!("leave it out: --exclude {}", model.label))
        );
    }
    let table = |name: &Name| catalog.tables.iter().find(|table| table.name == *name);
    let own = wanted.iter().filter_map(|model| table(&model.table));
    let pairs = wanted.iter().flat_map(|model| &model.joins).filter_map(|join| table(&join.table));
    let tables: Vec<&Table> = own.chain(pairs).collect();
    manifest.tables = portable.describe(&tables);
    manifest.left_out = left_out;
    let (mut reads, mut layouts) = (Vec::new(), Vec::new());
    for (place, said) in manifest.tables.iter().enumerate() {
        let Some(model) = wanted.iter().find(|model| model.table == said.full_name()) else { continue };
        let partitioned = table(&model.table).is_some_and(|table| table.kind == TableKind::Partitioned);
        let layout = Layout::of(model);
        reads.push(Read {
            table: place,
            columns: layout.columns(model),
            select: Some(select(engine, model, partitioned)),
        });
        layouts.push((place, layout));
    }
    Ok(Draft { manifest, reads, layouts })
}

/// The query for the objects of `model`, in the order of their keys.
fn select(engine: Engine, model: &Model, partitioned: bool) -> String {
    let table = |name: &Name| match engine {
        Engine::Postgres => name.to_string(),
        Engine::Sqlite => ident(&name.name),
    };
    let column = |name: &str| format!("o.{}", ident(name));
    let own = Layout::order(model).into_iter().map(|at| column(&model.columns[at].name));
    let (mut lists, mut joined) = (Vec::new(), String::new());
    for (at, join) in model.joins.iter().enumerate() {
        let key = &model.columns[model.key[0]].name;
        let (pairs, from, to, order) = (table(&join.table), ident(&join.from), ident(&join.to.name), order(join));
        match engine {
            Engine::Postgres => {
                lists.push(format!("COALESCE(j{at}.list, '[]')"));
                joined.push_str(&format!(
                    " LEFT JOIN (SELECT {from} AS one, pg_catalog.json_agg({to} ORDER BY {order}) AS list FROM {pairs} \
                     GROUP BY {from}) j{at} ON j{at}.one = {}",
                    column(key)
                ));
            }
            Engine::Sqlite => lists.push(format!(
                "(SELECT json_group_array(p.{to}) FROM (SELECT {to} FROM {pairs} WHERE {from} = {} ORDER BY {order}) p)",
                column(key)
            )),
        }
    }
    let all: Vec<String> = own.chain(lists).collect();
    let only = if partitioned || engine == Engine::Sqlite { "" } else { "ONLY " };
    let key: Vec<String> = model.key.iter().map(|at| column(&model.columns[*at].name)).collect();
    format!("SELECT {} FROM {only}{} o{joined} ORDER BY {}", all.join(", "), table(&model.table), key.join(", "))
}

fn order(join: &Join) -> String {
    ident(join.order.as_ref().unwrap_or(&join.to.name))
}

impl Layout {
    /// The columns that are read for an object, by their places: its key, and the others.
    pub(super) fn order(model: &Model) -> Vec<usize> {
        // The parts of a key of several columns are fields as well.
        let is_field = |at: &usize| model.key.len() > 1 || !model.key.contains(at);
        model.key.iter().copied().chain((0..model.columns.len()).filter(is_field)).collect()
    }

    /// What is read, and what it means.
    fn columns(&self, model: &Model) -> Vec<(String, Kind)> {
        let own = Self::order(model).into_iter().map(|at| (model.columns[at].name.clone(), model.columns[at].kind));
        own.chain(model.joins.iter().map(|join| (join.field.clone(), Kind::Other))).collect()
    }
}
