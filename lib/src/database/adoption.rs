//! A database that another tool has migrated, or nobody kept books of, taken over.

use super::Database;
use crate::adopt::{self, Adoption, Grounds, Position, Proof};
use crate::error::Result;
use crate::migrate::Folder;

impl Database {
    /// The take-over of another tool's ledger, or of a database that has none, as a plan.
    ///
    /// # Errors
    /// See [`adopt::plan`].
    pub async fn adoption(&self, folder: &Folder, request: &adopt::Request) -> Result<Adoption> {
        let mut session = self.connect_as_owner().await?;
        let adoption = adopt::plan(&self.states(), session.as_mut(), folder, request).await;
        session.close().await;
        adoption
    }

    /// Runs the files of `adoption` in a scratch database and compares what they make with this one.
    ///
    /// # Errors
    /// See [`adopt::prove`].
    pub async fn prove(&self, folder: &Folder, adoption: &Adoption) -> Result<Proof> {
        let mut session = self.connect_as_owner().await?;
        let proof = adopt::prove(&self.states(), session.as_mut(), folder, adoption).await;
        session.close().await;
        proof
    }

    /// The version of `folder` that this database is at, by its schema.
    ///
    /// # Errors
    /// See [`adopt::locate`].
    pub async fn locate(&self, folder: &Folder) -> Result<Position> {
        let mut session = self.connect_as_owner().await?;
        let position = adopt::locate(&self.states(), session.as_mut(), folder).await;
        session.close().await;
        position
    }

    /// Writes the ledger of `adoption`; none of its migrations is run.
    ///
    /// # Errors
    /// See [`adopt::apply`].
    pub async fn adopt(&self, folder: &Folder, adoption: &Adoption, grounds: Grounds<'_>) -> Result<()> {
        let mut session = self.connect_as_owner().await?;
        let done = adopt::apply(&self.states(), session.as_mut(), folder, adoption, grounds).await;
        session.close().await;
        done
    }
}
