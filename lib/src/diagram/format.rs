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

    /// Whether `text` is a diagram in this format, whoever has drawn it; nothing at all is one too.
    pub fn is_drawn(self, text: &str) -> bool {
        let begins = |word: &str| text.lines().any(|line| line.trim_start().starts_with(word));
        text.trim().is_empty()
            || match self {
                Self::Mermaid => begins("erDiagram"),
                Self::Svg => text.contains("<svg"),
                Self::Dot => begins("digraph") || begins("graph"),
                Self::Json => text.trim_start().starts_with('{') && text.contains("\"entities\""),
            }
    }

    /// What to type to draw `file` again. A page of Markdown is not ours to write: the diagram is printed for it.
    pub fn redraw(file: &str) -> String {
        if is_markdown(file.as_ref()) {
            "mainstay diagram".to_owned()
        } else {
            format!("mainstay diagram --output {file}")
        }
    }

    /// The format to write `file` in, by its extension.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`]: no format has that extension, or it is Markdown, which has other things to say too.
    pub fn to_write(file: &Path) -> Result<Self> {
        if is_markdown(file) {
            let error = Error::new(
                ErrorKind::Usage,
                format!("{} is Markdown, which is checked but not written", file.display()),
            );
            return Err(error.hint("print the diagram and put it into a ```mermaid block there: mainstay diagram"));
        }
        Self::of_file(file)
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

fn is_markdown(file: &Path) -> bool {
    file.extension()
        .is_some_and(|extension| ["md", "markdown"].iter().any(|known| extension.eq_ignore_ascii_case(known)))
}
