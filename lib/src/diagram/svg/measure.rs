//! How wide text is. Pictures use the reader's fixed-width font, whose characters are 0.6 of its size wide in all the usual
//! ones (Menlo, Consolas, DejaVu Sans Mono, Liberation Mono), so that nothing has to be known of fonts.

/// A character's width by the font's size; a little more than any of those fonts has.
const CELL: f64 = 0.61;

/// The width of `text` at a font size, in pixels.
pub(super) fn width(text: &str, size: f64) -> f64 {
    // Safe: names are short.
    cells(text) as f64 * size * CELL
}

/// `text`, cut to at most `most` cells with an ellipsis at its end.
pub(super) fn cut(text: &str, most: usize) -> String {
    if cells(text) <= most {
        return text.to_owned();
    }
    let mut kept = String::new();
    for char in text.chars() {
        if cells(&kept) + cell(char) + 1 > most {
            break;
        }
        kept.push(char);
    }
    kept + "…"
}

fn cells(text: &str) -> usize {
    text.chars().map(cell).sum()
}

/// Two for the wide characters of East Asia and pictographs, none for marks upon the one before.
fn cell(char: char) -> usize {
    match u32::from(char) {
        0x0300..=0x036f | 0x200b..=0x200f | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f
        | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1faff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut() {
        for (text, most, expected) in [
            ("device", 6, "device"),
            ("devices", 6, "devic…"),
            ("名前名前", 6, "名前…"),
            ("e\u{301}tat", 4, "e\u{301}tat"),
        ] {
            assert_eq!(cut(text, most), expected);
        }
    }
}
