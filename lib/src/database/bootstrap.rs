//! Roles, database, extensions and grants, where they are missing.

use super::Database;
use crate::bootstrap;
use crate::error::{ErrorClass, Result};
use crate::plan::Plan;
use crate::prepare;

/// Without a server to ask, statements are written for one of today: 18.
const NEWEST_SERVER: u32 = 180_000;

impl Database {
    /// What [`Database::bootstrap`] would create.
    ///
    /// # Errors
    /// No admin connection is to be had, or something is there that bootstrap will not change by itself.
    pub async fn bootstrap_plan(&self) -> Result<Plan> {
        prepare::bootstrap_plan(&self.service()).await
    }

    /// The same plan for an administrator to run by hand: where no server can be asked, the one for a server that has
    /// nothing of it yet.
    ///
    /// # Errors
    /// Something is there that bootstrap will not change by itself.
    pub async fn bootstrap_plan_to_print(&self) -> Result<Plan> {
        match self.bootstrap_plan().await {
            Err(error) if error.kind().class() == ErrorClass::Connect => {
                let Some(wish) = &self.wish else { return Err(error) };
                bootstrap::plan_from_nothing(wish, NEWEST_SERVER)
            }
            result => result,
        }
    }

    /// Creates what is missing, each step checked.
    ///
    /// # Errors
    /// The state has changed since `plan` was made, or a step fails.
    pub async fn bootstrap(&self, plan: &Plan) -> Result<()> {
        prepare::bootstrap(&self.service(), plan).await
    }
}
