//! Drills: backups are proven, or refuted.

mod damage;
mod lab;
mod outcome;
mod sqlite;
