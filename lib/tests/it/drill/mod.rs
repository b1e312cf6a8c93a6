//! Drills: backups are proven, or refuted.

mod damage;
mod encodings;
mod lab;
mod outcome;
mod owners;
mod sqlite;
