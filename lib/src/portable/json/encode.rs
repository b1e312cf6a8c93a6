//! Rows to lines.

use std::io::Write;

use crate::archive::digest::{Rows, Seed};
use crate::portable::{Kind, RowDigest, Value, real};

/// Writes rows as lines into a buffer, and digests them.
pub struct Lines {
    /// What stands before each value: `{"id":`, `,"name":`.
    keys: Vec<Vec<u8>>,
    at: usize,
    digest: RowDigest,
    out: Vec<u8>,
}

impl Lines {
    /// For rows with these columns.
    pub fn new<'a>(columns: impl IntoIterator<Item = (&'a str, Kind)>, seed: Seed) -> Self {
        let (mut keys, mut kinds) = (Vec::new(), Vec::new());
        for (name, kind) in columns {
            let mut key = vec![if keys.is_empty() { b'{' } else { b',' }];
            string(name, &mut key);
            key.push(b':');
            keys.push(key);
            kinds.push(kind);
        }
        Self { keys, at: 0, digest: RowDigest::new(seed, kinds), out: Vec::new() }
    }

    /// The next value of the row.
    pub fn value(&mut self, value: &Value<'_>) {
        if let Some(key) = self.keys.get(self.at) {
            self.out.extend_from_slice(key);
        }
        self.at += 1;
        self.digest.value(value);
        write(value, &mut self.out);
    }

    /// The end of the row.
    pub fn end(&mut self) {
        self.out.extend_from_slice(if self.keys.is_empty() { b"{}\n" } else { b"}\n" });
        self.digest.end();
        self.at = 0;
    }

    /// Bytes that lie ready.
    pub fn ready(&self) -> &[u8] {
        &self.out
    }

    /// Takes the lines that lie ready.
    pub fn take(&mut self) -> Vec<u8> {
        let room = self.out.capacity();
        std::mem::replace(&mut self.out, Vec::with_capacity(room))
    }

    /// Forgets the lines that lie ready: they were used.
    pub fn clear(&mut self) {
        self.out.clear();
    }

    /// The rows so far.
    pub fn rows(&self) -> Rows {
        self.digest.total()
    }
}

fn write(value: &Value<'_>, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Integer(number) => whole(*number, out),
        Value::Real(number) if number.is_finite() => drop(write!(out, "{number:?}")),
        Value::Real(number) => drop(write!(out, "{{\"real\":\"{}\"}}", real::text(*number))),
        Value::Text(text) => string(text, out),
        Value::Bytes(bytes) => {
            out.extend_from_slice(b"{\"hex\":\"");
            hex(bytes, out);
            out.extend_from_slice(b"\"}");
        }
    }
}

/// The digits of a whole number.
fn whole(number: i64, out: &mut Vec<u8>) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    let mut left = number.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (left % 10) as u8;
        left /= 10;
        if left == 0 {
            break;
        }
    }
    if number < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(&digits[at..]);
}

/// Lower-case hexadecimal digits.
pub(in crate::portable) fn hex(bytes: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.reserve(bytes.len() * 2);
    for byte in bytes {
        out.extend([DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
}

/// What a byte of a string is written as: itself (0), `\u00..` (b'u'), or a backslash and this letter.
const ESCAPES: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = b'u';
        byte += 1;
    }
    table[0x08] = b'b';
    table[0x09] = b't';
    table[0x0a] = b'n';
    table[0x0c] = b'f';
    table[0x0d] = b'r';
    table[0x22] = b'"';
    table[0x5c] = b'\\';
    table[0x7f] = b'u';
    table
};

/// A text in quotes.
pub(in crate::portable) fn string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut from = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let escape = ESCAPES[usize::from(*byte)];
        if escape == 0 {
            continue;
        }
        out.extend_from_slice(&bytes[from..at]);
        match escape {
            b'u' => drop(write!(out, "\\u{byte:04x}")),
            letter => out.extend([b'\\', letter]),
        }
        from = at + 1;
    }
    out.extend_from_slice(&bytes[from..]);
    out.push(b'"');
}
