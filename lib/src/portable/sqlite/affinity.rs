//! What SQLite would rather have in a column.

/// What a column's declared type makes of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Affinity {
    /// Whole numbers; what is none stays as it is.
    Integer,
    /// Numbers.
    Numeric,
    /// Binary numbers.
    Real,
    /// Text: numbers become it.
    Text,
    /// Everything as it is.
    None,
}

impl Affinity {
    /// Of a declared type: the first rule that applies.
    pub fn of(declared: &str, strict: bool) -> Self {
        let upper = declared.to_ascii_uppercase();
        let has = |word: &str| upper.contains(word);
        if strict && upper == "ANY" {
            Self::None
        } else if has("INT") {
            Self::Integer
        } else if has("CHAR") || has("CLOB") || has("TEXT") {
            Self::Text
        } else if has("BLOB") || upper.is_empty() {
            Self::None
        } else if has("REAL") || has("FLOA") || has("DOUB") {
            Self::Real
        } else {
            Self::Numeric
        }
    }
}
