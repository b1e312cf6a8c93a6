//! Durations: whole microseconds, as Python's `timedelta` has them.
//!
//! Source: Django's `utils/duration.py` and `utils/dateparse.py`; PostgreSQL documentation, "Interval Output".

const SECOND: i128 = 1_000_000;
const DAY: i128 = 86_400 * SECOND;

/// What Django writes: `1 02:03:04.000005`, days only where there are some; less than nothing is days before midnight.
pub(super) fn django(micros: i64) -> String {
    let micros = i128::from(micros);
    let (days, rest) = (micros.div_euclid(DAY), micros.rem_euclid(DAY));
    let (seconds, fraction) = (rest / SECOND, rest % SECOND);
    let days = if days == 0 { String::new() } else { format!("{days} ") };
    let fraction = if fraction == 0 { String::new() } else { format!(".{fraction:06}") };
    format!("{days}{:02}:{:02}:{:02}{fraction}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// What PostgreSQL reads and keeps as psycopg's own `timedelta` does: days and seconds apart.
pub(super) fn interval(micros: i64) -> String {
    let micros = i128::from(micros);
    let (days, rest) = (micros.div_euclid(DAY), micros.rem_euclid(DAY));
    format!("{days} days {}.{:06} seconds", rest / SECOND, rest % SECOND)
}

/// The microseconds of what Django reads: `1 02:03:04.5`, `P1DT2H3M4.5S`, `-00:00:01`.
pub(super) fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    let (sign, body) = match text.strip_prefix('-') {
        Some(body) if body.starts_with('P') => (-1, body),
        _ => (1, text),
    };
    let micros = match body.strip_prefix('P') {
        Some(iso) => sign * of_iso(iso)?,
        None => {
            let (days, clock) = body.rsplit_once(' ').map_or((None, body), |(days, clock)| (Some(days), clock));
            let days = match days {
                Some(days) => {
                    let number = days.trim_end_matches([',', ' ']).trim_end_matches("days").trim_end_matches("day");
                    number.trim().parse::<i128>().ok()?
                }
                None => 0,
            };
            days.checked_mul(DAY)?.checked_add(of_clock(clock)?)?
        }
    };
    i64::try_from(micros).ok()
}

/// The microseconds of what PostgreSQL prints: `1 day -02:03:04.5`. Months have no length.
pub(super) fn of_postgres(text: &str) -> Result<i64, &'static str> {
    const ODD: &str = "is no duration that can be read";
    let (mut micros, mut words) = (0_i128, text.split(' ').peekable());
    while let Some(word) = words.next() {
        if word.contains(':') {
            micros += of_clock(word).ok_or(ODD)?;
            continue;
        }
        let number: i128 = word.parse().map_err(|_| ODD)?;
        match words.next() {
            Some("day" | "days") => micros += number.checked_mul(DAY).ok_or(ODD)?,
            Some("mon" | "mons" | "year" | "years") => return Err("has months, which Django's durations do not have"),
            _ => return Err(ODD),
        }
    }
    i64::try_from(micros).map_err(|_| ODD)
}

/// `-02:03:04.5`; hours may be left out, and may be many.
fn of_clock(text: &str) -> Option<i128> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let parts: Vec<&str> = text.split(':').collect();
    let (hours, minutes, seconds) = match parts.as_slice() {
        [hours, minutes, seconds] => (whole(hours)?, whole(minutes)?, *seconds),
        [minutes, seconds] => (0, whole(minutes)?, *seconds),
        [seconds] => (0, 0, *seconds),
        _ => return None,
    };
    Some(sign * ((hours * 3600 + minutes * 60) * SECOND + micros(seconds)?))
}

/// `1DT2H3M4.5S`
fn of_iso(text: &str) -> Option<i128> {
    let (date, time) = text.split_once('T').unwrap_or((text, ""));
    let mut total = 0;
    for (part, units) in
        [(date, &[('W', 7 * DAY), ('D', DAY)][..]), (time, &[('H', 3600 * SECOND), ('M', 60 * SECOND), ('S', SECOND)])]
    {
        let mut rest = part;
        while let Some(at) = rest.find(|letter: char| letter.is_ascii_alphabetic()) {
            let unit = rest[at..].chars().next()?;
            let (_, size) = units.iter().find(|(letter, _)| *letter == unit)?;
            let (sign, number) = rest[..at].strip_prefix('-').map_or((1, &rest[..at]), |number| (-1, number));
            // Parts of a day are parts of its microseconds.
            total += sign * micros(number)?.checked_mul(*size)? / SECOND;
            rest = &rest[at + 1..];
        }
        if !rest.is_empty() {
            return None;
        }
    }
    Some(total)
}

/// `4.5` seconds as microseconds; more digits have no place.
fn micros(text: &str) -> Option<i128> {
    let (seconds, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > 6 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = if fraction.is_empty() { 0 } else { format!("{fraction:0<6}").parse().ok()? };
    whole(seconds)?.checked_mul(SECOND)?.checked_add(part)
}

fn whole(text: &str) -> Option<i128> {
    (text.len() <= 18 && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_django_writes_is_read() {
        for (micros, text) in [
            (0, "00:00:00"),
            (93_784_000_005, "1 02:03:04.000005"),
            (-1_000_000, "-1 23:59:59"),
            (i64::MAX, "106751991 04:00:54.775807"),
            (i64::MIN, "-106751992 19:59:05.224192"),
        ] {
            assert_eq!(django(micros), text);
            assert_eq!(parse(text), Some(micros), "{text}");
        }
        for (text, micros) in [
            ("P1DT2H3M4.000005S", Some(93_784_000_005)),
            ("-P1D", Some(-86_400_000_000)),
            ("P0DT00H00M01.500000S", Some(1_500_000)),
            ("4 days, 00:00:01", Some(345_601_000_000)),
            ("15:30", Some(930_000_000)),
            ("30", Some(30_000_000)),
            ("00:00:00.0000001", None),
            ("P1M", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(parse(text), micros, "{text}");
        }
    }

    #[test]
    fn intervals_are_durations_but_for_months() {
        assert_eq!(of_postgres("1 day 02:03:04.000005"), Ok(93_784_000_005));
        assert_eq!(of_postgres("-1 days +23:59:59"), Ok(-1_000_000));
        assert_eq!(of_postgres("-00:00:01"), Ok(-1_000_000));
        assert!(of_postgres("1 mon").is_err() && of_postgres("infinity").is_err());
        assert_eq!(interval(-1_000_000), "-1 days 86399.000000 seconds");
    }
}
