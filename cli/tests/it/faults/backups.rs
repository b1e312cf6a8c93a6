//! Backups, and whatever can go wrong while they are taken, read again, restored, drilled, exported and given up: some 300 faults,
//! each at a moment that a seed chooses. After each of them four things hold: no false success, nothing half done that counts as a
//! backup, the proven one untouched, and the next run clean.

mod altered;
mod bucket;
mod connection;
mod disk;
mod ground;
mod killed;
mod line;
mod moments;
mod strike;
mod truths;
