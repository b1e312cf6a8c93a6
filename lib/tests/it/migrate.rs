//! Migrations: one suite that every dialect passes on every engine, and what is particular to each.

mod capsul;
mod concurrent;
mod lab;
mod lookalike;
mod own;
mod shape;
mod sqlx;
mod suite;
