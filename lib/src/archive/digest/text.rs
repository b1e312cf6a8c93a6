//! COPY's text: rows are lines. A line feed within a value is written as `\n`, so every one ends a row.

use super::rows::RowHash;

/// Where a reader is.
#[derive(Default)]
pub(super) struct Text {
    /// The length of the line that was begun in earlier pieces, and its first two bytes.
    begun: usize,
    front: [u8; 2],
    /// Whether the end was marked: empty lines alone may follow.
    ended: bool,
}

/// The line after the last row in a stored file. As a value it would be written with another backslash.
const END: &[u8] = b"\\.";

impl Text {
    pub(super) fn push(&mut self, mut bytes: &[u8], rows: &mut RowHash) -> Result<(), &'static str> {
        while !bytes.is_empty() {
            if self.ended {
                let empty = bytes.iter().all(|byte| *byte == b'\n');
                return if empty { Ok(()) } else { Err("something follows the end") };
            }
            let Some(end) = memchr::memchr(b'\n', bytes) else {
                self.begin(bytes);
                rows.part(bytes);
                return Ok(());
            };
            self.line(&bytes[..end], rows);
            bytes = &bytes[end + 1..];
        }
        Ok(())
    }

    /// A line's last bytes, often all of it.
    fn line(&mut self, rest: &[u8], rows: &mut RowHash) {
        if self.begun == 0 {
            match rest {
                END => self.ended = true,
                row => rows.whole(row),
            }
            return;
        }
        self.begin(rest);
        if self.begun == END.len() && self.front == END {
            self.ended = true;
            rows.drop_begun();
        } else {
            rows.part(rest);
            rows.end();
        }
        self.begun = 0;
    }

    /// Remembers of a line what tells whether it is the last.
    fn begin(&mut self, bytes: &[u8]) {
        for (to, byte) in self.front.iter_mut().skip(self.begun).zip(bytes) {
            *to = *byte;
        }
        self.begun += bytes.len();
    }

    pub(super) fn finish(&self) -> Result<(), &'static str> {
        if self.begun == 0 { Ok(()) } else { Err("the last line has no end") }
    }
}
