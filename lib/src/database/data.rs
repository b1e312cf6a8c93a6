//! Portable rows: out of this database, into it, and from it into another.

use async_trait::async_trait;

use super::Database;
use crate::data::{self, Base, Copied, Dumped, Foreseen, Input, Loaded, Options, Order, Output, Plan, Ready, Versions};
use crate::engine::Session;
use crate::error::Result;

impl Database {
    /// Dumps rows to `output`.
    ///
    /// # Errors
    /// See [`data::dump`].
    pub async fn dump_data(&self, order: &Order, output: Output) -> Result<Dumped> {
        data::dump(self.reading(), order, output).await
    }

    /// What [`Database::dump_data`] would write.
    ///
    /// # Errors
    /// See [`data::foresee`].
    pub async fn foresee_data(&self, order: &Order) -> Result<Foreseen> {
        data::foresee(self.reading(), order).await
    }

    /// A dump that is about to be loaded, with the plan that says what loading it will do.
    ///
    /// # Errors
    /// See [`data::plan`].
    pub async fn plan_data(&self, input: Input, options: &Options) -> Result<Ready> {
        data::plan(self.writing(), input, options).await
    }

    /// Loads a dump as its plan says.
    ///
    /// # Errors
    /// See [`data::load`].
    pub async fn load_data(&self, ready: Ready, options: &Options) -> Result<Loaded> {
        data::load(self.writing(), ready, options).await
    }

    /// What [`Database::copy_data`] would do.
    ///
    /// # Errors
    /// See [`data::plan_copy`].
    pub async fn plan_copy(&self, to: &Self, order: &Order, options: &Options) -> Result<Plan> {
        data::plan_copy(self.reading(), to.writing(), order, options).await
    }

    /// Copies rows from here into `to`.
    ///
    /// # Errors
    /// See [`data::copy`].
    pub async fn copy_data(&self, to: &Self, order: &Order, options: &Options) -> Result<Copied> {
        data::copy(self.reading(), to.writing(), order, options).await
    }

    fn reading(&self) -> Base<'_> {
        Base {
            target: &self.target,
            owner: None,
            versions: Some(self),
            environment: self.environment(),
            django: &self.config.data.django,
            temporary: &self.temporary,
            context: &self.context,
        }
    }

    fn writing(&self) -> Base<'_> {
        Base { owner: self.owner(), ..self.reading() }
    }
}

#[async_trait]
impl Versions for Database {
    async fn version(&self, session: &mut dyn Session) -> Result<Option<String>> {
        self.ledger_version(session).await
    }
}
