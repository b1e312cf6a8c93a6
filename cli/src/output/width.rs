//! How many columns text takes on a terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns of `character`: 0, 1 or 2.
pub(super) fn width(character: char) -> usize {
    character.width().unwrap_or(0)
}

/// Columns of `text`: less than its characters' where several make one sign, as in a family of emoji.
pub(super) fn width_of(text: &str) -> usize {
    text.width()
}
