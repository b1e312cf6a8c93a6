//! SQLite's values as the text that PostgreSQL would print.

use rusqlite::types::ValueRef;

/// `value` as text: numbers so that they read back the same, blobs as `\x` and hexadecimal digits.
pub(super) fn text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(real(number)),
        ValueRef::Text(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        ValueRef::Blob(bytes) => Some(bytes.iter().fold("\\x".to_owned(), |out, byte| format!("{out}{byte:02x}"))),
    }
}

/// The shortest digits that read back as the same number, with an exponent where `float8` prints one.
fn real(number: f64) -> String {
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    match exponent.parse::<i32>() {
        Ok(exponent) if !(-4..15).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.abs())
        }
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reals_print_as_float8_does() {
        for (number, expected) in [
            (1.0, "1"),
            (0.1 + 0.2, "0.30000000000000004"),
            (-0.0001, "-0.0001"),
            (0.00001, "1e-05"),
            (1e14, "100000000000000"),
            (1e15, "1e+15"),
            (-1.5e300, "-1.5e+300"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(real(number), expected);
        }
    }

    #[test]
    fn bytes_are_hexadecimal() {
        assert_eq!(text(ValueRef::Blob(&[0, 0xab])).as_deref(), Some("\\x00ab"));
        assert_eq!(text(ValueRef::Null), None);
    }
}
