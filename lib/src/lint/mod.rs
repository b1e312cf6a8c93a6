//! What in migrations is dangerous, slow or bound to fail: squawk's rules through its crate, and rules of ours that know the
//! live database. Data in, data out.
//!
//! A rule about locks is silent for a table that the run itself makes, that is empty, or that is small; where it speaks, the
//! finding says how large the table is. Everything here reads text by its tokens and the catalog as it was read; nothing runs.

mod names;

pub use names::{names, nearest};

#[cfg(feature = "lint")]
mod finding;
#[cfg(feature = "lint")]
mod input;
#[cfg(feature = "lint")]
mod look;
#[cfg(feature = "lint")]
mod page;
#[cfg(feature = "lint")]
mod read;
#[cfg(feature = "lint")]
mod rule;
#[cfg(feature = "lint")]
mod rules;
#[cfg(feature = "lint")]
mod run;
#[cfg(feature = "lint")]
mod squawk;
#[cfg(feature = "lint")]
mod suppress;
#[cfg(feature = "lint")]
mod world;

#[cfg(feature = "lint")]
pub use {
    finding::Finding,
    input::{Facts, Input, Measured, Migration, Script, Settings},
    page::{page, pages},
    rule::{About, Rule},
    run::lint,
};
