//! What the stories ask of another tool.

use std::path::PathBuf;

use mainstay_peers::Service;

/// A migration of the stories.
#[derive(Clone, Copy)]
pub struct Step {
    pub number: u32,
    pub name: &'static str,
    pub up: &'static str,
    pub down: &'static str,
    /// Whether it may be in a transaction.
    pub transaction: bool,
}

/// Another tool, by its library.
pub trait Peer {
    /// An empty folder and database in its dialect.
    fn service(&self) -> Service;

    /// Whether its migrations can be without a transaction on this engine.
    fn has_no_transaction(&self) -> bool;

    /// The files of a migration in its layout.
    fn files(&self, step: &Step) -> Vec<(PathBuf, String)>;

    /// How Mainstay and the tool call the migration `number`.
    fn version(&self, number: u32) -> String;

    /// Applies what is pending and says which versions that were, or the tool's words.
    async fn up(&self, service: &Service) -> Result<Vec<String>, String>;
}

/// A tool that can go back.
pub trait Undo: Peer {
    /// Undoes the last migration, which is `number`.
    async fn down(&self, service: &Service, number: u32);
}
