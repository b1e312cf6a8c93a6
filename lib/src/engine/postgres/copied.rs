//! A row in COPY's text format.
//!
//! Source: PostgreSQL documentation, "COPY", "Text Format".

/// One row's values, unescaped; its memory is used again for the next row.
#[derive(Default)]
pub(super) struct Copied {
    bytes: Vec<u8>,
    /// Where each value ends in `bytes`, and whether it is one at all.
    ends: Vec<(usize, bool)>,
}

impl Copied {
    /// Reads `line`, with or without its line end.
    pub(super) fn read(&mut self, line: &[u8]) {
        self.bytes.clear();
        self.ends.clear();
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        for field in line.split(|byte| *byte == b'\t') {
            let null = field == b"\\N";
            if !null {
                self.unescape(field);
            }
            self.ends.push((self.bytes.len(), !null));
        }
    }

    /// The values; `None` is NULL.
    pub(super) fn values(&self) -> impl Iterator<Item = Option<&[u8]>> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|(end, _)| *end));
        starts.zip(&self.ends).map(|(start, (end, there))| there.then(|| &self.bytes[start..*end]))
    }

    fn unescape(&mut self, field: &[u8]) {
        let mut rest = field;
        while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
            self.bytes.extend_from_slice(&rest[..at]);
            let Some(escaped) = rest.get(at + 1) else { break };
            self.bytes.push(match escaped {
                b'b' => 0x08,
                b'f' => 0x0c,
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'v' => 0x0b,
                other => *other,
            });
            rest = &rest[at + 2..];
        }
        self.bytes.extend_from_slice(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_unescaped() {
        let mut copied = Copied::default();
        for (line, values) in [
            (&b"1\ta\\tb\\n\\\\c\t\\N\t\n"[..], vec![Some(&b"1"[..]), Some(b"a\tb\n\\c"), None, Some(b"")]),
            (b"\\\\N\n", vec![Some(b"\\N")]),
            (b"\\\\x00ff\t\xff\n", vec![Some(b"\\x00ff"), Some(b"\xff")]),
        ] {
            copied.read(line);
            assert_eq!(copied.values().collect::<Vec<_>>(), values);
        }
    }
}
