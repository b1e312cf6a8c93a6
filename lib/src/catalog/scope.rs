//! How much of a database a reader reads.

/// How much of a database is read: the more, the longer it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Tables, views and sequences with all their parts, and what was measured: sizes, rows, positions.
    Relations,
    /// Everything but what was measured: what a comparison needs.
    Structure,
    /// Everything.
    All,
}

impl Scope {
    /// Sizes, numbers of rows and positions of sequences are read.
    pub fn measures(self) -> bool {
        self != Self::Structure
    }

    /// All kinds of objects are read, and who needs whom.
    pub fn all_kinds(self) -> bool {
        self != Self::Relations
    }
}
