//! `[data.django]`: what a database does not say of the models behind its tables.

use super::section::Section;
use crate::error::{Place, Result};

/// `[data]`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataConfig {
    /// `[data.django]`
    pub django: DjangoConfig,
}

/// `[data.django]`: names of models and fields where the database's own do not say them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DjangoConfig {
    /// `"app.model" = "table"`: a model with `db_table`.
    pub models: Vec<Named>,
    /// `"app.model.field" = "column"`: a field with `db_column`.
    pub columns: Vec<Named>,
    /// `"app.model.field" = "table"`: a many-to-many field with `db_table`.
    pub joins: Vec<Named>,
    /// Fields of durations that SQLite keeps as microseconds: `"app.model.field"`.
    pub durations: Vec<String>,
}

/// A name of Django's, the database's name for it, and where that is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// `app.model` or `app.model.field`, the model in lower case.
    pub name: String,
    /// The table or column.
    pub here: String,
    /// Where it is written.
    pub place: Place,
}

impl DataConfig {
    pub(super) fn read(section: Section<'_>) -> Result<Self> {
        let data = Self { django: django(section.section("django")?)? };
        section.finish()?;
        Ok(data)
    }
}

fn django(section: Section<'_>) -> Result<DjangoConfig> {
    let names = |key: &'static str, parts: usize| -> Result<Vec<Named>> {
        let form = if parts == 2 { "app.model" } else { "app.model.field" };
        let named = |(name, here, place): (String, String, Place)| match lowered(&name, parts) {
            Some(name) => Ok(Named { name, here, place }),
            None => Err(crate::error::Error::new(
                crate::error::ErrorKind::Config,
                format!("[data.django] {key} has {name:?}, which is not of the form {form}"),
            )
            .at(place)
            .hint(format!("write: {key} = {{ \"{form}\" = \"{here}\" }}"))),
        };
        section.pairs(key)?.into_iter().map(named).collect()
    };
    let django = DjangoConfig {
        models: names("models", 2)?,
        columns: names("columns", 3)?,
        joins: names("joins", 3)?,
        durations: section
            .strings("durations")?
            .into_iter()
            .map(|name| {
                lowered(&name, 3)
                    .ok_or_else(|| section.lacks(&format!("a field in {name:?}"), "durations = [\"app.model.field\"]"))
            })
            .collect::<Result<_>>()?,
    };
    section.finish()?;
    Ok(django)
}

/// A name of so many parts; Django writes models in lower case.
fn lowered(name: &str, parts: usize) -> Option<String> {
    let mut found: Vec<String> = name.split('.').map(str::to_owned).collect();
    if found.len() != parts || found.iter().any(String::is_empty) {
        return None;
    }
    found[1] = found[1].to_lowercase();
    Some(found.join("."))
}
