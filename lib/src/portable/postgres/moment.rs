//! Dates and times as text, looked at before the server reads them: it would drop what a type has no place for without a word.

use crate::portable::Kind;

/// Why the text is no value of `kind`, or more than one with so many digits of a second.
///
/// What is looked at is the shape alone: the server knows how many days February has.
pub(in crate::portable) fn refuse(kind: Kind, text: &str, digits: usize) -> Option<&'static str> {
    let text = text.trim();
    if matches!(text, "infinity" | "-infinity") {
        return (kind == Kind::Time).then_some("is no time of day");
    }
    let body = text.strip_suffix(" BC").unwrap_or(text);
    let (date, time) = match kind {
        Kind::Time => (None, Some(body)),
        _ => match body.split_once([' ', 'T']) {
            Some((date, time)) => (Some(date), Some(time)),
            None => (Some(body), None),
        },
    };
    if date.is_some_and(|date| !is_date(date)) {
        return Some("is no date of the form 2024-02-29");
    }
    let time = time?;
    if kind == Kind::Date {
        return Some("has a time of day, which a date has no place for");
    }
    let (clock, zone) = zone_of(time);
    if !is_clock(clock) {
        return Some("is no time of the form 12:00:00");
    }
    if let Some(why) = rolls_over(kind, clock) {
        return Some(why);
    }
    let is_utc = matches!(zone, "" | "Z" | "z" | "+00" | "+00:00" | "+0000" | "-00:00");
    match kind {
        Kind::Time if !zone.is_empty() => return Some("has a zone, which the type has no place for"),
        Kind::Timestamp if !is_utc => return Some("is not in UTC, and the type has no place for a zone"),
        _ => {}
    }
    too_fine(clock, digits)
}

/// Why the text is no time of day with a zone, or more than one with so many digits of a second.
pub(super) fn refuse_zoned(text: &str, digits: usize) -> Option<&'static str> {
    let (clock, _) = zone_of(text.trim());
    if !is_clock(clock) {
        return Some("is no time of the form 12:00:00+02");
    }
    rolls_over(Kind::Time, clock).or_else(|| too_fine(clock, digits))
}

fn too_fine(clock: &str, digits: usize) -> Option<&'static str> {
    let fraction = clock.split_once('.').map_or("", |(_, fraction)| fraction).trim_end_matches('0');
    (fraction.len() > digits).then_some("has more digits of a second than the type keeps")
}

/// The server makes the next minute of a second 60, and the next day of an hour 24 where there is a day.
fn rolls_over(kind: Kind, clock: &str) -> Option<&'static str> {
    let whole = clock.split_once('.').map_or(clock, |(whole, _)| whole);
    if kind != Kind::Time && whole.starts_with("24") {
        return Some("has an hour 24, of which the type would make the next day");
    }
    (whole.split(':').nth(2) == Some("60")).then_some("has a second 60, of which the type would make the next minute")
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    matches!(parts.as_slice(), [year, month, day]
        if year.len() >= 4 && month.len() == 2 && day.len() == 2 && parts.iter().all(|part| digits(part)))
}

/// `12:00`, `12:00:00`, `12:00:00.5`
fn is_clock(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').map_or((text, "0"), |(whole, fraction)| (whole, fraction));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = whole.split(':').collect();
    (2..=3).contains(&parts.len()) && parts.iter().all(|part| part.len() == 2 && digits(part)) && digits(fraction)
}

/// The time of day, and its zone.
fn zone_of(text: &str) -> (&str, &str) {
    let at = text.find(['Z', 'z', '+', '-']).unwrap_or(text.len());
    (text[..at].trim_end(), &text[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_dropped_is_seen() {
        for (kind, text, digits, refused) in [
            (Kind::Date, "2024-02-29", 6, false),
            (Kind::Date, "0044-03-15 BC", 6, false),
            (Kind::Date, "2024-02-29 12:00:00", 6, true),
            (Kind::Date, "29.2.2024", 6, true),
            (Kind::Date, "infinity", 6, false),
            (Kind::Time, "12:00:00.123456", 6, false),
            (Kind::Time, "12:00:00+02", 6, true),
            (Kind::Time, "infinity", 6, true),
            (Kind::Timestamp, "2024-02-29T12:00:00Z", 6, false),
            (Kind::Timestamp, "2024-02-29 12:00:00+02:00", 6, true),
            (Kind::Timestamp, "2024-02-29 12:00", 6, false),
            (Kind::Timestamp, "2024-02-29 12:00:00.1234567", 6, true),
            (Kind::Timestamp, "2024-02-29 12:00:00.1234560", 6, false),
            (Kind::Timestamp, "2024-02-29 12:00:00.5", 0, true),
            (Kind::Timestamptz, "2024-02-29 12:00:00.5+05:30", 6, false),
            (Kind::Timestamptz, "0044-03-15 00:00:00Z BC", 6, false),
            (Kind::Timestamptz, "294276-12-31 23:59:59.999999Z", 6, false),
            (Kind::Timestamptz, "now", 6, true),
            (Kind::Time, "24:00:00", 6, false),
            (Kind::Time, "23:59:60", 6, true),
            (Kind::Timestamp, "2024-02-29 24:00:00", 6, true),
            (Kind::Timestamptz, "2016-12-31 23:59:60Z", 6, true),
            (Kind::Timestamptz, "2016-12-31 23:59:60.5Z", 6, true),
        ] {
            assert_eq!(refuse(kind, text, digits).is_some(), refused, "{kind:?} {text}");
        }
        for (text, digits, refused) in [
            ("12:00:00.5+05:30", 6, false),
            ("24:00:00-08", 6, false),
            ("12:00:00.5+05:30", 0, true),
            ("12:00:60+05:30", 6, true),
            ("2024-02-29 12:00:00+02", 6, true),
        ] {
            assert_eq!(refuse_zoned(text, digits).is_some(), refused, "{text}");
        }
    }
}
