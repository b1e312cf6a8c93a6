//! Lines to rows.
//!
//! Not by a general reader of JSON: a number must come back with every digit, a key must be the column that is expected, and an
//! error must say the column in the line.

use std::borrow::Cow;

use crate::portable::{Value, real};

/// A line that is not a row of its table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The byte of the line at which it is seen.
    pub at: usize,
    /// What is wrong.
    pub reason: String,
}

/// A line that is being read.
pub struct Line<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Line<'a> {
    /// One that is read from its beginning.
    pub(in crate::portable) fn over(text: &'a [u8]) -> Self {
        Self { text, at: 0 }
    }

    /// The byte at which it is read on.
    pub(in crate::portable) fn at(&self) -> usize {
        self.at
    }

    /// Reads on at another byte.
    pub(in crate::portable) fn go(&mut self, at: usize) {
        self.at = at;
    }

    /// All of it.
    pub(in crate::portable) fn text(&self) -> &'a [u8] {
        self.text
    }

    /// The values of the row that `text`, a line without its end, is, for columns of these names.
    ///
    /// # Errors
    /// It is no row with these columns.
    pub fn read(text: &'a [u8], columns: &[String], values: &mut Vec<Value<'a>>) -> Result<(), Damage> {
        let mut line = Self { text, at: 0 };
        values.clear();
        line.expect(b'{', "a row begins with {")?;
        for (place, column) in columns.iter().enumerate() {
            if place > 0 {
                line.expect(b',', &format!("the column `{column}` is missing"))?;
            }
            line.key(column)?;
            values.push(line.value()?);
        }
        line.space();
        if line.peek() == Some(b',') {
            return Err(line.damage("there are more columns than the manifest says"));
        }
        line.expect(b'}', "the row does not end where its columns do")?;
        line.space();
        if line.at < text.len() { Err(line.damage("something follows the row")) } else { Ok(()) }
    }

    fn key(&mut self, column: &str) -> Result<(), Damage> {
        self.space();
        let begins = self.at;
        // Most names are written as they are.
        let plain = self.text[self.at..]
            .strip_prefix(b"\"")
            .and_then(|rest| rest.strip_prefix(column.as_bytes()))
            .and_then(|rest| rest.strip_prefix(b"\":"));
        if let Some(rest) = plain {
            self.at = self.text.len() - rest.len();
            return Ok(());
        }
        let missing = format!("the column `{column}` is missing");
        if self.peek() != Some(b'"') {
            return Err(self.damage(missing));
        }
        let key = self.string()?;
        if key != column {
            let reason = format!("the column `{key}` stands where `{column}` should be");
            return Err(Damage { at: begins, reason });
        }
        self.expect(b':', "a column's name is followed by :")
    }

    fn value(&mut self) -> Result<Value<'a>, Damage> {
        self.space();
        match self.peek() {
            Some(b'"') => self.string().map(Value::Text),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'{') => self.tagged(),
            Some(b'n') => self.word(b"null", Value::Null),
            Some(b't') => self.word(b"true", Value::Bool(true)),
            Some(b'f') => self.word(b"false", Value::Bool(false)),
            Some(_) => Err(self.damage("this is no value")),
            None => Err(self.damage("the line ends before its row does")),
        }
    }

    fn word(&mut self, word: &[u8], value: Value<'a>) -> Result<Value<'a>, Damage> {
        if !self.text[self.at..].starts_with(word) {
            return Err(self.damage("this is no value"));
        }
        self.at += word.len();
        Ok(value)
    }

    fn number(&mut self) -> Result<Value<'a>, Damage> {
        let begins = self.at;
        let part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let length = self.text[begins..].iter().take_while(|byte| part(byte)).count();
        self.at += length;
        let digits = std::str::from_utf8(&self.text[begins..self.at]).unwrap_or_default();
        let is_whole = !digits.bytes().any(|byte| matches!(byte, b'.' | b'e' | b'E'));
        let value = if is_whole {
            digits.parse().map(Value::Integer).ok()
        } else {
            // What is too large for a binary number would become infinite.
            digits.parse().ok().filter(|number: &f64| number.is_finite()).map(Value::Real)
        };
        value.ok_or_else(|| Damage { at: begins, reason: format!("{digits} is no number that can be held") })
    }

    /// `{"hex":"…"}` or `{"real":"…"}`.
    fn tagged(&mut self) -> Result<Value<'a>, Damage> {
        let begins = self.at;
        self.expect(b'{', "this is no value")?;
        self.space();
        if self.peek() != Some(b'"') {
            return Err(Damage { at: begins, reason: "this is no value".to_owned() });
        }
        let tag = self.string()?;
        self.expect(b':', "a column's name is followed by :")?;
        self.space();
        if self.peek() != Some(b'"') {
            return Err(self.damage("this is no value"));
        }
        let text = self.string()?;
        self.expect(b'}', "the value has no end")?;
        let value = match tag.as_ref() {
            "hex" => unhex(text.as_bytes()).map(|bytes| Value::Bytes(Cow::Owned(bytes))),
            "real" => real::named(&text).map(Value::Real),
            _ => None,
        };
        value.ok_or_else(|| Damage { at: begins, reason: "this is no value".to_owned() })
    }

    /// The string that begins here.
    pub(in crate::portable) fn string(&mut self) -> Result<Cow<'a, str>, Damage> {
        self.at += 1;
        let begins = self.at;
        let mut owned: Option<Vec<u8>> = None;
        let mut from = begins;
        loop {
            let Some(next) = memchr::memchr2(b'"', b'\\', &self.text[self.at..]) else {
                self.at = self.text.len();
                return Err(self.damage("the line ends within a text"));
            };
            self.at += next;
            let piece = &self.text[from..self.at];
            if self.text[self.at] == b'"' {
                self.at += 1;
                let not_utf8 = |error: std::str::Utf8Error| Damage {
                    at: begins + error.valid_up_to(),
                    reason: "the text is not UTF-8".to_owned(),
                };
                return match owned {
                    None => std::str::from_utf8(piece).map(Cow::Borrowed).map_err(not_utf8),
                    Some(mut whole) => {
                        whole.extend_from_slice(piece);
                        String::from_utf8(whole).map(Cow::Owned).map_err(|error| not_utf8(error.utf8_error()))
                    }
                };
            }
            let whole = owned.get_or_insert_default();
            whole.extend_from_slice(piece);
            self.at += 1;
            let char = self.escape()?;
            whole.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
            from = self.at;
        }
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Result<char, Damage> {
        let letter = self.peek().ok_or_else(|| self.damage("the line ends within a text"))?;
        self.at += 1;
        Ok(match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = self.unit()?;
                let low = |line: &mut Self| -> Result<u32, Damage> {
                    if line.text[line.at..].starts_with(b"\\u") {
                        line.at += 2;
                        line.unit()
                    } else {
                        Ok(0)
                    }
                };
                let code = match unit {
                    0xd800..=0xdbff => match low(self)? {
                        second @ 0xdc00..=0xdfff => 0x10000 + ((unit - 0xd800) << 10) + (second - 0xdc00),
                        _ => return Err(self.damage("half a character")),
                    },
                    whole => whole,
                };
                char::from_u32(code).ok_or_else(|| self.damage("half a character"))?
            }
            _ => return Err(self.damage("there is no such escape")),
        })
    }

    fn unit(&mut self) -> Result<u32, Damage> {
        let digits = self.text.get(self.at..self.at + 4).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let digits = digits.ok_or_else(|| self.damage("four hexadecimal digits are wanted here"))?;
        let unit = digits.iter().fold(0, |unit, digit| unit * 16 + char::from(*digit).to_digit(16).unwrap_or_default());
        self.at += 4;
        Ok(unit)
    }

    pub(in crate::portable) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    pub(in crate::portable) fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    pub(in crate::portable) fn expect(&mut self, byte: u8, reason: &str) -> Result<(), Damage> {
        self.space();
        match self.peek() {
            Some(found) if found == byte => {
                self.at += 1;
                Ok(())
            }
            Some(_) => Err(self.damage(reason)),
            None => Err(self.damage("the line ends before its row does")),
        }
    }

    pub(in crate::portable) fn damage(&self, reason: impl Into<String>) -> Damage {
        Damage { at: self.at, reason: reason.into() }
    }
}

/// The bytes of pairs of hexadecimal digits.
pub(in crate::portable) fn unhex(digits: &[u8]) -> Option<Vec<u8>> {
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    };
    let (pairs, []) = digits.as_chunks::<2>() else { return None };
    pairs.iter().map(|[high, low]| Some(value(*high)? << 4 | value(*low)?)).collect()
}
