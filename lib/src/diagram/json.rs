//! Diagrams as data, with a version; SVG and DOT files carry the same, so that they can be checked.

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};

use super::graph::Graph;

/// Names the format in the data itself.
const FORMAT: &str = "mainstay-diagram";
/// The version that is written and read.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Written<'a> {
    format: &'a str,
    version: u32,
    #[serde(flatten)]
    graph: &'a Graph,
}

#[derive(Deserialize)]
struct Head {
    format: Option<String>,
    version: Option<u32>,
}

/// The data as a file.
pub(super) fn write(graph: &Graph) -> String {
    let text = serde_json::to_string_pretty(&Written { format: FORMAT, version: VERSION, graph });
    format!("{}\n", text.unwrap_or_default())
}

/// The data in one line.
pub(super) fn line(graph: &Graph) -> String {
    serde_json::to_string(&Written { format: FORMAT, version: VERSION, graph }).unwrap_or_default()
}

/// Reads either back.
///
/// # Errors
/// It is not a diagram of ours, or one of a later version.
pub(super) fn read(file: &str, text: &str) -> Result<Graph> {
    let foreign = |why: String| {
        Error::new(ErrorKind::Usage, format!("{file} is not a diagram that mainstay has written: {why}"))
            .hint(format!("write it: mainstay diagram --output {file}"))
    };
    let head: Head = serde_json::from_str(text).map_err(|error| foreign(error.to_string()))?;
    match (head.format.as_deref(), head.version) {
        (Some(FORMAT), Some(VERSION)) => serde_json::from_str(text).map_err(|error| foreign(error.to_string())),
        (Some(FORMAT), version) => {
            let version = version.map_or("none".to_owned(), |version| version.to_string());
            Err(foreign(format!("its version is {version}, this mainstay reads {VERSION}")))
        }
        _ => Err(foreign(format!("it does not say \"format\": \"{FORMAT}\""))),
    }
}
