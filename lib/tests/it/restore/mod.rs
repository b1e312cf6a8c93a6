//! Restores, held against PostgreSQL's own programs.

mod hard;
mod lab;
mod stock;
