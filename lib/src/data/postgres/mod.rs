//! PostgreSQL's ends: rows come by COPY and go by COPY.

mod counters;
mod indexes;
mod rows_in;
mod session;
mod source;
mod statements;
mod target;
mod transaction;

pub(super) use source::Source;
pub(super) use target::Target;
