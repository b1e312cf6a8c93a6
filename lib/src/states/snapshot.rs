//! A state as data, and as a file of its own format.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::catalog::{Catalog, Database};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::Flavor;

/// The version of the format, counted up whenever the catalog's model changes; a file of a newer one is refused.
pub const FORMAT: u32 = 1;

/// What a database is made of, and the server that said so. Written as JSON it is the format of `schema dump --json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Snapshot {
    /// The format's version: [`FORMAT`].
    pub format: u32,
    /// Which engine.
    pub engine: Flavor,
    /// The server's version as a number, 150018 or 3050001.
    pub server_version: u32,
    /// What the database is made of, without its name, sizes and numbers of rows.
    pub catalog: Catalog,
}

/// What every version of the format has.
#[derive(Deserialize)]
struct Head {
    format: u32,
}

impl Snapshot {
    /// A snapshot of `catalog`: what is measured is taken out, so that the same schema gives the same bytes.
    pub fn new(engine: Flavor, server_version: u32, catalog: Catalog) -> Self {
        let (database, roles) = (catalog.database.clone(), catalog.roles.clone());
        // A scratch database has another name each time.
        let database = Database { name: String::new(), bytes: None, ..database };
        let catalog = Catalog { database, roles, ..catalog.structure() };
        Self { format: FORMAT, engine, server_version, catalog }
    }

    /// Reads the file `path`: what `schema dump --json` has written.
    ///
    /// # Errors
    /// It cannot be read ([`ErrorKind::Io`]); it is no snapshot, or one of a newer format ([`ErrorKind::Source`]).
    pub fn open(path: &Path) -> Result<Self> {
        let text = std::fs::read(path)
            .map_err(|error| Error::io("read", path, error).hint("write one: mainstay schema dump --json -o FILE"))?;
        Self::parse(&text).map_err(|error| error.context(format!("cannot read the snapshot {}", path.display())))
    }

    fn parse(text: &[u8]) -> Result<Self> {
        let no_snapshot = |error: serde_json::Error| {
            Error::new(ErrorKind::Source, "it is no snapshot of a schema")
                .source(error)
                .hint("write one: mainstay schema dump --json -o FILE")
        };
        let value: serde_json::Value = serde_json::from_slice(text).map_err(no_snapshot)?;
        // As the command prints it, the snapshot is the data of an envelope.
        let value = match value {
            serde_json::Value::Object(mut map) if map.contains_key("data") => map.remove("data").unwrap_or_default(),
            value => value,
        };
        let head = Head::deserialize(&value).map_err(no_snapshot)?;
        if head.format > FORMAT {
            let message = format!("it has format {}, and this Mainstay reads up to {FORMAT}", head.format);
            return Err(Error::new(ErrorKind::Source, message)
                .hint("read it with the Mainstay that wrote it, or a newer one: mainstay --version"));
        }
        Self::deserialize(value).map_err(no_snapshot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_back_bare_or_in_an_envelope() {
        let snapshot = Snapshot::new(Flavor::Postgres, 150_018, Catalog::default());
        let bare = serde_json::to_string(&snapshot).unwrap();
        assert_eq!(Snapshot::parse(bare.as_bytes()).unwrap(), snapshot);
        let envelope = format!("{{\"schema\": 1, \"command\": \"schema dump\", \"data\": {bare}}}");
        assert_eq!(Snapshot::parse(envelope.as_bytes()).unwrap(), snapshot);
    }

    #[test]
    fn a_newer_format_and_other_files_are_refused() {
        let message = |text: &str| Snapshot::parse(text.as_bytes()).unwrap_err().message().to_owned();
        assert_eq!(message(r#"{"format": 2, "tomorrow": true}"#), "it has format 2, and this Mainstay reads up to 1");
        assert_eq!(message(r#"{"format": 1}"#), "it is no snapshot of a schema");
        assert_eq!(message("[]"), "it is no snapshot of a schema");
        assert_eq!(message("CREATE TABLE t ();"), "it is no snapshot of a schema");
    }
}
