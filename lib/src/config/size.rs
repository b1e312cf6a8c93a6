//! Sizes as people write them.

/// `10 MB`, `512kB`, `0`: a whole number and a unit in powers of 1000; `None` where it is neither.
pub(super) fn parse(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let unit: u64 = match text[digits..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        _ => return None,
    };
    text[..digits].parse::<u64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn sizes() {
        let check = |text: &str, bytes: Option<u64>| assert_eq!(parse(text), bytes, "{text}");
        check("10 MB", Some(10_000_000));
        check("512kB", Some(512_000));
        check("0", Some(0));
        check("1 TB", Some(1_000_000_000_000));
        check("MB", None);
        check("10 MiB", None);
        check("99999999999999999999", None);
    }
}
