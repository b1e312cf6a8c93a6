//! The COPY statement of an entry.

use crate::sql::{Flavor, TokenKind, significant, unquoted};

use super::work::TableName;

/// What a COPY statement of an archive says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Copy {
    /// The table that it goes into.
    pub(super) table: TableName,
    /// The statement up to `FROM stdin`, without options.
    head: Vec<u8>,
    /// Whether its rows are in binary.
    pub(super) binary: bool,
}

impl Copy {
    /// Reads `COPY schema.table (columns) FROM stdin;`, with options or without.
    pub(super) fn parse(statement: &[u8]) -> Option<Self> {
        const FROM: &[u8] = b" FROM stdin";
        let at = statement.windows(FROM.len()).rposition(|window| window.eq_ignore_ascii_case(FROM))?;
        let (head, options) = statement.split_at(at + FROM.len());
        let text = String::from_utf8_lossy(head);
        let mut names = Vec::new();
        for token in significant(&text, Flavor::Postgres).skip(1) {
            match token.kind {
                TokenKind::Word | TokenKind::QuotedIdent if names.len() < 2 => names.push(unquoted(token.text)),
                TokenKind::Punct if token.text == "." => continue,
                _ => break,
            }
            if text[token.offset + token.text.len()..].starts_with(' ') {
                break;
            }
        }
        let table = match names.as_slice() {
            [schema, name] => (schema.clone(), name.clone()),
            [name] => (String::new(), name.clone()),
            _ => return None,
        };
        let options = String::from_utf8_lossy(options).to_ascii_lowercase();
        Some(Self { table, head: head.to_vec(), binary: options.contains("binary") })
    }

    /// The statement with `options` beside the format.
    pub(super) fn with(&self, options: &[String]) -> Vec<u8> {
        let format = self.binary.then(|| "FORMAT binary".to_owned());
        let options: Vec<String> = format.into_iter().chain(options.iter().cloned()).collect();
        let mut statement = self.head.clone();
        if !options.is_empty() {
            statement.extend(format!(" WITH ({})", options.join(", ")).into_bytes());
        }
        statement
    }
}

#[cfg(test)]
mod tests {
    use super::Copy;

    #[test]
    fn statements_of_archives_are_read() {
        let cases = [
            ("COPY public.t (a, b) FROM stdin;\n", ("public", "t"), "COPY public.t (a, b) FROM stdin WITH (FREEZE)"),
            (
                "COPY \"S t\".\"a\"\"b\"  FROM stdin;\n",
                ("S t", "a\"b"),
                "COPY \"S t\".\"a\"\"b\"  FROM stdin WITH (FREEZE)",
            ),
            (
                "COPY public.t (\" FROM stdin\") FROM stdin WITH (FORMAT binary);\n",
                ("public", "t"),
                "COPY public.t (\" FROM stdin\") FROM stdin WITH (FORMAT binary, FREEZE)",
            ),
            ("COPY t (a) FROM stdin;", ("", "t"), "COPY t (a) FROM stdin WITH (FREEZE)"),
        ];
        for (text, (schema, name), written) in cases {
            let copy = Copy::parse(text.as_bytes()).unwrap();
            assert_eq!(copy.table, (schema.to_owned(), name.to_owned()), "{text}");
            assert_eq!(String::from_utf8(copy.with(&["FREEZE".to_owned()])).unwrap(), written);
        }
        assert_eq!(Copy::parse(b"INSERT INTO t"), None);
    }
}
