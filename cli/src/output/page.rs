//! A page for people: a heading, facts about it, tables. The same text in a pipe, without colour and never broken.

use super::words::printable;
use super::{Output, Paint, Table};

use super::width::width as columns_of;

/// Fewer columns than this beside a label are no use: the fact then goes below it.
const NARROW: usize = 16;

/// A page that is being written.
pub(crate) struct Page {
    width: Option<usize>,
    paint: Paint,
    text: String,
    alarming: Vec<&'static str>,
}

impl Page {
    /// An empty page for `output`'s stdout.
    pub(crate) fn new(output: &Output) -> Self {
        Self::of_width(output.width.filter(|_| output.terminal), output.paint_result())
    }

    pub(super) fn of_width(width: Option<usize>, paint: Paint) -> Self {
        Self { width, paint, text: String::new(), alarming: Vec::new() }
    }

    /// What the page is about: `table public.device`.
    pub(crate) fn heading(&mut self, kind: &str, name: &str) {
        self.part();
        let lines = wrap(&format!("{kind} {}", printable(name)), self.width);
        for (at, line) in lines.iter().enumerate() {
            let (before, strong) = if at == 0 { line.split_at(line.len().min(kind.len() + 1)) } else { ("", &**line) };
            self.put(&format!("{before}{}", self.paint.strong(strong)));
        }
    }

    /// What stands under `label` is not as it should be.
    pub(crate) fn alarm(&mut self, label: &'static str) {
        self.alarming.push(label);
    }

    /// Labels and what they stand for, aligned; a fact of several lines goes on under its first.
    pub(crate) fn facts<'a>(&mut self, facts: impl IntoIterator<Item = (&'a str, String)>) {
        let facts: Vec<(&str, String)> = facts.into_iter().collect();
        let label_width = facts.iter().map(|(label, _)| label.len()).max().unwrap_or_default();
        let beside = self.width.is_none_or(|width| width >= label_width + 2 + NARROW);
        let indent = if beside { label_width + 2 } else { 2 };
        let room = self.width.map(|width| width.saturating_sub(indent).max(1));
        for (label, fact) in facts {
            let mut lines = fact.lines().flat_map(|line| wrap(&printable(line), room));
            let margin = " ".repeat(indent);
            let shown = match self.alarming.contains(&label) {
                true => self.paint.bad(label),
                false => self.paint.dim(label),
            };
            if beside {
                let gap = " ".repeat(indent - label.len());
                let first = lines.next().unwrap_or_default();
                self.put(&format!("{shown}{gap}{first}"));
            } else {
                self.put(&shown);
            }
            for line in lines {
                self.put(&format!("{margin}{line}"));
            }
        }
    }

    /// A table after an empty line; nothing where it has no rows.
    pub(crate) fn table(&mut self, table: &Table) {
        if table.is_empty() {
            return;
        }
        self.part();
        let aligned = table.aligned(self.width);
        let (header, rows) = aligned.split_once('\n').unwrap_or((&aligned, ""));
        self.put(&self.paint.dim(header));
        self.text.push_str(rows);
    }

    /// A text of several lines that is shown as it is, under a title.
    pub(crate) fn verbatim(&mut self, title: &str, text: &str) {
        self.part();
        self.put(&self.paint.dim(title));
        for line in text.lines() {
            self.put(printable(&line.replace('\t', "    ")).trim_end());
        }
    }

    /// What to type next, after an empty line.
    pub(crate) fn next(&mut self, advice: &str) {
        self.part();
        let lines = wrap(&format!("next: {}", printable(advice)), self.width);
        for line in lines {
            let shown = match line.strip_prefix("next:") {
                Some(rest) => format!("{}{rest}", self.paint.next("next:")),
                None => line,
            };
            self.put(&shown);
        }
    }

    /// The page's text.
    pub(crate) fn finish(self) -> String {
        self.text
    }

    fn part(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
    }

    fn put(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }
}

/// `text` in lines of at most `room` columns, broken at spaces where there are any; a space that is not broken at stays.
pub(super) fn wrap(text: &str, room: Option<usize>) -> Vec<String> {
    let Some(room) = room else { return vec![text.to_owned()] };
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for character in text.chars() {
        let more = columns_of(character);
        if used + more > room && !line.is_empty() {
            if character == ' ' {
                lines.push(std::mem::take(&mut line));
                used = 0;
                continue;
            }
            let rest = line.rfind(' ').map(|at| line.split_off(at)[1..].to_owned()).unwrap_or_default();
            used = rest.chars().map(columns_of).sum();
            lines.push(std::mem::replace(&mut line, rest));
        }
        line.push(character);
        used += more;
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_spaces_and_keep_every_other_character() {
        let check = |text: &str, room: usize, lines: &[&str]| assert_eq!(wrap(text, Some(room)), lines, "{text}");
        check("", 5, &[""]);
        check("one two three", 7, &["one two", "three"]);
        check("one two three", 8, &["one two", "three"]);
        check("x = 'a  b' AND y", 12, &["x = 'a  b'", "AND y"]);
        check("abcdefgh", 3, &["abc", "def", "gh"]);
        check("名前名前", 5, &["名前", "名前"]);
    }

    fn sample(width: Option<usize>) -> String {
        let mut page = Page::of_width(width, Paint(false));
        page.heading("table", "public.device_with_a_long_name");
        page.facts([("owner", "walt".to_owned()), ("comment", "what answers\nwhen asked".to_owned())]);
        let mut table = Table::new(["COLUMN", "TYPE", "DEFAULT"]).wrapped();
        table.row(["id", "bigint", "generated by default as identity"]);
        page.table(&table);
        page.next("mainstay prepare");
        page.finish()
    }

    #[test]
    fn facts_stand_beside_their_labels() {
        insta::assert_snapshot!(sample(Some(80)), @r"
        table public.device_with_a_long_name
        owner    walt
        comment  what answers
                 when asked

        COLUMN  TYPE    DEFAULT
        id      bigint  generated by default as identity

        next: mainstay prepare
        ");
        assert_eq!(sample(None), sample(Some(80)));
    }

    #[test]
    fn on_a_narrow_terminal_nothing_is_lost() {
        let text = sample(Some(20));
        assert!(text.lines().all(|line| line.chars().count() <= 20), "{text}");
        let flat = text.split_whitespace().collect::<String>();
        for word in ["device_with_a_long_name", "whatanswers", "whenasked", "next:mainstayprepare"] {
            assert!(flat.contains(word), "{word} in {text}");
        }
    }

    #[test]
    fn control_characters_cannot_steer_the_terminal() {
        let mut page = Page::of_width(None, Paint(false));
        page.facts([("comment", "a\u{1b}[2Jb".to_owned())]);
        page.verbatim("DEFINITION", "SELECT\t'\u{1b}'");
        assert_eq!(page.finish(), "comment  a\\u{1b}[2Jb\n\nDEFINITION\nSELECT    '\\u{1b}'\n");
    }
}
