//! Mainstay and the libraries behind sqlx-cli, refinery_cli and diesel_cli take turns on one database.

mod diesel;
mod peer;
mod refinery;
mod sqlx;
mod stories;
