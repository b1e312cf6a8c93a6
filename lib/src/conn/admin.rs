//! The connection that creates roles and databases.

use super::layer::{Layer, Standing};
use super::layers::{Pointed, insert_service, pointed, section};
use super::postgres::{self, Defaults};
use super::{Files, Host, Origin, PostgresTarget, Request, Resolved, Surroundings, Target, env, resolve};
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};

/// The administrator's connection: MAINSTAY_ADMIN_URL, else the target's `admin`, else `[database] admin`; `None` where
/// none is named, or the database is an SQLite file. What it leaves open of the way to the server (hosts, ports, TLS,
/// `via`) is as for the database itself; its user and password never are. Its database is `postgres` by default.
///
/// # Errors
/// As [`resolve`]; an `admin` that points at a variable that is not set; an SQLite file.
pub fn resolve_admin(
    request: &Request,
    config: &Config,
    around: &Surroundings,
    files: &dyn Files,
) -> Result<Option<Resolved>> {
    let mut warnings = Vec::new();
    let Some(layer) = admin_layer(request, config, around, files, &mut warnings)? else { return Ok(None) };
    if layer.sqlite.is_some() {
        return Err(Error::new(ErrorKind::Config, format!("{} names an SQLite file", layer.origin))
            .hint("an SQLite database needs no administrator: take it out"));
    }
    let main = resolve(request, config, around, files)?;
    let Target::Postgres(server) = &main.target else { return Ok(None) };
    let mut layers = vec![layer];
    insert_service(&mut layers, around, files)?;
    let names_host = layers.iter().any(|layer| layer.get("host").is_some() || layer.get("hostaddr").is_some());
    let via = server.via.clone().filter(|_| !names_host);
    if !names_host {
        layers.push(way_to(server, &main));
    }
    let mut defaults = Defaults::usual(request, around, via);
    defaults.dbname = Some("postgres".into());
    let mut resolved = postgres::build(&layers, &defaults, around, files)?;
    resolved.warnings.splice(0..0, warnings);
    resolved.environment = main.environment;
    resolved.conflicts = if names_host { Vec::new() } else { main.conflicts };
    resolved.conflicts.retain(|conflict| conflict.field != "dbname");
    resolved.no_password = request.no_password;
    Ok(Some(resolved))
}

fn admin_layer(
    request: &Request,
    config: &Config,
    around: &Surroundings,
    files: &dyn Files,
    warnings: &mut Vec<String>,
) -> Result<Option<Layer>> {
    if let Some(url) = &request.admin_url {
        return Layer::from_locator(url, Standing::Explicit, Origin::Flag("--admin-url".into())).map(Some);
    }
    if let Some((url, dotenv)) = around.variable(env::MAINSTAY_ADMIN_URL) {
        let origin = Origin::variable(env::MAINSTAY_ADMIN_URL, dotenv);
        return Layer::from_locator(url, Standing::Ambient, origin).map(Some);
    }
    let target =
        request.target.as_deref().map(|name| section(name, config).map(|section| (name, section))).transpose()?;
    let of_target =
        target.and_then(|(name, section)| Some((format!("[target.{name}] admin"), section.admin.as_ref()?)));
    let of_database = || Some(("[database] admin".to_owned(), config.database.admin.as_ref()?));
    let Some((key, text)) = of_target.or_else(of_database) else { return Ok(None) };
    match pointed(&key, text, around, files, warnings)? {
        Pointed::Layer(layer) => Ok(Some(layer)),
        // An administrator is needed at the first start only: later the variable may well be gone.
        Pointed::Unset(_) => Ok(None),
    }
}

/// Hosts, ports and TLS of the database's own connection.
fn way_to(server: &PostgresTarget, main: &Resolved) -> Layer {
    let mut layer = Layer::new(Standing::Fallback, Origin::Default("as for the database".into()));
    let origin = |name: &str| main.field(name).map_or_else(|| layer.origin.clone(), |field| field.origin.clone());
    let list = |of: fn(&Host) -> String| server.hosts.iter().map(of).collect::<Vec<_>>().join(",");
    let mut values = vec![
        ("host", list(Host::name), origin("host")),
        ("port", list(|host| host.port.to_string()), origin("port")),
        ("sslmode", server.sslmode.name().to_owned(), origin("sslmode")),
    ];
    let same = ["hostaddr", "sslrootcert", "sslcert", "sslkey", "sslsni", "connect_timeout", "passfile"];
    let fields = same.iter().filter_map(|name| Some((*name, main.field(name)?)));
    values.extend(fields.map(|(name, field)| (name, field.value.clone(), field.origin.clone())));
    values.into_iter().for_each(|(name, text, origin)| layer.add(name, text, origin));
    layer
}
