//! The formats of diagrams.

use std::path::Path;

use crate::error::{Error, ErrorKind, Result};

use super::{Graph, dot, json, mermaid, svg};

/// How a diagram is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Mermaid's `erDiagram`, with the entities and relations that mermerd writes.
    #[default]
    Mermaid,
    /// A picture.
    Svg,
    /// Graphviz.
    Dot,
    /// Data, with a version.
    Json,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Mermaid, Self::Svg, Self::Dot, Self::Json];

    /// Its name: `mermaid`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mermaid => "mermaid",
            Self::Svg => "svg",
            Self::Dot => "dot",
            Self::Json => "json",
        }
    }

    /// The format that a file of this name is in, by its extension; Markdown holds Mermaid.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`]: no format has that extension.
    pub fn of_file(path: &Path) -> Result<Self> {
        match path.extension().map(|extension| extension.to_string_lossy().to_lowercase()).as_deref() {
            Some("mmd" | "mermaid" | "md" | "markdown") => Ok(Self::Mermaid),
            Some("svg") => Ok(Self::Svg),
            Some("dot" | "gv") => Ok(Self::Dot),
            Some("json") => Ok(Self::Json),
            _ => {
                Err(Error::new(ErrorKind::Usage, format!("{} has no extension that tells its format", path.display()))
                    .hint("extensions are .mmd, .svg, .dot and .json; or say it: --format mermaid"))
            }
        }
    }

    /// The diagram of `graph`: the same bytes for the same graph.
    pub fn write(self, graph: &Graph) -> String {
        match self {
            Self::Mermaid => mermaid::write(graph),
            Self::Svg => svg::write(graph),
            Self::Dot => dot::write(graph),
            Self::Json => json::write(graph),
        }
    }
}
