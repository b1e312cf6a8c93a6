//! From layered keywords to a PostgreSQL target.

use std::time::Duration;

use super::layer::{Layer, Value, first};
use super::tls::{self, Given};
use super::{
    Address, Field, Files, LoadBalance, Origin, PostgresTarget, Request, Resolved, Secret, SessionAttrs, Surroundings,
    Target, env, hosts, keyword, passwords,
};
use crate::error::{Error, ErrorKind, Result};

/// What holds where no source says anything.
pub(super) struct Defaults {
    /// The database; the user's name where there is none.
    pub(super) dbname: Option<String>,
    /// The stream instead of a socket.
    pub(super) via: Option<String>,
    /// The local server's socket folder, or localhost where the system has none.
    pub(super) address: Address,
    /// How long a host may take to answer.
    pub(super) patience: Option<Duration>,
}

impl Defaults {
    /// libpq's defaults, but for the patience that `request` has.
    pub(super) fn usual(request: &Request, around: &Surroundings, via: Option<String>) -> Self {
        let address = around.socket_folders.first().map_or_else(localhost, |folder| Address::Socket(folder.clone()));
        Self { dbname: None, via, address, patience: request.patience }
    }
}

fn localhost() -> Address {
    Address::Tcp { name: "localhost".into(), ip: None }
}

/// Keywords that the target has fields for, in the order in which they are shown.
const SHOWN: [&str; 15] = [
    "options",
    "application_name",
    "fallback_application_name",
    "connect_timeout",
    "target_session_attrs",
    "load_balance_hosts",
    "keepalives",
    "keepalives_idle",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "sslsni",
    "passfile",
    "service",
    "client_encoding",
];

/// Settles every field.
pub(super) fn build(
    layers: &[Layer],
    defaults: &Defaults,
    around: &Surroundings,
    files: &dyn Files,
) -> Result<Resolved> {
    let settled = Settled { layers };
    let mut warnings = settled.judge()?;
    let mut fields = Fields::default();

    let user = settled.or("user", || (around.os_user.clone(), "the operating system's user"));
    if user.text.is_empty() {
        return Err(Error::new(ErrorKind::Config, "no role to connect as is known").hint("type: export PGUSER=NAME"));
    }
    let dbname = settled.or("dbname", || match &defaults.dbname {
        Some(dbname) => (dbname.clone(), "the maintenance database"),
        None => (user.text.clone(), "named as the user"),
    });
    let (address, reason) = default_address(&dbname, defaults);
    let host = settled.or("host", || (shown_address(&address), reason));
    let hostaddr = settled.text("hostaddr");
    let port = settled.or("port", || (hosts::DEFAULT_PORT.to_string(), "PostgreSQL's port"));
    let mut hosts = hosts::match_up(settled.text("host"), hostaddr, settled.text("port"), &address)
        .map_err(|error| settled.blame(error, &["hostaddr", "port", "host"]))?;

    if hostaddr.is_empty() || !settled.text("host").is_empty() {
        fields.push("host", &host);
    }
    settled.value("hostaddr").into_iter().for_each(|value| fields.push("hostaddr", value));
    [("port", &port), ("user", &user), ("dbname", &dbname)]
        .into_iter()
        .for_each(|(name, value)| fields.push(name, value));

    let given = settled.value("password");
    let mut password_origin = given.map(|value| value.origin.clone());
    if given.is_none() {
        let passfile = settled.value("passfile").map(|value| value.text.as_str());
        password_origin =
            passwords::look_up(&mut hosts, &dbname.text, &user.text, passfile, around, files, &mut warnings);
    }
    if let Some(origin) = &password_origin {
        fields.push("password", &Value { text: "***".into(), origin: origin.clone() });
    }

    let tls = settled.tls(around, files)?;
    let sslmode = settled.or("sslmode", || (tls.mode.name().into(), "libpq's"));
    let origin = match &tls.reason {
        Some(reason) => match settled.value("sslmode") {
            Some(value) => Origin::Default(format!("{reason} ({})", value.origin)),
            None => Origin::Default(reason.clone()),
        },
        None => sslmode.origin,
    };
    fields.push("sslmode", &Value { text: tls.mode.name().into(), origin });
    let shown = SHOWN.iter().filter_map(|name| Some((*name, settled.value(name)?)));
    shown.for_each(|(name, value)| fields.push(name, value));
    // The command of `via` may ask for a passphrase first.
    let is_open = settled.value("connect_timeout").is_none() && defaults.via.is_none();
    let patience = defaults.patience.filter(|_| is_open);
    if let Some(patience) = patience {
        let origin = Origin::Default("seconds that a server has to answer".into());
        fields.push("connect_timeout", &Value { text: patience.as_secs().to_string(), origin });
    }

    let target = PostgresTarget {
        hosts,
        user: user.text,
        dbname: dbname.text,
        password: given.map(|value| Secret::new(value.text.clone())),
        sslmode: tls.mode,
        sslrootcert: tls.rootcert,
        ssl_system_roots: tls.system_roots,
        sslcert: tls.cert,
        sslkey: tls.key,
        sslsni: settled.value("sslsni").is_none_or(|value| value.text.starts_with('1')),
        options: settled.owned("options"),
        application_name: settled.owned("application_name").or_else(|| settled.owned("fallback_application_name")),
        connect_timeout: settled.connect_timeout()?.or(patience),
        session_attrs: settled.session_attrs()?,
        load_balance: settled.load_balance()?,
        keepalives: settled.integer("keepalives")?.is_none_or(|number| number != 0),
        keepalives_idle: seconds(settled.integer("keepalives_idle")?),
        via: defaults.via.clone(),
        schema: schema(around, &mut fields),
        settings: session_settings(around, &mut fields),
    };
    Ok(Resolved {
        target: Target::Postgres(target),
        fields: fields.0,
        warnings,
        environment: None,
        conflicts: Vec::new(),
        password_origin,
        no_password: false,
    })
}

/// The images' variables of the database mean a server on this machine, not a local socket.
fn default_address(dbname: &Value, defaults: &Defaults) -> (Address, &'static str) {
    match &dbname.origin {
        Origin::Variable { name, .. } if name.starts_with(env::POSTGRES_DB) || name == env::POSTGRESQL_DATABASE => {
            (localhost(), "a container's variable names the database, and none names a host")
        }
        _ => match &defaults.address {
            Address::Tcp { .. } => (defaults.address.clone(), "no local socket"),
            Address::Socket(_) => (defaults.address.clone(), "the local socket"),
        },
    }
}

fn shown_address(address: &Address) -> String {
    match address {
        Address::Tcp { name, .. } => name.clone(),
        Address::Socket(folder) => folder.display().to_string(),
    }
}

/// capsul's schema, where the environment is capsul's.
fn schema(around: &Surroundings, fields: &mut Fields) -> Option<String> {
    around.variable(env::POSTGRES_CONNECTION_PARAMETERS)?;
    let (schema, dotenv) = around.variable(env::DATABASE_SCHEMA)?;
    let origin = Origin::variable(env::DATABASE_SCHEMA, dotenv);
    fields.push("schema", &Value { text: schema.into(), origin });
    Some(schema.to_owned())
}

fn session_settings(around: &Surroundings, fields: &mut Fields) -> Vec<(String, String)> {
    let mut settings = Vec::new();
    for (variable, setting) in env::SESSION_SETTINGS {
        if let Some((value, dotenv)) = around.variable(variable) {
            let origin = Origin::variable(variable, dotenv);
            fields.push(setting, &Value { text: value.into(), origin });
            settings.push((setting.to_owned(), value.to_owned()));
        }
    }
    settings
}

fn seconds(number: Option<i64>) -> Option<Duration> {
    number.and_then(|number| u64::try_from(number).ok()).filter(|number| *number > 0).map(Duration::from_secs)
}

#[derive(Default)]
struct Fields(Vec<Field>);

impl Fields {
    fn push(&mut self, name: &str, value: &Value) {
        self.0.push(Field { name: name.into(), value: value.text.clone(), origin: value.origin.clone() });
    }
}

/// The layers seen as one: each keyword's highest value.
struct Settled<'a> {
    layers: &'a [Layer],
}

impl<'a> Settled<'a> {
    /// The value, unless it is empty.
    fn value(&self, name: &str) -> Option<&'a Value> {
        first(self.layers, name).filter(|value| !value.text.is_empty())
    }

    fn text(&self, name: &str) -> &'a str {
        self.value(name).map_or("", |value| &value.text)
    }

    fn owned(&self, name: &str) -> Option<String> {
        self.value(name).map(|value| value.text.clone())
    }

    fn or(&self, name: &str, default: impl FnOnce() -> (String, &'static str)) -> Value {
        self.value(name).cloned().unwrap_or_else(|| {
            let (text, reason) = default();
            Value { text, origin: Origin::Default(reason.into()) }
        })
    }

    /// Warnings about what has no effect.
    fn judge(&self) -> Result<Vec<String>> {
        let mut warnings = Vec::new();
        for (name, _) in keyword::KEYWORDS {
            let Some(value) = self.value(name) else { continue };
            match keyword::support(name, &value.text) {
                keyword::Support::Given => {}
                keyword::Support::Unused(why) => {
                    warnings.push(format!("{name} ({}) has no effect: {why}", value.origin))
                }
                keyword::Support::Refused(why) => {
                    return Err(Error::new(
                        value.origin.error_kind(),
                        format!("{name} from {} is not supported: {why}", value.origin),
                    )
                    .hint(format!("take {name} out of {}", value.origin)));
                }
            }
        }
        Ok(warnings)
    }

    /// Says which source the value came from that made `error`.
    fn blame(&self, error: Error, names: &[&str]) -> Error {
        let values: Vec<&Value> = names.iter().filter_map(|name| self.value(name)).collect();
        let mut sources: Vec<String> = values.iter().map(|value| value.origin.to_string()).collect();
        sources.dedup();
        let kind = values.first().map_or(ErrorKind::Config, |value| value.origin.error_kind());
        error.hint(format!("the values come from {}", sources.join(" and "))).of_kind(kind)
    }

    fn wrong(&self, name: &str, accepted: &str) -> Error {
        self.blame(
            Error::new(ErrorKind::Config, format!("{name}={} is not accepted: {accepted}", self.text(name))),
            &[name],
        )
    }

    fn tls(&self, around: &Surroundings, files: &dyn Files) -> Result<tls::Tls> {
        let text = |name| self.value(name).map(|value| value.text.as_str());
        let given = Given {
            mode: text("sslmode"),
            rootcert: text("sslrootcert"),
            cert: text("sslcert"),
            key: text("sslkey"),
            certmode: text("sslcertmode"),
            home: around.home.as_deref(),
        };
        tls::settle(&given, files).map_err(|error| self.blame(error, &["sslmode"]))
    }

    fn integer(&self, name: &str) -> Result<Option<i64>> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let number = value.text.trim().parse::<i32>();
        number.map(|number| Some(number.into())).map_err(|_| self.wrong(name, "it must be a whole number"))
    }

    /// libpq's rule: nothing, zero or less waits for ever, and less than two seconds is two.
    fn connect_timeout(&self) -> Result<Option<Duration>> {
        Ok(seconds(self.integer("connect_timeout")?).map(|time| time.max(Duration::from_secs(2))))
    }

    fn session_attrs(&self) -> Result<SessionAttrs> {
        Ok(match self.text("target_session_attrs") {
            "" | "any" => SessionAttrs::Any,
            "read-write" => SessionAttrs::ReadWrite,
            "read-only" => SessionAttrs::ReadOnly,
            "primary" => SessionAttrs::Primary,
            "standby" => SessionAttrs::Standby,
            "prefer-standby" => SessionAttrs::PreferStandby,
            _ => {
                let accepted = "it is any, read-write, read-only, primary, standby or prefer-standby";
                return Err(self.wrong("target_session_attrs", accepted));
            }
        })
    }

    fn load_balance(&self) -> Result<LoadBalance> {
        match self.text("load_balance_hosts") {
            "" | "disable" => Ok(LoadBalance::Disable),
            "random" => Ok(LoadBalance::Random),
            _ => Err(self.wrong("load_balance_hosts", "it is disable or random")),
        }
    }
}
