//! Migrations: one suite that every dialect passes on every engine, and what is particular to each.

mod capsul;
mod concurrent;
mod lab;
mod own;
mod suite;
