//! Tests of `engine`: one suite that both engines pass, and what SQLite alone does.

mod conformance;
mod limits;
mod sqlite;
mod writers;
