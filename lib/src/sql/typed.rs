//! A text that somebody is still typing: how much of it is whole statements, and what the rest waits for.

use super::split::{Draft, copy_block, ends_its_line};
use super::token::Lexer;
use super::{Flavor, TokenKind, Unterminated};

/// What the text so far waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// Nothing: the next statement begins.
    Nothing,
    /// The rest of a statement.
    Statement,
    /// The closing parenthesis.
    Parenthesis,
    /// What was left open.
    Open(Unterminated),
}

/// The byte at which the whole statements of `text` end, each with its semicolon (and `COPY … FROM stdin` with its rows up to
/// `\.`), and what comes after them waits for.
pub fn typed(text: &str, flavor: Flavor) -> (usize, Waiting) {
    let mut lexer = Lexer::new(text, flavor);
    let mut draft = Draft::default();
    let mut whole = 0;
    while let Some((token, open)) = lexer.next() {
        if let Some(what) = open {
            return (whole, Waiting::Open(what));
        }
        match token.kind {
            TokenKind::Space | TokenKind::Comment => {}
            _ if token.text == ";" && draft.may_end() => {
                whole = token.offset + 1;
                if draft.copies {
                    match copy_block(text, &draft, whole, flavor) {
                        Ok(block) => whole = block.next,
                        Err(_) if ends_its_line(text, whole, flavor) => {
                            return (draft.start, Waiting::Open(Unterminated::CopyData));
                        }
                        // Rows cannot begin there, and what runs the statement will say so.
                        Err(_) => return (text.len(), Waiting::Nothing),
                    }
                    lexer.jump(whole);
                }
                draft = Draft::default();
            }
            _ => draft.push(token, flavor),
        }
    }
    let waiting = match () {
        () if draft.is_empty() => Waiting::Nothing,
        () if draft.parentheses > 0 => Waiting::Parenthesis,
        () if !draft.body_closed() => Waiting::Open(Unterminated::Body),
        () => Waiting::Statement,
    };
    (whole, waiting)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_text_waits_for() {
        let check = |text: &str, whole: &str, waiting| {
            assert_eq!(typed(text, Flavor::Postgres), (whole.len(), waiting), "{text}");
        };
        check("", "", Waiting::Nothing);
        check("select 1;", "select 1;", Waiting::Nothing);
        check("select 1; -- done", "select 1;", Waiting::Nothing);
        check("select 1; select", "select 1;", Waiting::Statement);
        check("select (1;", "", Waiting::Parenthesis);
        check("select 'a;\n", "", Waiting::Open(Unterminated::String));
        check("select $a$;$$;", "", Waiting::Open(Unterminated::DollarQuote));
        check("select \";", "", Waiting::Open(Unterminated::Identifier));
        check("select /* ;", "", Waiting::Open(Unterminated::Comment));
        check("select 1 -- ;\n", "", Waiting::Statement);
        check("CREATE FUNCTION f() BEGIN ATOMIC SELECT 1;", "", Waiting::Open(Unterminated::Body));
    }

    #[test]
    fn rows_belong_to_their_copy() {
        let check = |text: &str, whole: &str, waiting| {
            assert_eq!(typed(text, Flavor::Postgres), (whole.len(), waiting), "{text}");
        };
        let rows = Waiting::Open(Unterminated::CopyData);
        check("COPY t FROM stdin;", "", rows);
        check("COPY t FROM stdin;\n1;\n", "", rows);
        check("COPY t FROM stdin;\n1\n\\.\nselect", "COPY t FROM stdin;\n1\n\\.\n", Waiting::Statement);
        check("COPY t FROM stdin; select 1;", "COPY t FROM stdin; select 1;", Waiting::Nothing);
    }
}
