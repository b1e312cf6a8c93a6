//! Old data, deleted by policy: whole families at a time, in small batches, beside those who are at work.

mod advice;
mod batch;
mod defaults;
mod delete;
mod file;
mod flow;
mod gather;
mod graph;
mod ground;
mod keys;
mod old;
mod pace;
mod partitions;
mod plan;
mod references;
mod run;
mod statements;
mod vacuum;

pub use advice::MissingIndex;
pub use file::read_plan;
pub use ground::Order;
pub use partitions::OldPartition;
pub use plan::{CleanupPlan, ReferenceRows, TableRows, check, plan};
pub use run::{Agreed, Cleaned, Gone, LOCK, run};
