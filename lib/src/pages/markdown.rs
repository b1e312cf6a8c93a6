//! Markdown: text in which nothing that a name or comment holds has a meaning, code, and tables.
//!
//! Source of the rules: GitHub Flavored Markdown, "Tables" and "Code spans".

/// Text on one line, in which no character has a meaning.
pub(super) fn text(plain: &str) -> String {
    let mut text = String::new();
    let mut chars = plain.trim().chars().peekable();
    let mut before = ' ';
    while let Some(char) = chars.next() {
        let inside = before.is_alphanumeric() && chars.peek().is_some_and(|after| after.is_alphanumeric());
        before = char;
        match char {
            '_' if inside => text.push(char),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '&' => text.extend(['\\', char]),
            '\n' => text += "<br>",
            '\r' => {}
            char => text.push(char),
        }
    }
    text
}

/// A span of code on one line, to stand in a cell too; nothing where there is none.
pub(super) fn code(source: &str) -> String {
    let line = source.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|");
    if line.is_empty() {
        return line;
    }
    let fence = "`".repeat(longest_run(&line) + 1);
    let room = if line.starts_with('`') || line.ends_with('`') { " " } else { "" };
    format!("{fence}{room}{line}{room}{fence}")
}

/// A block of code.
pub(super) fn block(language: &str, source: &str) -> String {
    let fence = "`".repeat(longest_run(source).max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", source.trim_matches('\n').trim_end())
}

/// The most backquotes in a row.
fn longest_run(text: &str) -> usize {
    text.split(|char| char != '`').map(str::len).max().unwrap_or(0)
}

/// A section with a table; nothing without rows. Columns that are empty in every row are left out.
pub(super) fn section<const N: usize>(title: &str, head: [&str; N], rows: &[[String; N]]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let used: Vec<usize> = (0..N).filter(|at| *at == 0 || rows.iter().any(|row| !row[*at].is_empty())).collect();
    let line = |cells: Vec<&str>| format!("| {} |\n", cells.join(" | "));
    let mut text = format!("## {title}\n\n");
    text += &line(used.iter().map(|at| head[*at]).collect());
    text += &line(used.iter().map(|_| "---").collect());
    for row in rows {
        text += &line(used.iter().map(|at| row[*at].as_str()).collect());
    }
    text + "\n"
}

/// The comment as a paragraph; nothing without one.
pub(super) fn paragraph(comment: Option<&str>) -> String {
    match comment {
        Some(comment) if !comment.trim().is_empty() => format!("{}\n\n", unmarked(&text(comment))),
        _ => String::new(),
    }
}

/// A line of text at whose beginning no character makes it a list, a rule, a heading or code. Source: CommonMark, "Leaf blocks" and
/// "List items": the characters that begin one, and the number of an ordered list's item.
fn unmarked(line: &str) -> String {
    let digits = line.chars().take_while(char::is_ascii_digit).count();
    let marker = match digits {
        0 => line.starts_with(['-', '+', '=']).then_some(0),
        _ => line[digits..].starts_with(['.', ')']).then_some(digits),
    };
    marker.map_or_else(|| line.to_owned(), |at| format!("{}\\{}", &line[..at], &line[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_comment_has_a_meaning() {
        assert_eq!(text("a_b _c_"), "a_b \\_c\\_");
        assert_eq!(text(" a|b <b>*x* `y`\r\n# [z](u) "), "a\\|b \\<b\\>\\*x\\* \\`y\\`<br>\\# \\[z\\](u)");
    }

    #[test]
    fn a_paragraph_is_one() {
        let check = |comment: &str, expected: &str| assert_eq!(paragraph(Some(comment)), format!("{expected}\n\n"));
        check("- a\n- b", "\\- a<br>- b");
        check("---", "\\---");
        check("+ a", "\\+ a");
        check("===", "\\===");
        check("12. a", "12\\. a");
        check("3) a", "3\\) a");
        check("1.5 times", "1\\.5 times");
        check("# a", "\\# a");
        check("> a", "\\> a");
        check("    code", "code");
        check("2026 - 2027", "2026 - 2027");
        assert_eq!(paragraph(Some(" \n")), "");
    }

    #[test]
    fn spans_and_blocks_hold_backquotes() {
        assert_eq!(code("now()"), "`now()`");
        assert_eq!(code("a ||\n  `b`"), "`` a \\|\\| `b` ``");
        assert_eq!(code(""), "");
        assert_eq!(block("sql", "\n SELECT 1\n"), "```sql\n SELECT 1\n```\n");
        assert_eq!(block("", "````"), "`````\n````\n`````\n");
    }

    #[test]
    fn a_table_leaves_out_what_is_empty() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned);
        let rows = [row(["a", "", "1"]), row(["b", "", ""])];
        assert_eq!(
            section("T", ["Name", "X", "Y"], &rows),
            "## T\n\n| Name | Y |\n| --- | --- |\n| a | 1 |\n| b |  |\n\n"
        );
        assert_eq!(section("T", ["Name", "X", "Y"], &[]), "");
    }
}
