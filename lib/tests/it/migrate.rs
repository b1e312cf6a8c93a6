//! Migrations: one suite that every dialect passes on every engine, and what is particular to each.

mod adopt;
mod capsul;
mod concurrent;
mod dbmate;
mod diesel;
mod flyway;
mod golang_migrate;
mod goose;
mod hostile;
pub mod lab;
mod lookalike;
mod own;
mod peers;
mod refinery;
mod shape;
mod sqlx;
mod squash;
mod suite;
