//! Numbers and foreign text as people read them.

use std::time::Duration;

use mainstay::dialect::Version;
use mainstay::prepare::SafetyOutcome;

/// `340 µs`, `12 ms`, `1.3 s`, `2 min 5 s`, `1 h 3 min`.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 if duration.as_micros() < 1000 => format!("{} µs", duration.as_micros()),
        0 => format!("{} ms", duration.as_millis()),
        1..60 => format!("{seconds}.{} s", duration.subsec_millis() / 100),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// A migration's version and name as one; another program's versions have their name in them.
pub fn step(version: &Version, name: &str) -> String {
    if name.is_empty() { version.to_string() } else { format!("{version}_{name}") }
}

/// `999 B`, `3.1 MB`: powers of 1000, as disks are sold.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if count < 1000 {
        return format!("{count} B");
    }
    let mut tenths = count / 100;
    let mut unit = 0;
    while tenths >= 10_000 {
        tenths /= 1000;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

/// `1,234,567`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// The safety copy that was taken, a line of its own; nothing where none was.
pub fn copied(safety: &SafetyOutcome) -> String {
    match safety {
        SafetyOutcome::Taken(copy) => {
            let removed = match copy.removed.len() {
                0 => String::new(),
                1 => "removed  an older safety copy, by [backup] copies\n".to_owned(),
                count => format!("removed  {count} older safety copies, by [backup] copies\n"),
            };
            format!("copied   {} ({}, checked)\n{removed}", copy.path.display(), bytes(copy.bytes))
        }
        SafetyOutcome::NotNeeded | SafetyOutcome::SwitchedOff => String::new(),
    }
}

/// `1 table`, `3 tables`.
pub fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// `text` with its control characters written out, so that it cannot steer the terminal, nor turn what follows around.
pub fn printable(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut shown, character| {
        if character.is_control() || turns_around(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
        shown
    })
}

/// Is it one of the marks that change the direction of text? Source: Unicode Standard Annex 9, "Directional Formatting
/// Characters".
fn turns_around(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let check = |millis: u64, text: &str| assert_eq!(duration(Duration::from_millis(millis)), text);
        check(12, "12 ms");
        check(999, "999 ms");
        check(1390, "1.3 s");
        check(125_000, "2 min 5 s");
        check(3_780_000, "1 h 3 min");
        assert_eq!(duration(Duration::from_micros(340)), "340 µs");
    }

    #[test]
    fn sizes() {
        let check = |count: u64, text: &str| assert_eq!(bytes(count), text);
        check(0, "0 B");
        check(999, "999 B");
        check(1000, "1.0 kB");
        check(3_149_000, "3.1 MB");
        check(999_999, "999.9 kB");
        check(u64::MAX, "18.4 EB");
    }

    #[test]
    fn large_numbers_in_groups() {
        let check = |number: u64, text: &str| assert_eq!(count(number), text);
        check(0, "0");
        check(999, "999");
        check(1_200, "1,200");
        check(123_456, "123,456");
        check(1_234_567, "1,234,567");
    }

    #[test]
    fn plurals_and_controls() {
        assert_eq!(plural(1, "table"), "1 table");
        assert_eq!(plural(0, "table"), "0 tables");
        assert_eq!(printable("a\u{1b}[0m\n"), "a\\u{1b}[0m\\n");
        assert_eq!(printable("a\u{9b}2J\u{202e}b"), "a\\u{9b}2J\\u{202e}b");
    }
}
