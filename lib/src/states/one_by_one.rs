//! A folder's migrations one at a time, in a scratch.

use std::sync::Arc;

use crate::dialect::{Direction, Migration};
use crate::engine::Session;
use crate::error::Result;
use crate::migrate::{Folder, Goal, Migrator, Rules};
use crate::observer::Silent;

use super::stage::Home;

/// Whoever wants to look at the schema between two migrations.
#[derive(Clone, Copy)]
pub(super) struct OneByOne<'a> {
    pub(super) folder: &'a Folder,
    pub(super) rules: &'a Rules,
}

impl OneByOne<'_> {
    /// Applies or undoes one migration alone, making the roles that it misses where they may be made; `false`: it is not the
    /// next in that direction, as a repeatable one is not.
    pub(super) async fn go(
        self,
        session: &mut dyn Session,
        home: &Home,
        migration: &Migration,
        direction: Direction,
    ) -> Result<bool> {
        loop {
            match self.apply(session, migration, direction).await {
                Err(error) if home.makes_role(session, &error).await? => {}
                done => return done,
            }
        }
    }

    async fn apply(self, session: &mut dyn Session, migration: &Migration, direction: Direction) -> Result<bool> {
        let rules = Rules { to: None, out_of_order: true, ..self.rules.clone() };
        let mut migrator = Migrator::new(session, self.folder, &rules, Arc::new(Silent));
        let state = migrator.own_state().await?;
        let goal = if direction == Direction::Up { Goal::Up } else { Goal::DownSteps(1) };
        let mut plan = migrator.plan(&state, &goal)?;
        let steps = plan.plan.steps.into_iter().zip(plan.versions).filter(|(_, version)| *version == migration.version);
        (plan.plan.steps, plan.versions) = steps.unzip();
        if plan.versions.is_empty() {
            return Ok(false);
        }
        migrator.apply(&plan).await.map(|_| true)
    }
}
