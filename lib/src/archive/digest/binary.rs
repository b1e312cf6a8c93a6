//! COPY's binary format: a header, then for each row a count of fields and the fields, then -1 as a count. Numbers are
//! big-endian.

use super::rows::RowHash;

const SIGNATURE: &[u8; 11] = b"PGCOPY\n\xff\r\n\0";
/// Flags that a reader must know; bit 16 was WITH OIDS.
const CRITICAL: u32 = 0xffff_0000;

/// Where a reader is.
pub(super) struct Binary {
    state: State,
    /// A number or the header whose end is not there yet.
    held: Vec<u8>,
}

#[derive(Clone, Copy)]
enum State {
    /// In the header's fixed part, 19 bytes.
    Header,
    /// In its extension, with so many bytes to go.
    Extension(u32),
    /// Before a row's count of fields.
    Count,
    /// Before a field's length, with so many fields to go.
    Length(u16),
    /// In a field, with so many bytes and then fields to go.
    Field(u32, u16),
    /// After the mark of the end.
    End,
}

impl Default for Binary {
    fn default() -> Self {
        Self { state: State::Header, held: Vec::new() }
    }
}

impl Binary {
    pub(super) fn push(&mut self, mut bytes: &[u8], rows: &mut RowHash) -> Result<(), &'static str> {
        while !bytes.is_empty() {
            if let State::Count = self.state
                && self.held.is_empty()
                && let Some(length) = whole_row(bytes)?
            {
                let (row, rest) = bytes.split_at(length);
                rows.whole(row);
                bytes = rest;
                continue;
            }
            bytes = self.step(bytes, rows)?;
        }
        Ok(())
    }

    /// Takes one thing that may lie in several pieces; what is left of this one.
    fn step<'a>(&mut self, bytes: &'a [u8], rows: &mut RowHash) -> Result<&'a [u8], &'static str> {
        match self.state {
            State::Header => {
                let (header, rest) = self.gather::<19>(bytes);
                if let Some(header) = header {
                    self.state = State::extension(extension(&header)?);
                }
                Ok(rest)
            }
            State::Extension(left) => {
                let (passed, rest) = bytes.split_at(bytes.len().min(left as usize));
                self.state = State::extension(left - passed.len() as u32);
                Ok(rest)
            }
            State::Count => {
                let (count, rest) = self.gather::<2>(bytes);
                match count.map(i16::from_be_bytes) {
                    None => {}
                    Some(-1) => self.state = State::End,
                    Some(fields) => {
                        let fields = u16::try_from(fields).map_err(|_| "a row has a negative number of fields")?;
                        rows.part(&fields.to_be_bytes());
                        self.next_field(fields, rows);
                    }
                }
                Ok(rest)
            }
            State::Length(fields) => {
                let (length, rest) = self.gather::<4>(bytes);
                if let Some(length) = length {
                    rows.part(&length);
                    match i32::from_be_bytes(length) {
                        -1 | 0 => self.next_field(fields - 1, rows),
                        length => {
                            let length = u32::try_from(length).map_err(|_| "a field has a negative length")?;
                            self.state = State::Field(length, fields - 1);
                        }
                    }
                }
                Ok(rest)
            }
            State::Field(left, fields) => {
                let (value, rest) = bytes.split_at(bytes.len().min(left as usize));
                rows.part(value);
                match left - value.len() as u32 {
                    0 => self.next_field(fields, rows),
                    left => self.state = State::Field(left, fields),
                }
                Ok(rest)
            }
            State::End => Err("something follows the end"),
        }
    }

    /// Goes on to the next field, or ends the row.
    fn next_field(&mut self, fields: u16, rows: &mut RowHash) {
        self.state = match fields {
            0 => {
                rows.end();
                State::Count
            }
            fields => State::Length(fields),
        };
    }

    /// The next `N` bytes once all of them are there; and what is left.
    fn gather<'a, const N: usize>(&mut self, bytes: &'a [u8]) -> (Option<[u8; N]>, &'a [u8]) {
        let (more, rest) = bytes.split_at(bytes.len().min(N - self.held.len()));
        self.held.extend(more);
        let all = <[u8; N]>::try_from(self.held.as_slice()).ok();
        if all.is_some() {
            self.held.clear();
        }
        (all, rest)
    }

    pub(super) fn finish(&self) -> Result<(), &'static str> {
        match self.state {
            State::End => Ok(()),
            State::Header | State::Extension(_) => Err("the signature is not whole"),
            _ => Err("the mark of the end is missing"),
        }
    }
}

impl State {
    fn extension(left: u32) -> Self {
        if left == 0 { Self::Count } else { Self::Extension(left) }
    }
}

/// The length of the header's extension.
fn extension(header: &[u8; 19]) -> Result<u32, &'static str> {
    let number = |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    match header.starts_with(SIGNATURE) {
        false => Err("there is no signature of COPY's binary format"),
        true if number(11) & CRITICAL != 0 => Err("the header has flags that are not known"),
        true if number(15) > i32::MAX as u32 => Err("the header's extension has a negative length"),
        true => Ok(number(15)),
    }
}

/// The length of the row at the front of `bytes`, if all of it is there; none too where the end's mark is.
fn whole_row(bytes: &[u8]) -> Result<Option<usize>, &'static str> {
    let Some(count) = bytes.first_chunk::<2>() else { return Ok(None) };
    let Ok(fields) = u16::try_from(i16::from_be_bytes(*count)) else { return Ok(None) };
    let mut at = 2;
    for _ in 0..fields {
        let Some(length) = bytes.get(at..).and_then(<[u8]>::first_chunk::<4>) else { return Ok(None) };
        at += 4;
        match i32::from_be_bytes(*length) {
            -1 => {}
            length => at += usize::try_from(length).map_err(|_| "a field has a negative length")?,
        }
    }
    Ok((at <= bytes.len()).then_some(at))
}
