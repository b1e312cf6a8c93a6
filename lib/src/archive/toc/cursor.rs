//! The bytes of a table of contents, taken from the front: every error says where it is and what was being read.

use crate::error::{Error, ErrorKind, Result};

/// How far a reader has come.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    offset: usize,
    /// Where the piece that is being read begins.
    began: usize,
    /// The entry that is being read, from 1; 0 in the header.
    pub(super) entry: usize,
    /// Whether something needed more bytes than are there.
    pub(super) short: bool,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0, began: 0, entry: 0, short: false }
    }

    /// How many bytes are taken.
    pub(super) fn taken(&self) -> usize {
        self.offset
    }

    pub(super) fn left(&self) -> usize {
        self.bytes.len() - self.offset
    }

    /// The next `length` bytes.
    pub(super) fn take(&mut self, length: usize, what: &str) -> Result<&'a [u8]> {
        self.began = self.offset;
        self.next(length, what)
    }

    fn next(&mut self, length: usize, what: &str) -> Result<&'a [u8]> {
        let left = self.left();
        if length > left {
            self.short = true;
            return Err(self.damaged(what, &format!("needs {}, and {left} are left", bytes(length))));
        }
        let taken = &self.bytes[self.offset..self.offset + length];
        self.offset += length;
        Ok(taken)
    }

    pub(super) fn byte(&mut self, what: &str) -> Result<u8> {
        Ok(self.take(1, what)?[0])
    }

    /// A number: a byte for its sign, then four of its magnitude, the lowest first.
    pub(super) fn int(&mut self, what: &str) -> Result<i32> {
        let taken = self.take(5, what)?;
        let magnitude = i64::from(u32::from_le_bytes([taken[1], taken[2], taken[3], taken[4]]));
        let number = match taken[0] {
            0 => Some(magnitude),
            1 if magnitude != 0 => Some(-magnitude),
            _ => None,
        };
        number.and_then(|number| i32::try_from(number).ok()).ok_or_else(|| self.damaged(what, "is no number"))
    }

    /// A text: its length, then as many bytes; none where the length is -1.
    pub(super) fn text(&mut self, what: &str) -> Result<Option<&'a [u8]>> {
        match self.int(what)? {
            -1 => Ok(None),
            length => match usize::try_from(length) {
                Ok(length) => self.next(length, what).map(Some),
                Err(_) => Err(self.damaged(what, &format!("has a length of {length}"))),
            },
        }
    }

    /// The same, owned.
    pub(super) fn owned(&mut self, what: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.text(what)?.map(<[u8]>::to_vec))
    }

    /// A number in decimal digits, in the one way that pg_dump writes it.
    pub(super) fn digits<T: std::str::FromStr + ToString>(&mut self, what: &str) -> Result<T> {
        let text = self.text(what)?.unwrap_or_default();
        self.parse(text, what)
    }

    /// What `text`, which was just read, says in decimal digits.
    pub(super) fn parse<T: std::str::FromStr + ToString>(&self, text: &[u8], what: &str) -> Result<T> {
        let number = std::str::from_utf8(text).ok().and_then(|text| text.parse::<T>().ok());
        number.filter(|number| number.to_string().as_bytes() == text).ok_or_else(|| self.damaged(what, "is no number"))
    }

    /// An error at the piece that was read last: `what` it is, and `why` it cannot be.
    pub(super) fn damaged(&self, what: &str, why: &str) -> Error {
        let whose = match self.entry {
            0 => what.to_owned(),
            entry => format!("{what} of entry {entry}"),
        };
        let message = format!("toc.dat is damaged at byte {}: {whose} {why}", self.began);
        Error::new(ErrorKind::Verification, message)
    }
}

fn bytes(number: usize) -> String {
    if number == 1 { "1 byte".to_owned() } else { format!("{number} bytes") }
}
