//! From flags and surroundings to a target, and from a target to a session.

use std::sync::Arc;

use mainstay::conn::{self, Request, Resolved, Secret, Target};
use mainstay::engine::{self, Session};
use mainstay::observer::{Event, Observer};
use mainstay::tool::ViaDial;
use mainstay::{Error, ErrorKind};
use serde_json::{Value, json};

use crate::context::Context;
use crate::error::CliError;
use crate::system::Disk;
use crate::{env, prompt};

/// Finds the target that the flags and the surroundings name; warns of what resolution warns of, and says the
/// target line.
///
/// # Errors
/// A setting is wrong, or sources disagree on a target that is to be written to.
pub async fn target(context: &Context, for_writing: bool) -> Result<Resolved, CliError> {
    let resolved = resolve(context, asked_password(context)?)?;
    if for_writing {
        resolved.for_writing()?;
    }
    for warning in &resolved.warnings {
        context.observer.event(Event::Warning { message: warning });
    }
    let environment = resolved.environment.as_ref().map(|name| format!(" [{name}]")).unwrap_or_default();
    context.announce(&format!("{}{environment}", resolved.target.describe()), summary(&resolved));
    Ok(resolved)
}

/// Connects to what [`target`] found. Where the server wants a password that nobody gave, asks for it once.
///
/// # Errors
/// Each way not to connect has its own kind.
pub async fn connect(context: &Context, resolved: &Resolved) -> Result<Box<dyn Session>, CliError> {
    match engine::connect(&resolved.target, &engine_context(context)).await {
        Err(error) if wants_password(&error, &resolved.target) && may_ask(context) => {
            let again = resolve(context, Some(prompt::password("Password: ")?))?;
            Ok(engine::connect(&again.target, &engine_context(context)).await?)
        }
        other => Ok(other?),
    }
}

/// What the engine needs besides the target.
pub fn engine_context(context: &Context) -> engine::Context {
    engine::Context {
        observer: context.observer.clone(),
        dial: Some(Arc::new(ViaDial)),
        application_name: format!("mainstay/{} {}", env!("CARGO_PKG_VERSION"), context.command),
    }
}

fn resolve(context: &Context, password: Option<Secret>) -> Result<Resolved, CliError> {
    let flags = context.globals.connection.clone();
    let target = match flags.target {
        None if flags.url.is_none() => context.variable(env::MAINSTAY_TARGET)?.filter(|name| !name.is_empty()),
        named => named,
    };
    let request = Request {
        url: flags.url,
        target,
        host: flags.host,
        port: flags.port,
        user: flags.user,
        dbname: flags.dbname,
        no_password: flags.no_password,
        password,
    };
    Ok(conn::resolve(&request, &context.config()?, &context.surroundings()?, &Disk)?)
}

/// The password of `-W`.
fn asked_password(context: &Context) -> Result<Option<Secret>, CliError> {
    if !context.globals.connection.password {
        return Ok(None);
    }
    if context.globals.no_input {
        return Err(CliError::usage("-W asks for a password, and --no-input forbids every question"));
    }
    prompt::password("Password: ").map(Some)
}

fn may_ask(context: &Context) -> bool {
    !context.globals.no_input && !context.globals.connection.no_password && prompt::possible()
}

/// Did the connection fail because no password was there to send?
fn wants_password(error: &Error, target: &Target) -> bool {
    let Target::Postgres(target) = target else { return false };
    let none = target.password.is_none() && target.hosts.iter().all(|host| host.password.is_none());
    error.kind() == ErrorKind::Authentication && none
}

/// The target in the envelope of `--json`: no secrets.
fn summary(resolved: &Resolved) -> Value {
    let environment = &resolved.environment;
    match &resolved.target {
        Target::Postgres(target) => json!({
            "engine": "postgres",
            "hosts": target.hosts.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "user": target.user,
            "database": target.dbname,
            "environment": environment,
        }),
        Target::Sqlite(target) => json!({ "engine": "sqlite", "path": target.path, "environment": environment }),
    }
}
