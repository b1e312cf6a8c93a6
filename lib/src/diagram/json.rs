//! Diagrams as data, with a version; SVG and DOT files carry the same, so that they can be checked.

use serde::Serialize;
use serde_json::Value;

use crate::error::{Error, ErrorKind, Result};

use super::Format;
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
        Error::new(ErrorKind::Usage, format!("{file} is not a diagram that Mainstay has written: {why}"))
            .hint(format!("write it: {}", Format::redraw(file)))
    };
    let value: Value = serde_json::from_str(text).map_err(|error| foreign(error.to_string()))?;
    if value["format"] != FORMAT {
        return Err(foreign(format!("it does not say \"format\": \"{FORMAT}\"")));
    }
    if value["version"] != VERSION {
        return Err(foreign(format!("its version is {}, this Mainstay reads {VERSION}", value["version"])));
    }
    serde_json::from_value(value).map_err(|error| foreign(error.to_string()))
}
