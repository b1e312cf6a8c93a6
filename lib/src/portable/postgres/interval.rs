//! Intervals as text: what the server would round or drop.

/// The smallest part of a time that an interval keeps: `interval day to hour` keeps hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Smallest {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
}

impl Smallest {
    /// Of a type as the server prints it: `interval`, `interval year to month`, `interval day to second(3)`.
    pub(super) fn of(data_type: &str) -> Self {
        let last = data_type.rsplit(' ').next().unwrap_or_default();
        match last.split_once('(').map_or(last, |(word, _)| word) {
            "year" => Self::Year,
            "month" => Self::Month,
            "day" => Self::Day,
            "hour" => Self::Hour,
            "minute" => Self::Minute,
            _ => Self::Second,
        }
    }
}

/// Why an interval with so many digits of a second would change the text's value.
pub(super) fn refuse(text: &str, digits: usize, smallest: Smallest) -> Option<&'static str> {
    let text = text.trim();
    if matches!(text, "infinity" | "-infinity") {
        return None;
    }
    if smallest == Smallest::Second {
        return rounded(text, digits);
    }
    match parts(text) {
        None => Some("is not of the form 1 year 2 mons 3 days 04:05:06, in which it could be seen what the type drops"),
        Some(parts) => dropped(&parts, smallest).then_some("has parts that are smaller than the type keeps"),
    }
}

/// A fraction is exact in seconds alone: the server makes months, days and microseconds of any other.
fn rounded(text: &str, digits: usize) -> Option<&'static str> {
    let bytes = text.as_bytes();
    let exponent = bytes.windows(3).any(|three| {
        three[0].is_ascii_digit()
            && matches!(three[1], b'e' | b'E')
            && (three[2].is_ascii_digit() || matches!(three[2], b'-' | b'+'))
    });
    if exponent {
        return Some("has a number with an exponent, which the type may round");
    }
    for (at, _) in text.match_indices('.') {
        let rest = &text[at + 1..];
        let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        if rest[..end].trim_end_matches('0').len() > digits {
            return Some("has more digits of a second than the type keeps");
        }
        // Of a clock, `04:05:06.7`; else the unit follows, and none at all means seconds.
        let before = text[..at].rsplit([' ', '\t']).next().unwrap_or_default();
        let unit = rest[end..].trim_start().to_ascii_lowercase();
        let is_clock = before.matches(':').count() == 2;
        let is_iso = text.trim_start_matches('-').starts_with(['P', 'p']);
        let word = unit.split(|letter: char| !letter.is_ascii_alphabetic()).next().unwrap_or_default();
        let is_seconds = match is_iso {
            true => word == "s",
            false => matches!(word, "" | "s" | "sec" | "secs" | "second" | "seconds" | "ago"),
        };
        if !is_clock && !is_seconds {
            return Some("has a fraction of something other than a second, which the type may round");
        }
    }
    None
}

/// Months, days, and whether there are hours, minutes and seconds.
#[derive(Debug, Default, PartialEq, Eq)]
struct Parts {
    months: i64,
    days: i64,
    hours: i64,
    minutes: i64,
    seconds: bool,
}

/// Of the form that the server prints; `None` for any other.
fn parts(text: &str) -> Option<Parts> {
    let mut parts = Parts::default();
    let mut words = text.split_whitespace();
    while let Some(word) = words.next() {
        if word.contains(':') {
            let mut clock = word.trim_start_matches(['+', '-']).split(':');
            parts.hours = clock.next()?.parse().ok()?;
            parts.minutes = clock.next()?.parse().ok()?;
            parts.seconds = clock.next()?.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
            continue;
        }
        let number: i64 = word.parse().ok()?;
        match words.next()? {
            "year" | "years" => parts.months += number.checked_mul(12)?,
            "mon" | "mons" => parts.months = parts.months.checked_add(number)?,
            "day" | "days" => parts.days = number,
            _ => return None,
        }
    }
    Some(parts)
}

fn dropped(parts: &Parts, smallest: Smallest) -> bool {
    let Parts { months, days, hours, minutes, seconds } = *parts;
    let clock = hours != 0 || minutes != 0 || seconds;
    match smallest {
        Smallest::Year => months % 12 != 0 || days != 0 || clock,
        Smallest::Month => days != 0 || clock,
        Smallest::Day => clock,
        Smallest::Hour => minutes != 0 || seconds,
        Smallest::Minute => seconds,
        Smallest::Second => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_rounded_is_seen() {
        for (text, digits, refused) in [
            ("1 year -2 mons +3 days -04:05:06.789", 6, false),
            ("1 day 02:03:04.5670", 3, false),
            ("1 day 02:03:04.5", 0, true),
            ("PT0.1234567S", 6, true),
            ("P1Y2M3DT4H5M6.5S", 6, false),
            ("PT0.123456H", 6, true),
            ("1.5 seconds ago", 6, false),
            ("0.123456 years", 6, true),
            ("1.5 days", 6, true),
            ("1e-7 seconds", 6, true),
            ("3 decades", 6, false),
            ("infinity", 0, false),
            ("00:00:00", 0, false),
        ] {
            assert_eq!(refuse(text, digits, Smallest::Second).is_some(), refused, "{text}");
        }
    }

    #[test]
    fn what_would_be_dropped_is_seen() {
        for (data_type, text, refused) in [
            ("interval year", "2 years", false),
            ("interval year", "2 years 3 mons", true),
            ("interval year to month", "2 years 3 mons", false),
            ("interval year to month", "2 years 3 mons 1 day", true),
            ("interval day", "3 days", false),
            ("interval day", "3 days 00:00:01", true),
            ("interval day to hour", "3 days 04:00:00", false),
            ("interval day to hour", "-3 days -04:30:00", true),
            ("interval hour to minute", "04:05:00.5", true),
            ("interval day to second(3)", "3 days 04:05:06.789", false),
            ("interval day", "P3D", true),
        ] {
            assert_eq!(refuse(text, 6, Smallest::of(data_type)).is_some(), refused, "{text} in {data_type}");
        }
    }
}
