//! A server without a free connection: how many there are, and whose.

use crate::bootstrap;
use crate::conn::{PostgresTarget, Target};
use crate::engine::postgres::Usage;
use crate::error::Error;

use super::Service;

const TOO_MANY_CONNECTIONS: &str = "53300";

/// Adds to "too many connections" how many are in use and by whom, where an administrator's connection is to be had; any
/// other error stays as it is.
pub async fn tell_who(error: Error, service: &Service<'_>) -> Error {
    let Target::Postgres(target) = service.target else { return error };
    if error.sqlstate() != Some(TOO_MANY_CONNECTIONS) {
        return error;
    }
    match usage(target, service).await {
        Some(usage) => {
            let message = format!("{}; in use are {}: {}", error.message(), usage.counts(), usage.holders());
            error.reword(message)
        }
        None => error,
    }
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
