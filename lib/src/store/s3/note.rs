//! The note that lies beside an upload in parts as long as it lasts: what a killed writer has left is on no list that we can have,
//! and the note says what it is.

/// What its name ends in.
const SUFFIX: &str = ".unfinished-upload";

/// The note's name for the object `name`.
pub(super) fn name(name: &str) -> String {
    format!("{name}{SUFFIX}")
}

/// The object that the note `name` is about; `None` where it is none.
pub(super) fn of(name: &str) -> Option<&str> {
    name.strip_suffix(SUFFIX)
}
