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
#[cfg(feature = "postgres")]
use crate::plan::Action;
use crate::plan::Plan;

use super::{Service, connect_waiting};

/// Bootstrap's plan where something is missing, then the migrations': all of them where the database does not exist yet.
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
            // A role that is missing says nothing of the database: that one may be there, with migrations applied.
            if let Some(source) = source
                && (error.kind() == ErrorKind::DatabaseMissing || plans.iter().any(makes_database))
            {
                plans.push(source.first_plan(service.rules, &service.target.database())?.plan);
            }
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

#[cfg(feature = "postgres")]
fn makes_database(plan: &Plan) -> bool {
    let statements = plan.steps.iter().filter_map(|step| match &step.action {
        Action::Sql(sql) => Some(&sql.statements),
        _ => None,
    });
    statements.flatten().any(|sql| sql.starts_with("CREATE DATABASE "))
}
