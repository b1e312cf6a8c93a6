//! Old data, by the policies of `[cleanup.NAME]`.

use super::Database;
use crate::cleanup::{self, Agreed, Cleaned, CleanupPlan, Order};
use crate::config::CleanupConfig;
use crate::engine;
use crate::error::{Error, ErrorKind, Result};

impl Database {
    /// The names of its policies, in order.
    pub fn cleanup_policies(&self) -> Vec<&str> {
        self.config.cleanup.keys().map(String::as_str).collect()
    }

    /// What the policy `name` would delete, counted.
    ///
    /// # Errors
    /// There is no such policy, or see [`cleanup::plan`].
    pub async fn cleanup_plan(&self, name: &str) -> Result<CleanupPlan> {
        let policy = self.cleanup_policy(name)?;
        let mut session = self.connect_as_owner().await?;
        let plan = cleanup::plan(session.as_mut(), &self.cleanup_order(name, policy)).await;
        session.close().await;
        plan
    }

    /// Whether the policy `name` is right for the database.
    ///
    /// # Errors
    /// There is no such policy, or see [`cleanup::check`].
    pub async fn check_cleanup(&self, name: &str) -> Result<()> {
        let policy = self.cleanup_policy(name)?;
        engine::check_there(&self.target)?;
        let mut session = self.connect_as_owner().await?;
        let checked = cleanup::check(session.as_mut(), &self.cleanup_order(name, policy)).await;
        session.close().await;
        checked
    }

    /// Deletes what the policy `name` says, in batches; `plan` is the one that was read, where there was one.
    ///
    /// # Errors
    /// There is no such policy, or see [`cleanup::run`].
    pub async fn cleanup(&self, name: &str, plan: Option<&CleanupPlan>) -> Result<Cleaned> {
        let policy = self.cleanup_policy(name)?;
        engine::check_there(&self.target)?;
        let mut session = self.connect_as_owner().await?;
        let agreed = Agreed { consent: &self.consent, environment: self.environment.as_deref(), plan };
        let cleaned = cleanup::run(session.as_mut(), &self.cleanup_order(name, policy), &agreed).await;
        session.close().await;
        cleaned
    }

    fn cleanup_order<'a>(&'a self, name: &'a str, policy: &'a CleanupConfig) -> Order<'a> {
        let now = jiff::Timestamp::now();
        Order { name, policy, rules: &self.rules, observer: &self.context.observer, now }
    }

    fn cleanup_policy(&self, name: &str) -> Result<&CleanupConfig> {
        self.config.cleanup.get(name).ok_or_else(|| {
            let error = Error::new(ErrorKind::Usage, format!("there is no policy [cleanup.{name}] in mainstay.toml"));
            match self.cleanup_policies().as_slice() {
                [] => error.hint("write one: [cleanup.logs] with table, column and older_than"),
                names => error.hint(format!("there are: {}", names.join(", "))),
            }
        })
    }
}
