//! How many columns a character takes on a terminal.

use std::ops::RangeInclusive;

/// Ranges that take two columns. Source: Unicode's EastAsianWidth.txt (W and F), folded to whole blocks, and emoji.
const WIDE: [RangeInclusive<u32>; 12] = [
    0x1100..=0x115f,
    0x2e80..=0x303e,
    0x3041..=0xa4cf,
    0xa960..=0xa97f,
    0xac00..=0xd7a3,
    0xf900..=0xfaff,
    0xfe30..=0xfe6f,
    0xff00..=0xff60,
    0xffe0..=0xffe6,
    0x1f300..=0x1f64f,
    0x1f680..=0x1faff,
    0x20000..=0x3fffd,
];

/// Ranges that take none: combining marks, joiners and variation selectors.
const ZERO: [RangeInclusive<u32>; 9] = [
    0x0300..=0x036f,
    0x0483..=0x0489,
    0x0591..=0x05bd,
    0x1ab0..=0x1aff,
    0x1dc0..=0x1dff,
    0x200b..=0x200f,
    0x20d0..=0x20ff,
    0xfe00..=0xfe0f,
    0xfeff..=0xfeff,
];

/// Columns of `character`: 0, 1 or 2.
pub(super) fn width(character: char) -> usize {
    let code = u32::from(character);
    let within = |ranges: &[RangeInclusive<u32>]| ranges.iter().any(|range| range.contains(&code));
    match code {
        0..0x300 => 1,
        _ if within(&ZERO) => 0,
        _ if within(&WIDE) => 2,
        _ => 1,
    }
}
