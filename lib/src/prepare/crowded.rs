//! A server without a free connection: how many there are, and whose.

use crate::bootstrap;
use crate::conn::{PostgresTarget, Target};
use crate::engine::postgres::Usage;
use crate::error::{Error, ErrorKind};

use super::Service;

/// Adds to "too many connections" how many are in use and by whom, where an administrator's connection is to be had; any
/// other error stays as it is.
pub async fn tell_who(error: Error, service: &Service<'_>) -> Error {
    let (Target::Postgres(target), ErrorKind::TooManyConnections) = (service.target, error.kind()) else {
        return error;
    };
    let Some(words) = error.sql() else { return error };
    let Some(usage) = usage(target, service).await else { return error };
    let message = format!("{}; in use are {}: {}", error.message(), usage.counts(), usage.holders());
    let told = Error::from_sql(words.clone()).of_kind(error.kind()).context(message);
    error.hints().iter().fold(told, |told, hint| told.hint(hint.clone()))
}

async fn usage(target: &PostgresTarget, service: &Service<'_>) -> Option<Usage> {
    let configured = match service.admin {
        Some(Target::Postgres(admin)) => Some(admin),
        _ => None,
    };
    let mut session = bootstrap::look_in(configured, target, service.context).await.ok()?;
    let usage = Usage::ask(session.as_mut(), &target.user, &target.dbname).await.ok();
    session.close().await;
    usage
}
