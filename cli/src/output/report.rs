//! An error as people read it.

use mainstay::Error;
use mainstay::error::Place;

use super::excerpt::excerpt;
use super::words::printable;
use super::{Output, Paint};

/// The whole report of `error`, several lines, for stderr: the sentence, the place with a caret, the causes, the
/// server's own words and what to do next.
pub fn report(error: &Error, output: &Output) -> String {
    let paint = output.paint();
    let mut lines = vec![format!("{} {}", paint.bad("error:"), block(error.message()))];
    if let Some(place) = error.place() {
        lines.extend(at(place, output.error_width(), paint));
    }
    let causes = error.causes();
    for (at, cause) in causes.iter().enumerate() {
        let number = if causes.len() > 1 { format!("{}: ", at + 1) } else { String::new() };
        lines.push(format!("{} {number}{}", paint.bad("caused by:"), block(cause)));
    }
    if let Some(sql) = error.sql() {
        lines.push(format!("{} {}", paint.dim("SQLSTATE:"), sql.sqlstate));
        let words = [("detail:", &sql.detail), ("server's hint:", &sql.hint), ("context:", &sql.context)];
        for (label, text) in words {
            lines.extend(text.iter().map(|text| format!("{} {}", paint.dim(label), block(text))));
        }
    }
    lines.extend(error.hints().iter().map(|hint| format!("{} {}", paint.next("hint:"), block(hint))));
    lines.join("\n") + "\n"
}

/// The place of a message: file, line and column, the line itself, and a caret.
pub(super) fn at(place: &Place, width: usize, paint: Paint) -> [String; 3] {
    let number = place.line.to_string();
    let margin = " ".repeat(number.len());
    let (text, caret) = excerpt(place, width.saturating_sub(number.len() + 3));
    [
        format!("{margin}{} {}", paint.dim("-->"), printable(&place.to_string())),
        format!("{} {text}", paint.dim(&format!("{number} |"))).trim_end().to_owned(),
        format!("{} {}", paint.dim(&format!("{margin} |")), paint.bad(&caret)).trim_end().to_owned(),
    ]
}

/// Text of several lines, from a server or a file's name: nothing in it may steer the terminal.
fn block(text: &str) -> String {
    text.split('\n').map(|line| printable(&line.replace('\t', "    "))).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use mainstay::error::{Place, SqlError};
    use mainstay::{Error, ErrorKind};

    use super::*;
    use crate::args::Color;

    fn rendered(error: &Error, columns: &str, color: Color) -> String {
        let vars = std::collections::BTreeMap::from([("COLUMNS".to_owned(), columns.to_owned())]);
        report(error, &Output::detect(&vars, color, false))
    }

    fn refused() -> Error {
        Error::from_sql(SqlError {
            sqlstate: "42703".into(),
            message: "column \"nope\" does not exist".into(),
            detail: Some("there is a column named note".into()),
            hint: Some("Perhaps you meant to reference the column \"t.note\".".into()),
            ..SqlError::default()
        })
        .at(Place::in_text("migrations/0012_note.up.sql", "-- one\nselect\n\tnope from t;", 15))
        .context("migration 12 failed, and nothing of it was applied")
        .hint("correct the file, then run `mainstay migrate up`")
    }

    #[test]
    fn everything_an_error_can_say() {
        insta::assert_snapshot!(rendered(&refused(), "80", Color::Never), @r#"
        error: migration 12 failed, and nothing of it was applied
         --> migrations/0012_note.up.sql:3:2
        3 |     nope from t;
          |     ^
        caused by: column "nope" does not exist
        SQLSTATE: 42703
        detail: there is a column named note
        server's hint: Perhaps you meant to reference the column "t.note".
        hint: correct the file, then run `mainstay migrate up`
        "#);
    }

    #[test]
    fn a_server_cannot_steer_the_terminal() {
        let error = Error::new(ErrorKind::Sql, "bad \u{1b}[2J").context("two\nlines").hint("\u{1b}]0;x\u{7}");
        let shown = "error: two\nlines\ncaused by: bad \\u{1b}[2J\nhint: \\u{1b}]0;x\\u{7}\n";
        assert_eq!(rendered(&error, "80", Color::Never), shown);
    }

    #[test]
    fn several_causes_are_numbered() {
        let error = Error::new(ErrorKind::Io, "three").context("two").context("one");
        assert_eq!(rendered(&error, "80", Color::Never), "error: one\ncaused by: 1: two\ncaused by: 2: three\n");
    }

    #[test]
    fn a_narrow_terminal_cuts_the_line_and_keeps_the_caret() {
        let place = Place::in_text("a.sql", "select a, b, c, nope, e, f from table_with_a_long_name", 16);
        let text = rendered(&Error::new(ErrorKind::Source, "no").at(place), "20", Color::Never);
        assert_eq!(text, "error: no\n --> a.sql:1:17\n1 | … b, c, nope, e…\n  |         ^\n");
    }

    #[test]
    fn colour_only_where_asked() {
        assert!(rendered(&refused(), "80", Color::Always).starts_with("\u{1b}[1;31merror:\u{1b}[0m migration"));
        assert!(!rendered(&refused(), "80", Color::Never).contains('\u{1b}'));
    }
}
