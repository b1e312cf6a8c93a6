//! Restores, held against PostgreSQL's own programs.

mod encrypted;
mod faults;
mod hard;
mod in_place;
mod lab;
mod live;
mod only;
mod ours;
mod roles;
mod sqlite;
mod stock;
