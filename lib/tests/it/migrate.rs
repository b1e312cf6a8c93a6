//! Migrations: one suite that every dialect passes on every engine, and what is particular to each.

mod capsul;
mod concurrent;
mod hostile;
mod lab;
mod own;
mod suite;
