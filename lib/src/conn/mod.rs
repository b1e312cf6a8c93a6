//! Which database, and how to reach it: every field from its source, in one precedence.
//!
//! Pure: the environment and the files come in as values ([`Surroundings`]), so the same input gives the
//! same answer. Source of the rules: PostgreSQL documentation, libpq "Connection Strings", "Environment
//! Variables", "The Password File", "The Connection Service File".

mod admin;
mod conflict;
mod conninfo;
mod dial;
pub mod env;
mod families;
mod hosts;
mod keyword;
mod layer;
mod layers;
mod locator;
mod origin;
mod passfile;
mod passwords;
mod postgres;
mod render;
mod request;
mod resolve;
mod resolved;
mod secret;
mod service;
mod surroundings;
mod target;
mod tls;
mod url;

#[cfg(feature = "postgres")]
pub(crate) use url::encode;

pub use admin::resolve_admin;
pub use conflict::Conflict;
pub use dial::{ByteStream, Dial};
pub use env::{DATABASE_URL, POSTGRES_CONNECTION_PARAMETERS, POSTGRES_FAMILY, POSTGRESQL_FAMILY};
pub use origin::Origin;
pub use request::Request;
pub use resolve::resolve;
pub use resolved::{Field, Resolved};
pub use secret::Secret;
pub use surroundings::{Files, NoFiles, Read, Surroundings};
pub use target::{Address, Host, LoadBalance, PostgresTarget, SessionAttrs, SqliteTarget, SslMode, Target};
