//! From all sources to one target.

use super::conflict;
use super::layer::Layer;
use super::layers::{Gathered, gather};
use super::postgres::{self, Defaults};
use super::{Field, Files, Origin, Request, Resolved, SqliteTarget, Surroundings, Target, env};
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};

/// Which database, and how to reach it.
///
/// Per field, highest first: flags; `--target` or `--url`; PGSERVICE; DATABASE_URL; PG*; POSTGRES_*; POSTGRESQL_*;
/// POSTGRES_CONNECTION_PARAMETERS; `mainstay.toml`; defaults. A service that a source names stands right below that
/// source. The password file is looked into where no source has a password.
///
/// # Errors
/// Nothing names a database ([`ErrorKind::NoTarget`]); flags contradict each other ([`ErrorKind::Usage`]); a source is malformed or
/// asks for what would not be given ([`ErrorKind::Config`]).
pub fn resolve(request: &Request, config: &Config, around: &Surroundings, files: &dyn Files) -> Result<Resolved> {
    let gathered = gather(request, config, around, files)?;
    let mut conflicts = conflict::among(&gathered.layers);
    let via = gathered.target.and_then(|section| section.via.clone());
    let naming = gathered.layers.iter().find(|layer| layer.sqlite.is_some() || layer.names_postgres());
    let Some(naming) = naming else { return Err(nothing_set(&gathered)) };
    let mut resolved = match &naming.sqlite {
        Some(_) if via.is_some() => {
            return Err(Error::new(ErrorKind::Config, "an SQLite file cannot be reached via a command")
                .hint("take `via` out of the target's section"));
        }
        Some(path) => {
            conflicts.retain(|conflict| conflict.field == "engine");
            sqlite(SqliteTarget { path: path.clone() }, naming)
        }
        None => postgres::build(&gathered.layers, &Defaults::usual(request, around, via), around, files)?,
    };
    resolved.warnings.splice(0..0, gathered.warnings);
    let read_anyway = |conflict: &conflict::Conflict| format!("{conflict}; {} is taken", conflict.taken_from);
    resolved.warnings.extend(conflicts.iter().map(read_anyway));
    resolved.conflicts = conflicts;
    resolved.no_password = request.no_password;
    if let Some(environment) = gathered.target.and_then(|section| section.environment.clone()) {
        let key = format!("[target.{}] environment", request.target.as_deref().unwrap_or_default());
        resolved.fields.push(Field {
            name: "environment".into(),
            value: environment.clone(),
            origin: Origin::config(key),
        });
        resolved.environment = Some(environment);
    }
    if let (Target::Postgres(target), Some(name)) = (&resolved.target, &request.target) {
        let origin = Origin::config(format!("[target.{name}] via"));
        let via = target.via.clone().map(|value| Field { name: "via".into(), value, origin });
        resolved.fields.extend(via);
    }
    Ok(resolved)
}

fn sqlite(target: SqliteTarget, layer: &Layer) -> Resolved {
    let origin = layer.origin.clone();
    let fields = vec![
        Field { name: "engine".into(), value: "sqlite".into(), origin: origin.clone() },
        Field { name: "file".into(), value: target.path.display().to_string(), origin },
    ];
    Resolved {
        target: Target::Sqlite(target),
        fields,
        warnings: Vec::new(),
        environment: None,
        conflicts: Vec::new(),
        password_origin: None,
        no_password: false,
    }
}

fn nothing_set(gathered: &Gathered<'_>) -> Error {
    let error = Error::new(ErrorKind::NoTarget, "no database is named");
    match &gathered.unset {
        Some(name) => error
            .hint(format!(
                "[database] url in mainstay.toml is env:{name}, which is not set; type: export {name}=postgresql://user@host/database"
            ))
            .hint("or make a server of the project's own, for development: mainstay server init"),
        None => error
            .hint(format!("type: export {}=postgresql://user@host/database", env::DATABASE_URL))
            .hint("or type: mainstay init"),
    }
}
