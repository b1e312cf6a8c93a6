//! Which database, and how to reach it: every field from its source, in one precedence.
//!
//! Pure: the environment and the files come in as values ([`Surroundings`]), so the same input gives the
//! same answer. Source of the rules: PostgreSQL documentation, libpq "Connection Strings", "Environment
//! Variables", "The Password File", "The Connection Service File".

mod dial;
mod secret;
mod surroundings;
mod target;

pub use dial::{ByteStream, Dial};
pub use secret::Secret;
pub use surroundings::{Files, NoFiles, Read, Surroundings};
pub use target::{Address, Host, LoadBalance, PostgresTarget, SessionAttrs, SqliteTarget, SslMode, Target};
