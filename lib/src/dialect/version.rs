//! Versions of migrations, compared as numbers part by part.

use std::cmp::Ordering;
use std::fmt;

/// A migration's version as written, `20261120093000`, `04` or `1.2.10`. Parts between dots compare as numbers, so
/// that `10` comes after `9` and `02` equals `2`.
#[derive(Clone, Debug)]
pub struct Version(String);

impl Version {
    /// Takes a version as written.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The version as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The version as a database prints it where its column is an integer: without leading zeros.
    pub fn integer(&self) -> &str {
        match self.0.trim_start_matches('0') {
            "" => "0",
            digits => digits,
        }
    }

    /// Whether it is made of numbers. Flyway's repeatable migrations, which come after all numbers, have a name instead.
    pub fn is_number(&self) -> bool {
        self.0.starts_with(|c: char| c.is_ascii_digit())
    }

    fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.split('.').map(|part| part.trim_start_matches('0'))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.is_number() != other.is_number() {
            return other.is_number().cmp(&self.is_number());
        }
        if !self.is_number() {
            return self.0.cmp(&other.0);
        }
        let by_length = |a: &&str, b: &&str| a.len().cmp(&b.len()).then_with(|| a.cmp(b));
        let (mut left, mut right) = (self.parts(), other.parts());
        loop {
            match (left.next(), right.next()) {
                (None, None) => return Ordering::Equal,
                (None, Some(_)) => return Ordering::Less,
                (Some(_), None) => return Ordering::Greater,
                (Some(a), Some(b)) => match by_length(&a, &b) {
                    Ordering::Equal => {}
                    unequal => return unequal,
                },
            }
        }
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl serde::Serialize for Version {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn versions_compare_as_numbers() {
        let ordered = ["1", "2", "9", "10", "10.1", "10.2", "10.10", "20261120093000", "20261120093001"];
        for pair in ordered.windows(2) {
            assert!(Version::new(pair[0]) < Version::new(pair[1]), "{} < {}", pair[0], pair[1]);
        }
        assert_eq!(Version::new("02"), Version::new("2"));
        assert_ne!(Version::new("20"), Version::new("2"));
    }
}
