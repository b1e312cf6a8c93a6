//! What a server is for.

use serde::Serialize;

/// What a server is for: how much of the memory one query may have, and how much is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Many short queries, little written: a web service.
    #[default]
    Web,
    /// Many short queries, much written.
    Oltp,
    /// Few long queries over many rows.
    Dw,
    /// A developer's own machine, which has other things to do.
    Desktop,
    /// Short and long queries together.
    Mixed,
}

impl Profile {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Web, Self::Oltp, Self::Dw, Self::Desktop, Self::Mixed];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Oltp => "oltp",
            Self::Dw => "dw",
            Self::Desktop => "desktop",
            Self::Mixed => "mixed",
        }
    }
}
