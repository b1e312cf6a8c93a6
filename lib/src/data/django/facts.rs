//! What a database says of its models.

use std::collections::BTreeMap;

use super::History;
use crate::catalog::{Catalog, Name, Table};
use crate::config::DjangoConfig;
use crate::data::tables::{Portable, base_type};
use crate::dialect::is_books;
use crate::engine::Session;
use crate::error::Result;
use crate::portable::django::{Facts, Models};
use crate::portable::manifest::Engine;
use crate::sql::{Flavor, ident};

/// Arrays that were declared with more than one dimension.
const DIMENSIONS: &str = "SELECT n.nspname, c.relname, a.attname, a.attndims FROM pg_catalog.pg_attribute a \
     JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     WHERE a.attndims > 1 AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p')";

/// The models of the database that `catalog` is of.
///
/// # Errors
/// The configuration names what is not there, or the tables that Django keeps its names in cannot be read.
pub(in crate::data) async fn models(
    session: &mut dyn Session,
    catalog: &Catalog,
    config: &DjangoConfig,
) -> Result<Models> {
    let engine = match session.flavor() {
        Flavor::Postgres => Engine::Postgres,
        Flavor::Sqlite => Engine::Sqlite,
    };
    let tables = Portable::of(catalog, engine).tables;
    let books: Vec<&Table> = catalog.tables.iter().filter(|table| is_books(table)).collect();
    let mut content_types = None;
    if let Some(table) = tables.iter().find(|table| table.name.name == "django_content_type") {
        content_types = Some(pairs(session, &table.name, "app_label", "model").await?);
    }
    let mut apps = vec!["south".to_owned()];
    for (table, column) in [("django_migrations", "app"), ("south_migrationhistory", "app_name")] {
        if let Some(books) = books.iter().find(|one| one.name.name == table) {
            apps.extend(pairs(session, &books.name, column, column).await?.into_iter().map(|(app, _)| app));
        }
    }
    let mut dimensions = BTreeMap::new();
    if engine == Engine::Postgres {
        for row in session.query(DIMENSIONS).await? {
            let [Some(schema), Some(table), Some(column), Some(count)] = row.as_slice() else { continue };
            let count = count.parse().unwrap_or(1);
            dimensions.insert((Name::new(schema.as_str(), table.as_str()), column.clone()), count);
        }
    }
    let base_type = |data_type: &str| base_type(catalog, data_type).to_owned();
    Models::of(&Facts { engine, tables, books, content_types, apps, dimensions, base_type: &base_type, config })
}

/// The migrations that South has noted down as applied; none where it is not there.
///
/// # Errors
/// They cannot be read.
pub(in crate::data) async fn history(session: &mut dyn Session, catalog: &Catalog) -> Result<History> {
    let books = catalog.tables.iter().find(|table| is_books(table) && table.name.name == "south_migrationhistory");
    match books {
        Some(books) => Ok(pairs(session, &books.name, "app_name", "migration").await?.into_iter().collect()),
        None => Ok(History::new()),
    }
}

async fn pairs(session: &mut dyn Session, table: &Name, one: &str, other: &str) -> Result<Vec<(String, String)>> {
    let name = match session.flavor() {
        Flavor::Postgres => table.to_string(),
        Flavor::Sqlite => ident(&table.name),
    };
    let rows = session.query(&format!("SELECT DISTINCT {}, {} FROM {name}", ident(one), ident(other))).await?;
    let pair = |row: Vec<Option<String>>| match <[Option<String>; 2]>::try_from(row) {
        Ok([Some(one), Some(other)]) => Some((one, other)),
        _ => None,
    };
    Ok(rows.into_iter().filter_map(pair).collect())
}
