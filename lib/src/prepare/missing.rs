//! Creating what bootstrap finds missing, through whatever admin connection is to be had.

use crate::bootstrap::{self, Admin, Wish};
use crate::conn::{PostgresTarget, Target};
use crate::error::{Error, ErrorKind, Result};
use crate::plan::Plan;

use super::Service;

/// What is missing, as a plan.
///
/// # Errors
/// SQLite has nothing to create; no admin connection is to be had; something is there that bootstrap will not change.
pub async fn bootstrap_plan(service: &Service<'_>) -> Result<Plan> {
    let (target, wish) = subject(service)?;
    let admin = Admin::find(configured(service), target, service.context).await?;
    bootstrap::plan(&admin, wish, service.context).await
}

/// Applies a plan that [`bootstrap_plan`] made.
///
/// # Errors
/// The state has changed since, or a step fails.
pub async fn bootstrap(service: &Service<'_>, plan: &Plan) -> Result<()> {
    let (target, wish) = subject(service)?;
    let admin = Admin::find(configured(service), target, service.context).await?;
    bootstrap::apply(&admin, wish, plan, service.context).await
}

/// Bootstraps because of `reason` and returns what was created, a title each; where no admin connection is to be had, the
/// reason is the error.
pub(super) async fn create(
    service: &Service<'_>,
    target: &PostgresTarget,
    wish: &Wish,
    reason: Error,
) -> Result<Vec<String>> {
    let admin = match Admin::find(configured(service), target, service.context).await {
        Ok(admin) => admin,
        Err(no_admin) => {
            return Err(no_admin.hints().iter().fold(reason, |error, hint| error.hint(hint.clone())));
        }
    };
    let plan = bootstrap::plan(&admin, wish, service.context).await?;
    if plan.is_empty() {
        // Everything is there, so it was something else: the password, for one. Or another instance was faster.
        return if reason.kind() == ErrorKind::Authentication { Err(reason) } else { Ok(Vec::new()) };
    }
    let titles = plan.steps.iter().map(|step| step.title.clone()).collect();
    bootstrap::apply(&admin, wish, &plan, service.context).await?;
    Ok(titles)
}

fn configured<'a>(service: &Service<'a>) -> Option<&'a PostgresTarget> {
    match service.admin {
        Some(Target::Postgres(admin)) => Some(admin),
        _ => None,
    }
}

fn subject<'a>(service: &Service<'a>) -> Result<(&'a PostgresTarget, &'a Wish)> {
    match (service.target, service.wish) {
        (Target::Postgres(target), Some(wish)) => Ok((target, wish)),
        _ => Err(Error::new(ErrorKind::Usage, "an SQLite file has no roles to create")
            .hint("mainstay prepare creates the file itself")),
    }
}
