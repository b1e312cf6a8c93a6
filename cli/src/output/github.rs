//! A finding as an annotation that GitHub shows beside the line.
//!
//! The form is that of workflow commands: `::error file=F,line=1,col=2,title=T::message`.

use std::path::Path;

use mainstay::lint::Finding;
use mainstay::plan::Severity;

/// The line for `finding`, its file named as seen from `workspace`, the repository's folder; `here` is the folder worked in.
pub(crate) fn annotation(finding: &Finding, here: &Path, workspace: Option<&Path>) -> String {
    let word = match finding.severity {
        Severity::Note => "notice",
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    let whole = here.join(&finding.place.file);
    let inside = workspace.and_then(|workspace| whole.strip_prefix(workspace).ok()).or(whole.strip_prefix(here).ok());
    let file = inside.map_or_else(|| finding.place.file.clone(), |file| file.display().to_string());
    let size = finding.table.as_ref().map(|table| format!(" ({})", table.told())).unwrap_or_default();
    let message = format!("{}{size}\n{}\nInstead: {}", finding.message, finding.why, finding.instead);
    format!(
        "::{word} file={},line={},col={},title={}::{}\n",
        property(&file),
        finding.place.line,
        finding.place.column,
        property(finding.rule),
        data(&message)
    )
}

/// A message: what would end the line is written out.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property's value: what would end it too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use mainstay::error::Place;
    use mainstay::lint::Measured;

    use super::*;

    #[test]
    fn nothing_in_it_ends_the_line_or_a_property() {
        let finding = Finding {
            rule: "several-locks",
            severity: Severity::Warning,
            place: Place::in_text("db/a,b: 100%.sql", "x\n  y", 4),
            message: "50% of\r\n::error::all".into(),
            why: "Why.".into(),
            instead: "a, b: c".into(),
            table: Some(Measured { name: "t".into(), rows: Some(3_000_000), bytes: None }),
        };
        let here = Path::new("/repository/service");
        assert_eq!(
            annotation(&finding, here, Some(Path::new("/repository"))),
            "::warning file=service/db/a%2Cb%3A 100%25.sql,line=2,col=3,title=several-locks::\
             50%25 of%0D%0A::error::all (t: about 3 million rows)%0AWhy.%0AInstead: a, b: c\n"
        );
        assert!(annotation(&finding, here, None).starts_with("::warning file=db/a%2Cb"));
        assert!(annotation(&finding, here, Some(Path::new("/elsewhere"))).starts_with("::warning file=db/a%2Cb"));
    }
}
