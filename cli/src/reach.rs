//! From flags, environment and `mainstay.toml` to a database.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use mainstay::archive::sealed::Unlocking;
use mainstay::conn::{Request, Resolved, Target};
use mainstay::diff::Rename;
use mainstay::migrate::Consent;
use mainstay::observer::{Event, Observer};
use mainstay::plan::Hazard;
use mainstay::states::{Intent, Judge, State, Verdict};
use mainstay::store::{self, Found, Store};
use mainstay::{Builder, Database, Error, ErrorKind};
use serde_json::{Value, json};

use crate::context::Context;
use crate::error::CliError;
use crate::output::words;
use crate::{env, prompt};

/// How long a server may take to answer, where nobody says: somebody sits before the screen, or a service unit hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// Consent to what cannot be undone.
#[derive(Args, Clone, Default)]
pub struct Allow {
    /// Hazards to allow by name, separated by commas, or `all`
    #[arg(long, value_name = "HAZARD,…", value_delimiter = ',')]
    pub allow: Vec<String>,
}

impl Allow {
    /// What the user has agreed to, with the name typed for production.
    ///
    /// # Errors
    /// There is no such hazard.
    pub fn consent(&self, context: &Context) -> Result<Consent, Error> {
        let allow = if self.allow.iter().any(|name| name == "all") {
            Hazard::ALL.to_vec()
        } else {
            self.allow.iter().map(|name| Hazard::parse(name)).collect::<Result<_, _>>()?
        };
        Ok(Consent { allow, confirm: context.globals.confirm.clone() })
    }
}

/// The secret keys of encrypted backups.
#[derive(Args, Clone, Default)]
pub struct Identities {
    /// The file with the secret key of an encrypted backup, as age-keygen writes it; several times for several files
    #[arg(long, value_name = "FILE")]
    pub identity: Vec<PathBuf>,
}

impl Identities {
    /// The keys: those of the flags, else of the environment, else of `mainstay.toml`.
    ///
    /// # Errors
    /// A file cannot be read, or has no key.
    pub fn unlocking(&self, context: &Context) -> Result<Unlocking, CliError> {
        let mut files = self.identity.clone();
        if files.is_empty() {
            let named = context.variable(env::MAINSTAY_IDENTITY)?.filter(|file| !file.is_empty());
            files.extend(named.map(PathBuf::from));
        }
        Ok(builder(context)?.unlocking(&files)?)
    }
}

/// What the two schemas do not say of the way from one to the other.
#[derive(Args, Clone, Default)]
pub struct Way {
    /// One plain statement for each thing, whatever it locks: for tables that are small, or that nobody uses meanwhile
    #[arg(long)]
    pub offline: bool,

    /// Tables and columns that have another name now: public.old=public.new, public.log.old=public.log.new
    #[arg(long, value_name = "OLD=NEW", value_delimiter = ',')]
    pub rename: Vec<String>,
}

impl Way {
    /// What is renamed, whether what looks like it may be dropped all the same, and who may have to wait.
    ///
    /// # Errors
    /// One is not written as a rename.
    pub fn intent(&self, allowed: &[Hazard], context: &Context) -> Result<Intent, Error> {
        let renames = self.rename.iter().map(|text| Rename::parse(text)).collect::<Result<_, _>>()?;
        let may_ask = !context.globals.no_input && prompt::possible();
        Ok(Intent {
            renames,
            drops: allowed.contains(&Hazard::DeletesData),
            judge: may_ask.then(|| Arc::new(AtTerminal) as Arc<dyn Judge>),
            offline: self.offline,
            ..Intent::default()
        })
    }
}

/// Asks the terminal about what looks like a rename.
#[derive(Debug)]
struct AtTerminal;

impl Judge for AtTerminal {
    fn judge(&self, candidate: &Rename) -> Result<Verdict, Error> {
        let (old, new) = (words::printable(&candidate.old()), words::printable(&candidate.to));
        let question =
            format!("{old} is gone, and `{new}` is like it. Was it renamed? Else it is dropped with its data.");
        Ok(match prompt::choice(&question, &["yes, renamed", "no, dropped"])? {
            Some(0) => Verdict::Renamed,
            Some(_) => Verdict::Another,
            None => Verdict::Unknown,
        })
    }
}

/// What the command line says of the connection; asks for the password with `-W`.
///
/// # Errors
/// The password cannot be asked for.
pub fn request(context: &Context) -> Result<Request, CliError> {
    let flags = context.globals.connection.clone();
    let target = match flags.target {
        None if flags.url.is_none() => context.variable(env::MAINSTAY_TARGET)?.filter(|name| !name.is_empty()),
        named => named,
    };
    if flags.password && context.password().is_none() {
        if context.globals.no_input {
            return Err(CliError::usage("-W asks for a password, and --no-input forbids every question"));
        }
        context.remember_password(prompt::password("Password: ")?);
    }
    Ok(Request {
        url: flags.url,
        target,
        host: flags.host,
        port: flags.port,
        user: flags.user,
        dbname: flags.dbname,
        no_password: flags.no_password,
        password: context.password(),
        admin_url: None,
        patience: Some(PATIENCE),
    })
}

/// A builder that knows the project, the environment and the flags.
///
/// # Errors
/// As [`request`].
pub fn builder(context: &Context) -> Result<Builder, CliError> {
    Ok(Database::project(&context.project.root)
        .vars(context.vars().clone())
        .request(request(context)?)
        .observer(context.observer.clone())
        .application_name(format!("mainstay/{} {}", env!("CARGO_PKG_VERSION"), context.command)))
}

/// Builds the handle and says the target line.
///
/// # Errors
/// A setting is wrong, or sources disagree on a target that is to be written to.
pub fn open(context: &Context, builder: Builder) -> Result<Database, CliError> {
    let database = builder.build()?;
    announce(context, database.target(), database.environment());
    Ok(database)
}

/// A place for backups that a flag names: as every path on the command line, a folder starts where the command does, and not in
/// the project's folder.
pub fn place(named: Option<&str>) -> Option<String> {
    let here = |place: &str| std::path::absolute(place).map(|path| path.display().to_string());
    named.map(|place| match place.contains("://") {
        true => place.to_owned(),
        false => here(place).unwrap_or_else(|_| place.to_owned()),
    })
}

/// The store at `from`, else the one that the settings name. No database is connected to.
///
/// # Errors
/// `from` names a folder that is not there: the one of the settings is made with the first backup.
pub async fn backup_store(context: &Context, from: Option<&str>) -> Result<Arc<dyn Store>, CliError> {
    let store = builder(context)?.backup_store(place(from).as_deref())?;
    if from.is_some() && !store.is_there().await? {
        let message = format!("there is no folder {}", store.describe());
        let error = Error::new(ErrorKind::NotFound, message);
        return Err(error.hint("where the project's backups lie: mainstay config show, under [backup]").into());
    }
    Ok(store)
}

/// The backup called `id`, or the `latest` of the target's database, and the store at `from` that it lies in. No database is
/// connected to.
///
/// # Errors
/// There is none, or its manifest cannot be read.
pub async fn backup(context: &Context, from: Option<&str>, id: &str) -> Result<(Arc<dyn Store>, Found), CliError> {
    let builder = builder(context)?;
    let store = backup_store(context, from).await?;
    let found = store::find(store.as_ref(), id, own_database(&builder).as_deref()).await?;
    Ok((store, found))
}

/// The name of the target's database, where the settings name a target: backups are looked after without one too.
pub fn own_database(builder: &Builder) -> Option<String> {
    builder.resolve().ok().map(|resolved| resolved.target.database())
}

/// Every connection setting with its source; warns of what resolution warns of, and says the target line.
///
/// # Errors
/// A setting is wrong.
pub fn resolved(context: &Context) -> Result<Resolved, CliError> {
    let resolved = builder(context)?.resolve()?;
    for warning in &resolved.warnings {
        context.observer.event(Event::Warning { message: warning });
    }
    announce(context, &resolved.target, resolved.environment.as_deref());
    Ok(resolved)
}

/// The state that `text` spells; says which database it is, where it is one.
///
/// # Errors
/// It spells none, or a setting is wrong.
pub fn state(context: &Context, builder: &Builder, text: &str) -> Result<State, CliError> {
    let state = builder.state(text)?;
    announce_state(context, &state);
    Ok(state)
}

/// Says the target line of a state that is a database.
pub fn announce_state(context: &Context, state: &State) {
    if let State::Live(target) = state {
        announce(context, target, None);
    }
}

/// Asks for the password that the server wanted and nobody had given; `true` where it is worth trying again.
pub fn ask_after(context: &Context, error: &Error) -> Result<bool, CliError> {
    if may_ask_after(context, error) {
        context.remember_password(prompt::password("Password: ")?);
        return Ok(true);
    }
    Ok(false)
}

/// Whether there is a password to be asked for after `error`, and somebody to ask.
pub fn may_ask_after(context: &Context, error: &Error) -> bool {
    let flags = &context.globals.connection;
    // The server's own refusal has a SQLSTATE: there was a password then, and it was wrong.
    let none_given = error.kind() == ErrorKind::Authentication && error.sqlstate().is_none();
    none_given && !context.globals.no_input && !flags.no_password && context.password().is_none() && prompt::possible()
}

fn announce(context: &Context, target: &Target, environment: Option<&str>) {
    let mark = environment.map(|name| format!(" [{name}]")).unwrap_or_default();
    context.announce(&format!("{}{mark}", target.describe()), summary(target, environment));
}

/// The target in the envelope of `--json`: no secrets.
fn summary(target: &Target, environment: Option<&str>) -> Value {
    match target {
        Target::Postgres(target) => json!({
            "engine": "postgres",
            "hosts": target.hosts.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "user": target.user,
            "database": target.dbname,
            "environment": environment,
        }),
        Target::Sqlite(target) => {
            json!({ "engine": "sqlite", "path": target.path.display().to_string(), "environment": environment })
        }
    }
}
