//! Decimal numbers of any length, as text.

/// The number without zeros that say nothing: `-0.50` is `-0.5`, `7.000` is `7`, `-0` is `0`. PostgreSQL takes both for equal.
pub(super) fn plain(text: &str) -> &str {
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text };
    match text {
        "-0" | "" | "-" => "0",
        other => other,
    }
}

/// Whether `text` is digits, perhaps with a sign before and a point between.
pub(super) fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
    let all = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    all(whole) && fraction.is_none_or(all)
}

/// The digits of a number that may have an exponent: `1.5e3` is `1500`, `1E-2` is `0.01`. `None` for what is none, and for one with
/// more digits than a decimal of PostgreSQL's has.
pub(super) fn expanded(text: &str) -> Option<String> {
    const MOST: i64 = 131_072;
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        None => return is_number(text).then(|| text.to_owned()),
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok().filter(|size| size.abs() < MOST)?),
    };
    if !is_number(mantissa) {
        return None;
    }
    let (sign, digits) = mantissa.strip_prefix('-').map_or(("", mantissa), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let point = whole.len() as i64 + exponent;
    let all = format!("{whole}{fraction}");
    let padded = match usize::try_from(point) {
        Ok(point) if point >= 1 => {
            let padded = format!("{all:0<point$}");
            let (whole, fraction) = padded.split_at(point);
            if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
        }
        _ => format!("0.{}{all}", "0".repeat(usize::try_from(-point).unwrap_or_default())),
    };
    let whole = padded.trim_start_matches('0');
    Some(if whole.is_empty() || whole.starts_with('.') { format!("{sign}0{whole}") } else { format!("{sign}{whole}") })
}

/// Digits after the point that are not zeros at the end.
pub(super) fn scale(text: &str) -> usize {
    plain(text).split_once('.').map_or(0, |(_, fraction)| fraction.len())
}

/// The binary number with exactly this decimal's digits, with an exponent or without: the shortest digits that lead back to it are
/// these. Where two texts are as short and as near, Rust prints the one, and PostgreSQL the even one.
pub(super) fn exact_real(text: &str) -> Option<f64> {
    let number: f64 = text.parse().ok().filter(|number: &f64| number.is_finite())?;
    let (digits, shortest) = (expanded(text)?, of_real(number)?);
    let is_even_one = || plain(&format!("{number:.*}", scale(&shortest))) == plain(&digits);
    (plain(&digits) == shortest || is_even_one()).then_some(number)
}

/// The shortest digits that lead back to `number`, without an exponent; `None` for what is not finite.
pub(super) fn of_real(number: f64) -> Option<String> {
    // `Display` of a float never writes an exponent.
    number.is_finite().then(|| plain(&number.to_string()).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_that_say_nothing_go() {
        for (text, expected) in
            [("12.50", "12.5"), ("7.000", "7"), ("700", "700"), ("-0.0", "0"), ("0", "0"), ("-1.0", "-1"), (".0", "0")]
        {
            assert_eq!(plain(text), expected, "{text}");
        }
    }

    #[test]
    fn numbers_are_told_from_words() {
        for (text, expected) in
            [("1", true), ("-1.5", true), ("1.", false), (".5", false), ("NaN", false), ("", false), ("1e5", false)]
        {
            assert_eq!(is_number(text), expected, "{text}");
        }
        assert_eq!((scale("1.250"), scale("100"), scale("3.0")), (2, 0, 0));
    }

    #[test]
    fn exponents_become_zeros() {
        for (text, expected) in [
            ("1.5e3", Some("1500")),
            ("1E-2", Some("0.01")),
            ("-12.34e1", Some("-123.4")),
            ("1e+21", Some("1000000000000000000000")),
            ("0e5", Some("0")),
            ("12.50", Some("12.50")),
            ("1e999999", None),
            ("e5", None),
            ("1e", None),
        ] {
            assert_eq!(expanded(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn only_what_reads_back_the_same_is_exact() {
        assert_eq!(exact_real("0.10"), Some(0.1));
        assert_eq!(exact_real("123456789012345"), Some(123_456_789_012_345.0));
        assert_eq!(exact_real("0.1000000000000000055511151231257827"), None);
        assert_eq!(exact_real("0.30000000000000003"), None);
        for text in ["1748001750238390.2", "1.7480017502383902e+15", "1748001750238390.8", "-1748001750238390.2"] {
            assert!(exact_real(text).is_some(), "PostgreSQL prints {text}");
        }
        assert_eq!(exact_real("12345678901234567890.5"), None);
        assert_eq!((exact_real("NaN"), exact_real("1.5x")), (None, None));
        assert_eq!(
            (exact_real("3e10"), exact_real("3.4e+38"), exact_real("1e-7")),
            (Some(3e10), Some(3.4e38), Some(1e-7))
        );
        assert_eq!(of_real(1e21).as_deref(), Some("1000000000000000000000"));
    }
}
