//! A line of the user's text with a caret under one column.

use mainstay::error::Place;

use super::width::width;
use super::words::printable;

/// Columns that a tab takes in an excerpt.
const TAB: &str = "    ";

/// One piece of the line as it is shown, and where the caret may stand.
struct Piece {
    shown: String,
    columns: usize,
}

/// The line's text and below it the caret, both to be put behind the same margin; at most `room` columns wide.
pub(super) fn excerpt(place: &Place, room: usize) -> (String, String) {
    let pieces: Vec<Piece> = place.text.chars().map(piece).collect();
    let caret = place.column.saturating_sub(1).min(pieces.len());
    let (start, end) = window(&pieces, caret, room.max(5));
    let mut line = String::new();
    let mut before = 0;
    if start > 0 {
        line.push('…');
        before += 1;
    }
    line.extend(pieces[start..end].iter().map(|piece| piece.shown.as_str()));
    before += columns(&pieces[start..caret]);
    if end < pieces.len() {
        line.push('…');
    }
    (line, format!("{}^", " ".repeat(before)))
}

fn piece(character: char) -> Piece {
    if character == '\t' {
        return Piece { shown: TAB.to_owned(), columns: TAB.len() };
    }
    let shown = printable(character.encode_utf8(&mut [0; 4]));
    let columns = shown.chars().map(width).sum();
    Piece { shown, columns }
}

fn columns(pieces: &[Piece]) -> usize {
    pieces.iter().map(|piece| piece.columns).sum()
}

/// The part of the line to show: all of it, or as much on both sides of `caret` as goes into `room`.
fn window(pieces: &[Piece], caret: usize, room: usize) -> (usize, usize) {
    // A caret at the end of the line stands on a column that has no character.
    let past_end = usize::from(caret == pieces.len());
    if columns(pieces) + past_end <= room {
        return (0, pieces.len());
    }
    let room = room - 2; // the two marks of what is left out
    let (mut start, mut end) = (caret, (caret + 1).min(pieces.len()));
    let mut used = columns(&pieces[start..end]) + past_end;
    loop {
        let left = start.checked_sub(1).filter(|at| used + pieces[*at].columns <= room);
        if let Some(at) = left {
            start = at;
            used += pieces[at].columns;
        }
        let right = (end < pieces.len()).then_some(end).filter(|at| used + pieces[*at].columns <= room);
        if let Some(at) = right {
            end = at + 1;
            used += pieces[at].columns;
        }
        if left.is_none() && right.is_none() {
            return (start, end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, column: usize, room: usize, line: &str, caret: &str) {
        let place = Place { file: "a.sql".into(), line: 1, column, text: text.into() };
        assert_eq!(excerpt(&place, room), (line.to_owned(), caret.to_owned()), "{text} at {column} in {room}");
    }

    #[test]
    fn the_caret_stands_under_the_column() {
        check("select nope", 8, 80, "select nope", "       ^");
        check("", 1, 80, "", "^");
        check("abc", 4, 80, "abc", "   ^");
        check("abc", 99, 80, "abc", "   ^");
    }

    #[test]
    fn tabs_wide_and_combining_characters_keep_it_there() {
        check("\tx", 2, 80, "    x", "    ^");
        check("名前x", 3, 80, "名前x", "    ^");
        check("e\u{301}x", 3, 80, "e\u{301}x", " ^");
        check("a\u{1b}[2Jx", 6, 80, "a\\u{1b}[2Jx", "          ^");
    }

    #[test]
    fn long_lines_are_cut_around_the_caret() {
        check("0123456789abcdefghij", 11, 9, "…789abcd…", "    ^");
        check("0123456789abcdefghij", 1, 9, "0123456…", "^");
        check("0123456789abcdefghij", 20, 9, "…defghij", "       ^");
        check("0123456789abcdefghij", 21, 9, "…efghij", "       ^");
        check("名前名前名前名前", 5, 9, "…前名前…", "   ^");
    }
}
