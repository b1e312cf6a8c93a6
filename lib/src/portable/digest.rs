//! The digest of a table's rows: of what they say, not of how a file spells it.

use xxhash_rust::xxh3::xxh3_128_with_seed;

use super::{Kind, Value, decimal};
use crate::archive::digest::{Rows, Seed};

/// Digests rows, value by value.
///
/// A row is, for each of its values in order, a letter and what follows from it: `n`; `t` or `f`; `i` and eight bytes of a whole
/// number, lowest first; `r` and eight bytes of a binary number; `s` or `b`, eight bytes for the length, and the bytes. Numbers
/// that both engines take for equal are equal here: decimals go without zeros at their end, and there is one zero and one NaN.
pub struct RowDigest {
    seed: Seed,
    kinds: Vec<Kind>,
    at: usize,
    row: Vec<u8>,
    total: Rows,
}

impl RowDigest {
    /// One for rows with columns of these kinds.
    pub fn new(seed: Seed, kinds: Vec<Kind>) -> Self {
        Self { seed, kinds, at: 0, row: Vec::new(), total: Rows::default() }
    }

    /// The next value of the row.
    pub fn value(&mut self, value: &Value<'_>) {
        let kind = self.kinds.get(self.at).copied().unwrap_or(Kind::Any);
        self.at += 1;
        match value {
            Value::Null => self.row.push(b'n'),
            Value::Bool(true) => self.row.push(b't'),
            Value::Bool(false) => self.row.push(b'f'),
            Value::Integer(number) => {
                self.row.push(b'i');
                self.row.extend_from_slice(&number.to_le_bytes());
            }
            Value::Real(number) => {
                let number = match *number {
                    number if number.is_nan() => f64::NAN,
                    0.0 => 0.0,
                    number => number,
                };
                self.row.push(b'r');
                self.row.extend_from_slice(&number.to_bits().to_le_bytes());
            }
            Value::Text(text) if kind == Kind::Decimal => self.long(b's', decimal::plain(text).as_bytes()),
            Value::Text(text) => self.long(b's', text.as_bytes()),
            Value::Bytes(bytes) => self.long(b'b', bytes),
        }
    }

    fn long(&mut self, letter: u8, bytes: &[u8]) {
        self.row.push(letter);
        self.row.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        self.row.extend_from_slice(bytes);
    }

    /// The end of the row.
    pub fn end(&mut self) {
        self.total += Rows { count: 1, sum: xxh3_128_with_seed(&self.row, self.seed.0) };
        self.row.clear();
        self.at = 0;
    }

    /// The rows so far.
    pub fn total(&self) -> Rows {
        self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: Kind, rows: &[&[Value<'_>]]) -> Rows {
        let mut digest = RowDigest::new(Seed(7), vec![kind; 4]);
        for row in rows {
            row.iter().for_each(|value| digest.value(value));
            digest.end();
        }
        digest.total()
    }

    #[test]
    fn what_differs_differs() {
        let values = [
            Value::Null,
            Value::Bool(true),
            Value::Bool(false),
            Value::Integer(1),
            Value::Real(1.0),
            Value::text("1"),
            Value::text("1.0"),
            Value::text(""),
            Value::Bytes(b"1".into()),
            Value::Bytes(b"".into()),
        ];
        for (at, one) in values.iter().enumerate() {
            for other in &values[at + 1..] {
                let (one, other) = (std::slice::from_ref(one), std::slice::from_ref(other));
                assert_ne!(of(Kind::Text, &[one]), of(Kind::Text, &[other]), "{one:?} {other:?}");
            }
        }
        let (a, b) = (Value::text("a"), Value::text("b"));
        assert_ne!(of(Kind::Text, &[&[a.clone(), b.clone()]]), of(Kind::Text, &[&[b.clone(), a.clone()]]));
        let (a, b) = (std::slice::from_ref(&a), std::slice::from_ref(&b));
        assert_eq!(of(Kind::Text, &[a, b]), of(Kind::Text, &[b, a]));
    }

    #[test]
    fn equal_numbers_are_equal() {
        let decimal = |text| of(Kind::Decimal, &[&[Value::text(text)]]);
        assert_eq!(decimal("12.50"), decimal("12.5"));
        assert_ne!(decimal("12.50"), decimal("12.51"));
        assert_eq!(of(Kind::Real, &[&[Value::Real(0.0)]]), of(Kind::Real, &[&[Value::Real(-0.0)]]));
    }

    #[test]
    fn the_numbers_are_those_of_the_format_for_ever() {
        let row = [Value::Null, Value::Integer(5), Value::Real(0.5), Value::text("ä")];
        assert_eq!(of(Kind::Any, &[&row]).to_string(), "1 rows, 5ed1dee0a2f6eff3b3d8bf7f3c6025c8");
    }
}
