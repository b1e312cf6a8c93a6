//! What preparing would do, without doing it.

use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "postgres")]
use crate::bootstrap;
use crate::engine::act_as;
#[cfg(feature = "postgres")]
use crate::error::ErrorKind;
use crate::error::Result;
use crate::migrate::{Goal, Source};
use crate::plan::Plan;

use super::{Service, connect_waiting};

/// Bootstrap's plan where something is missing, then the migrations'. A database that does not exist yet cannot be asked for
/// its ledger: then the plan is bootstrap's alone.
///
/// # Errors
/// No connection, or ledger and folder disagree.
pub async fn plans(service: &Service<'_>, wait: Duration, source: Option<&dyn Source>) -> Result<Vec<Plan>> {
    let mut plans = Vec::new();
    let mut session = match connect_waiting(service.target, service.context, wait).await {
        Ok(session) => session,
        #[cfg(feature = "postgres")]
        Err(error) if matches!(error.kind(), ErrorKind::DatabaseMissing | ErrorKind::RoleMissing) => {
            plans.push(super::bootstrap_plan(service).await?);
            return Ok(plans);
        }
        Err(error) => return Err(error),
    };
    #[cfg(feature = "postgres")]
    if let Some(wish) = service.wish
        && !bootstrap::check(session.as_mut(), wish).await?.is_empty()
    {
        plans.push(super::bootstrap_plan(service).await?);
    }
    act_as(session.as_mut(), service.owner()).await?;
    if let Some(source) = source {
        let mut migrator = source.on(session.as_mut(), service.rules, Arc::clone(&service.context.observer));
        let state = migrator.state().await?;
        plans.push(migrator.plan(&state, &Goal::Up)?.plan);
    }
    session.close().await;
    Ok(plans)
}
