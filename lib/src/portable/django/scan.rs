//! A fixture cut into its objects, however long it is and wherever its pieces end.

use crate::portable::json::Damage;

/// Bytes of one object at most: PostgreSQL holds no larger row.
const LARGEST: usize = 1 << 30;

/// Where an object stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spot {
    /// Its number, from 1.
    pub number: u64,
    /// The byte at which it begins.
    pub offset: u64,
    /// The line at which it begins, from 1.
    pub line: u64,
}

/// Cuts the bytes that are pushed into objects: those of a list, or one after the other as in JSON lines.
#[derive(Debug)]
pub struct Scan {
    bytes: Vec<u8>,
    /// The bytes before it are used; those before `seen` were looked at.
    used: usize,
    seen: usize,
    /// Where `used` is, and the number of the last object.
    at: Spot,
    form: Form,
    /// Within the object that has begun: what is open, and whether a text is, and within it a backslash.
    open: Vec<u8>,
    in_text: bool,
    escaped: bool,
    after: After,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Unknown,
    List,
    Lines,
    /// Somewhere in the midst of either.
    Midst,
    Ended,
}

/// What came last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    Begin,
    Object,
    Comma,
}

impl Default for Scan {
    fn default() -> Self {
        Self::from(Spot { number: 0, offset: 0, line: 1 }, Form::Unknown)
    }
}

impl Scan {
    fn from(at: Spot, form: Form) -> Self {
        Self {
            bytes: Vec::new(),
            used: 0,
            seen: 0,
            at,
            form,
            open: Vec::new(),
            in_text: false,
            escaped: false,
            after: After::Begin,
        }
    }

    /// One that begins with the object at `spot`.
    pub fn at(spot: Spot) -> Self {
        Self::from(Spot { number: spot.number.saturating_sub(1), ..spot }, Form::Midst)
    }

    /// More bytes.
    pub fn push(&mut self, piece: &[u8]) {
        self.bytes.drain(..self.used);
        self.seen -= self.used;
        self.used = 0;
        self.bytes.extend_from_slice(piece);
    }

    /// The next object that is there whole, and where it stands. `None` where more bytes are wanted.
    ///
    /// # Errors
    /// Something else stands there; [`Scan::line`] says where.
    pub fn object(&mut self) -> Result<Option<(Spot, &[u8])>, Damage> {
        if self.open.is_empty() && !self.find()? {
            return Ok(None);
        }
        if !self.close()? {
            return Ok(None);
        }
        self.at.number += 1;
        let spot = self.at;
        let object = self.used..self.seen;
        self.step(object.len());
        self.after = After::Object;
        Ok(Some((spot, &self.bytes[object])))
    }

    /// The end of the fixture: nothing is open.
    ///
    /// # Errors
    /// It ends too early.
    pub fn finish(&mut self) -> Result<(), Damage> {
        let reason = match self.form {
            _ if !self.open.is_empty() => format!("the fixture ends within its object {}", self.at.number + 1),
            Form::List => "the fixture ends before its list does".to_owned(),
            Form::Unknown => "the fixture is empty".to_owned(),
            _ => return Ok(()),
        };
        Err(Damage { at: 0, reason })
    }

    /// The line that is read, from 1.
    pub fn line(&self) -> u64 {
        self.at.line
    }

    /// Bytes that lie ready, from the object that has begun on, to show of them.
    pub fn rest(&self) -> &[u8] {
        &self.bytes[self.used..]
    }

    /// Goes on by so many bytes.
    fn step(&mut self, count: usize) {
        let passed = &self.bytes[self.used..self.used + count];
        self.at.line += memchr::memchr_iter(b'\n', passed).count() as u64;
        self.at.offset += count as u64;
        self.used += count;
        self.seen = self.seen.max(self.used);
    }

    /// Goes on to where an object begins.
    fn find(&mut self) -> Result<bool, Damage> {
        if self.form == Form::Unknown && self.at.offset == 0 && self.bytes[self.used..].starts_with(b"\xef\xbb\xbf") {
            self.step(3);
        }
        while let Some(byte) = self.bytes.get(self.used).copied() {
            match (self.form, byte) {
                (_, b' ' | b'\t' | b'\r' | b'\n') => {}
                (Form::Unknown, b'[') => self.form = Form::List,
                (Form::List, b']') if self.after != After::Comma => self.form = Form::Ended,
                (Form::List, b',') if self.after == After::Object => self.after = After::Comma,
                (Form::Midst, b',') => {}
                (Form::List, b'{') if self.after == After::Object => return Err(damage("a comma is missing here")),
                (Form::Unknown | Form::List | Form::Lines | Form::Midst, b'{') => {
                    if self.form == Form::Unknown {
                        self.form = Form::Lines;
                    }
                    self.open.push(b'}');
                    self.seen = self.used + 1;
                    return Ok(true);
                }
                (Form::Ended, _) => return Err(damage("something follows the fixture's list")),
                (Form::Unknown, _) => return Err(damage("a fixture is a list of objects")),
                _ => return Err(damage("an object is wanted here")),
            }
            self.step(1);
        }
        Ok(false)
    }

    /// Looks for the end of the object that has begun.
    fn close(&mut self) -> Result<bool, Damage> {
        let mut at = self.seen;
        while at < self.bytes.len() {
            if self.in_text {
                if self.escaped {
                    self.escaped = false;
                    at += 1;
                    continue;
                }
                match memchr::memchr2(b'"', b'\\', &self.bytes[at..]) {
                    None => at = self.bytes.len(),
                    Some(next) => {
                        at += next + 1;
                        self.in_text = self.bytes[at - 1] != b'"';
                        self.escaped = self.in_text;
                    }
                }
                continue;
            }
            let byte = self.bytes[at];
            at += 1;
            match byte {
                b'"' => self.in_text = true,
                b'{' => self.open.push(b'}'),
                b'[' => self.open.push(b']'),
                b'}' | b']' => {
                    if self.open.pop() != Some(byte) {
                        return Err(damage("a bracket is closed that was not opened"));
                    }
                    if self.open.is_empty() {
                        self.seen = at;
                        return Ok(true);
                    }
                }
                _ => {}
            }
        }
        self.seen = at;
        if at - self.used > LARGEST {
            return Err(damage("the object has no end within a gigabyte"));
        }
        Ok(false)
    }
}

fn damage(reason: &str) -> Damage {
    Damage { at: 0, reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found of `text` in pieces of `size` bytes: number, offset, line and text; or why it is none.
    fn scanned(text: &str, size: usize) -> Result<Vec<(u64, u64, u64, String)>, String> {
        let (mut scan, mut found) = (Scan::default(), Vec::new());
        for piece in text.as_bytes().chunks(size) {
            scan.push(piece);
            while let Some((spot, object)) = scan.object().map_err(|damage| damage.reason)? {
                found.push((spot.number, spot.offset, spot.line, String::from_utf8_lossy(object).into_owned()));
            }
        }
        scan.finish().map(|()| found).map_err(|damage| damage.reason)
    }

    #[test]
    fn objects_are_found_wherever_pieces_end() {
        let text = "[\n{\"a\": \"}\\\"[\"},\n {\"b\": [{}, \"\\\\\"]}\n]\n";
        for size in 1..text.len() + 1 {
            let found = scanned(text, size).expect("a fixture");
            assert_eq!(
                found,
                [(1, 2, 2, "{\"a\": \"}\\\"[\"}".to_owned()), (2, 18, 3, "{\"b\": [{}, \"\\\\\"]}".to_owned())],
                "{size}"
            );
        }
        assert_eq!(scanned("{}\n{}\n", 3).map(|found| found.len()), Ok(2));
        assert_eq!(scanned("[]", 1), Ok(vec![]));
        assert_eq!(scanned("\u{feff}[{}]", 100).map(|found| found.len()), Ok(1));
    }

    #[test]
    fn what_is_no_fixture_is_told() {
        for (text, reason) in [
            ("", "the fixture is empty"),
            ("[{}, {\"a\": 1", "the fixture ends within its object 2"),
            ("[{}", "the fixture ends before its list does"),
            ("[{},]", "an object is wanted here"),
            ("[{} {}]", "a comma is missing here"),
            ("[{}] x", "something follows the fixture's list"),
            ("[1]", "an object is wanted here"),
            ("<xml>", "a fixture is a list of objects"),
            ("[{\"a\": [}]", "a bracket is closed that was not opened"),
        ] {
            assert_eq!(scanned(text, 4), Err(reason.to_owned()), "{text}");
        }
    }

    #[test]
    fn it_goes_on_in_the_midst() {
        let mut scan = Scan::at(Spot { number: 7, offset: 40, line: 3 });
        scan.push(b"{\"a\": 1},\n{\"b\": 2}");
        let spot = |found: Result<Option<(Spot, &[u8])>, Damage>| found.expect("sound").map(|(spot, _)| spot);
        assert_eq!(spot(scan.object()), Some(Spot { number: 7, offset: 40, line: 3 }));
        assert_eq!(spot(scan.object()), Some(Spot { number: 8, offset: 50, line: 4 }));
        assert_eq!(spot(scan.object()), None);
    }
}
