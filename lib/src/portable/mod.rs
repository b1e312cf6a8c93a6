//! Rows without the accent of an engine: values, their form in JSON, their digest, and the manifest of a portable dump.
//!
//! Data in, data out. A [`Value`] says by itself what it is; a column's [`Kind`] says what it means. `postgres` and `sqlite` say
//! how either engine writes a value, and which values it cannot hold. The format is described in `docs/reference/portable.md`.

mod decimal;
mod digest;
pub mod django;
pub mod json;
mod kind;
pub mod manifest;
mod names;
pub mod postgres;
mod real;
mod refusal;
pub mod sqlite;
mod value;

pub use digest::RowDigest;
pub use kind::Kind;
pub use names::file_name;
pub use refusal::Refusal;
pub use value::Value;
