//! The library's tests against real servers and data files: one binary, one module per subject.

mod backup;
mod bootstrap;
mod catalog;
mod config;
mod conn;
mod console;
mod diagram;
mod diff;
mod disk;
mod effects;
mod engine;
mod faults;
mod lease;
mod lint;
mod migrate;
mod postgres;
mod prepare;
mod rehearse;
mod revisions;
mod scratch;
mod sql;
mod states;
mod tls;
mod tool;
mod trace;
mod wrapped;
