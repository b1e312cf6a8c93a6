//! SQLite's ends: statements on a thread of their own.

mod source;
mod target;

pub(super) use source::Source;
pub(super) use target::Target;
