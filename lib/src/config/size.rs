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

/// Memory as PostgreSQL reads it: `8GB`, `512 MB`, in powers of 1024 and with the unit; `None` where it is not, or nothing.
pub fn parse_memory(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let power = match text[digits..].trim() {
        "kB" | "KB" => 10,
        "MB" => 20,
        "GB" => 30,
        "TB" => 40,
        _ => return None,
    };
    text[..digits].parse::<u64>().ok()?.checked_mul(1 << power).filter(|bytes| *bytes > 0)
}

#[cfg(test)]
mod tests {
    use super::{parse, parse_memory};

    #[test]
    fn memory_is_written_as_postgresql_reads_it() {
        let read = ["8GB", "512 MB", "0GB", "8", "8gb", "99999999999TB"].map(parse_memory);
        assert_eq!(read, [Some(8 << 30), Some(512 << 20), None, None, None, None]);
    }

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
