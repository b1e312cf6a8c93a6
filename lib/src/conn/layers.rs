//! All sources, highest first.

use std::path::Path;

use super::layer::{Layer, Standing, first};
use super::{Files, Origin, Request, Surroundings, env, families, keyword, locator, service};
use crate::config::{Config, TargetConfig};
use crate::error::{Error, ErrorKind, Result};

/// What the sources say, and what else was found on the way.
pub(super) struct Gathered<'a> {
    /// Highest first.
    pub(super) layers: Vec<Layer>,
    /// The section that `--target` chose.
    pub(super) target: Option<&'a TargetConfig>,
    /// `[database] url`, where it points at a variable that is not set.
    pub(super) unset: Option<String>,
    /// For the user to know.
    pub(super) warnings: Vec<String>,
}

/// Reads every source.
///
/// # Errors
/// One of them is malformed, or two flags contradict each other.
pub(super) fn gather<'a>(
    request: &Request,
    config: &'a Config,
    around: &Surroundings,
    files: &dyn Files,
) -> Result<Gathered<'a>> {
    let mut warnings = Vec::new();
    let target = request.target.as_deref().map(|name| section(name, config)).transpose()?;
    let mut layers = command_line(request)?;
    if let (Some(name), Some(section)) = (&request.target, target) {
        layers.extend(target_layer(name, section, around, files, &mut warnings)?);
    }
    let from_variable =
        |name: &str| around.variable(name).map(|(text, dotenv)| (text.to_owned(), Origin::variable(name, dotenv)));
    if let Some((name, origin)) = from_variable(env::PGSERVICE) {
        let mut layer = Layer::new(Standing::Ambient, origin.clone());
        layer.add("service", name, origin);
        layers.push(layer);
    }
    if let Some((url, origin)) = from_variable(env::DATABASE_URL) {
        layers.push(anchored(Layer::from_locator(&url, Standing::Ambient, origin)?, around));
    }
    layers.extend([families::libpq(around), families::image(around, files)?, families::sclorg(around)]);
    if let Some((text, origin)) = from_variable(env::POSTGRES_CONNECTION_PARAMETERS) {
        layers.push(Layer::from_locator(&text, Standing::Ambient, origin)?);
    }
    let mut unset = None;
    // Another target is another database: nothing of the default one may leak into it.
    if let Some(text) = &config.database.url
        && target.is_none_or(|section| section.url.is_none() && section.service.is_none())
    {
        match pointed("[database] url", text, around, files, &mut warnings)? {
            Pointed::Layer(layer) => layers.push(layer),
            Pointed::Unset(name) => unset = Some(name),
        }
    }
    insert_service(&mut layers, around, files)?;
    Ok(Gathered { layers, target, unset, warnings })
}

/// The section `[target.NAME]`.
pub(super) fn section<'a>(name: &str, config: &'a Config) -> Result<&'a TargetConfig> {
    config.targets.get(name).ok_or_else(|| {
        let error = Error::new(ErrorKind::Usage, format!("there is no target {name:?}"));
        let names: Vec<&str> = config.targets.keys().map(String::as_str).collect();
        let error = match keyword::nearest(name, names.iter().copied()) {
            Some(nearest) => error.hint(format!("did you mean --target {nearest}?")),
            None => error,
        };
        match names.is_empty() {
            true => error.hint(format!("mainstay.toml defines no target: write a section [target.{name}]")),
            false => error.hint(format!("mainstay.toml defines these: {}", names.join(", "))),
        }
    })
}

/// Single flags, then `--url`.
fn command_line(request: &Request) -> Result<Vec<Layer>> {
    let mut flags = Layer::new(Standing::Explicit, Origin::Flag("the command line".into()));
    let dbname_is_url = request.dbname.as_deref().is_some_and(locator::is_locator);
    let singles = [
        ("host", "--host", &request.host),
        ("port", "--port", &request.port),
        ("user", "--username", &request.user),
        ("dbname", "--dbname", &request.dbname),
    ];
    for (name, flag, value) in singles {
        if let Some(value) = value.as_ref().filter(|_| !(name == "dbname" && dbname_is_url)) {
            flags.add(name, value, Origin::Flag(flag.into()));
        }
    }
    if let Some(password) = &request.password {
        flags.add("password", password.expose(), Origin::Prompt);
    }
    let urls = [("--url", request.url.as_ref()), ("--dbname", request.dbname.as_ref().filter(|_| dbname_is_url))];
    let mut urls = urls.into_iter().filter_map(|(flag, text)| Some((flag, text?)));
    let Some((flag, text)) = urls.next() else { return Ok(vec![flags]) };
    if let Some((second, _)) = urls.next() {
        return Err(contradiction(flag, second, "both give a whole connection"));
    }
    if request.target.is_some() {
        return Err(contradiction(flag, "--target", "both say which database"));
    }
    let url = Layer::from_locator(text, Standing::Explicit, Origin::Flag(flag.into()))?;
    for (name, single) in &flags.values {
        if url.sqlite.is_some() && *name != "password" {
            return Err(contradiction(&single.origin.to_string(), flag, "an SQLite file has no such thing"));
        }
        match url.get(name) {
            Some(other) if other.text != single.text && *name != "password" => {
                let message = format!("{} is {:?} and {flag} says {:?}", single.origin, single.text, other.text);
                return Err(contradiction(&single.origin.to_string(), flag, &message));
            }
            _ => {}
        }
    }
    Ok(vec![flags, url])
}

fn contradiction(one: &str, other: &str, why: &str) -> Error {
    Error::new(ErrorKind::Usage, format!("{one} and {other} contradict each other: {why}"))
        .hint(format!("give one of {one} and {other}"))
}

fn target_layer(
    name: &str,
    section: &TargetConfig,
    around: &Surroundings,
    files: &dyn Files,
    warnings: &mut Vec<String>,
) -> Result<Option<Layer>> {
    let key = |key: &str| format!("[target.{name}] {key}");
    let mut layer = match &section.url {
        None => Layer::new(Standing::Explicit, Origin::config(key("url"))),
        Some(text) => match pointed(&key("url"), text, around, files, warnings)? {
            Pointed::Layer(layer) => layer,
            Pointed::Unset(variable) => {
                return Err(Error::new(
                    ErrorKind::Config,
                    format!("{} is env:{variable}, which is not set", key("url")),
                )
                .hint(format!("type: export {variable}=postgresql://user@host/database")));
            }
        },
    };
    layer.standing = Standing::Explicit;
    if let Some(service) = &section.service {
        let origin = Origin::config(key("service"));
        if layer.sqlite.is_some() || layer.get("service").is_some_and(|other| other.text != *service) {
            return Err(Error::new(
                ErrorKind::Config,
                format!("{} and {} name different things", key("url"), key("service")),
            )
            .hint(format!("keep one of them in [target.{name}]")));
        }
        layer.add("service", service, origin);
    }
    // A section with an environment alone leaves it to the other sources which database that is.
    layer.whole |= layer.sqlite.is_none() && (section.service.is_some() || section.via.is_some());
    Ok(Some(layer))
}

/// What a configured connection text leads to.
pub(super) enum Pointed {
    /// Its content.
    Layer(Layer),
    /// Nothing: the variable it names is not set.
    Unset(String),
}

/// Follows `env:NAME` and `file:PATH`; anything else is the connection itself.
pub(super) fn pointed(
    key: &str,
    text: &str,
    around: &Surroundings,
    files: &dyn Files,
    warnings: &mut Vec<String>,
) -> Result<Pointed> {
    let through = Origin::Config { key: key.into(), through: Some(text.into()) };
    if let Some(name) = text.strip_prefix("env:") {
        return Ok(match around.variable(name) {
            Some((value, dotenv)) => {
                let mut layer = Layer::from_locator(value, Standing::Ambient, Origin::variable(name, dotenv))?;
                layer = anchored(layer, around);
                layer.origin = through;
                Pointed::Layer(layer)
            }
            None => Pointed::Unset(name.into()),
        });
    }
    if let Some(path) = text.strip_prefix("file:") {
        let value = families::read_value(&around.project.join(path), key, files)?;
        let layer = Layer::from_locator(&value, Standing::Ambient, through)?;
        return Ok(Pointed::Layer(anchored(layer, around)));
    }
    let layer = Layer::from_locator(text, Standing::Fallback, Origin::config(key))?;
    if layer.get("password").is_some_and(|password| !password.text.is_empty()) {
        warnings.push(format!("{key} in mainstay.toml holds a password: write env:NAME or file:PATH there instead"));
    }
    Ok(Pointed::Layer(anchored(layer, around)))
}

/// A relative SQLite file of `.env` or `mainstay.toml` starts at the project, of the real environment where we run.
fn anchored(mut layer: Layer, around: &Surroundings) -> Layer {
    let real = matches!(&layer.origin, Origin::Variable { dotenv: None, .. });
    if let Some(path) = layer.sqlite.take() {
        layer.sqlite = Some(if real || path.is_absolute() || around.project == Path::new("") {
            path
        } else {
            around.project.join(path)
        });
    }
    layer
}

/// Puts the section of the service file right below the source that names it.
pub(super) fn insert_service(layers: &mut Vec<Layer>, around: &Surroundings, files: &dyn Files) -> Result<()> {
    let Some(at) = layers.iter().position(|layer| layer.get("service").is_some()) else { return Ok(()) };
    // A file named higher up takes the place of everything below, its service included.
    if layers[..at].iter().any(|layer| layer.sqlite.is_some()) {
        return Ok(());
    }
    let name = layers[at].get("service").map(|service| service.text.clone()).unwrap_or_default();
    if name.is_empty() {
        return Ok(());
    }
    let file = first(layers, "servicefile").map(|value| value.text.clone());
    let section = service::read(&name, file.as_deref(), around, files).map_err(|error| {
        let named_by = layers[at].origin.to_string();
        error.hint(format!("the service is named by {named_by}"))
    })?;
    let origin = section.first().map_or_else(|| layers[at].origin.clone(), |(.., origin)| origin.clone());
    let mut layer = Layer::new(layers[at].standing, origin);
    layer.whole = true;
    for (name, text, origin) in section {
        layer.add(name, text, origin);
    }
    layers.insert(at + 1, layer);
    Ok(())
}
