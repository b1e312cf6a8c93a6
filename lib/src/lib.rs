//! Mainstay looks after one service's database from its birth to its last upgrade.
//!
//! This crate does the work and is what a service embeds; the command `mainstay` is one face of it.
//! It never prints, never reads the environment by itself, and touches nothing without a plan.
//!
//! The modules are the architecture, lowest first; a module uses only those above it in this list.

pub mod error;

pub mod observer;
pub mod sql;

pub mod catalog;
pub mod config;
pub mod conn;
pub mod plan;

pub mod disk;
pub mod tool;

pub mod engine;

pub mod ledger;
pub mod scratch;

pub mod dialect;

pub mod backup;
pub mod bootstrap;
pub mod inspect;
pub mod migrate;

pub mod prepare;

mod database;

pub use database::Database;
pub use error::{Error, ErrorKind, Result};
