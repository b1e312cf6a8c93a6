//! Parts of a whole as people write them.

/// `50%` as 50; `None` where it is none of 1 to 100.
pub(super) fn parse(text: &str) -> Option<u8> {
    let number: u8 = text.trim().strip_suffix('%')?.trim().parse().ok()?;
    (1..=100).contains(&number).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn parts() {
        assert_eq!(["1%", " 50 %", "100%"].map(parse), [Some(1), Some(50), Some(100)]);
        assert_eq!(["0%", "101%", "50", "%"].map(parse), [None; 4]);
    }
}
