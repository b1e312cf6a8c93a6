//! What there is to say of a rule, as a page of Markdown.

use std::fmt::Write;

use crate::error::{Error, ErrorKind, Result};
use crate::plan::Severity;
use crate::sql::Flavor;

use super::rule::{Example, Own, Rule};
use super::{nearest, rules, squawk};

/// The page of the rule of that name.
///
/// # Errors
/// [`ErrorKind::Usage`]: there is none.
pub fn page(name: &str) -> Result<String> {
    let own = rules::RULES.iter().find(|own| own.rule.name == name).map(of_own);
    let squawks = || squawk::RULES.iter().find(|rule| rule.name == name).map(of_squawk);
    own.or_else(squawks).ok_or_else(|| {
        Error::new(ErrorKind::Usage, format!("there is no rule `{name}`"))
            .hint(format!("did you mean `{}`?", nearest(name)))
            .hint("all of them: mainstay migrate lint --explain all")
    })
}

/// The pages of all rules, ours first.
pub fn pages() -> String {
    let mut text = String::from(
        "# Rules of `migrate lint`\n\nMainstay's own rules come first, then squawk's. The examples are of one database: `devices` has \
         about 50 million rows, `readings` 2 million, `settings` 40, `drafts` none; the view `online_devices` shows \
         `devices.state`.\n",
    );
    let own = rules::RULES.iter().map(of_own);
    let (on, off): (Vec<&Rule>, Vec<&Rule>) = squawk::RULES.iter().partition(|rule| rule.severity.is_some());
    for page in own.chain(on.into_iter().map(of_squawk)) {
        let _ = write!(text, "\n#{page}");
    }
    text.push_str("\n## Squawk's rules that are off\n\nA project turns one on in `[lint.rules]`.\n\n| Rule | Finds that | Off because |\n|---|---|---|\n");
    for rule in off {
        let _ = writeln!(text, "| `{}` | {} | {} |", rule.name, rule.title, rule.why);
    }
    text
}

fn of_own(own: &Own) -> String {
    let mut text = head(&own.rule, "Mainstay's");
    if own.flavors == [Flavor::Sqlite] {
        text.push_str("\nFor SQLite alone.\n");
    } else if own.flavors == [Flavor::Postgres] {
        text.push_str("\nFor PostgreSQL alone.\n");
    }
    if let [covered] = own.covers {
        let _ = writeln!(text, "\nIt stands for squawk's `{covered}`, whose ignore comments hold for it.");
    }
    example(&mut text, "It finds", &own.bad);
    example(&mut text, "It does not find", &own.good);
    text
}

fn of_squawk(rule: &Rule) -> String {
    if rule.severity.is_none() {
        return format!("# {}\n\n{}: {}.\n\nOff. {}\n", rule.name, "Squawk's", rule.title, rule.why);
    }
    head(rule, "Squawk's")
}

fn head(rule: &Rule, whose: &str) -> String {
    let weight = match rule.severity {
        Some(Severity::Error) => "an error",
        Some(Severity::Warning) => "a warning",
        Some(Severity::Note) => "a note",
        None => "off",
    };
    let mut text = format!(
        "# {}\n\n{whose}, {weight}: {}.\n\n{}\n\nInstead: {}.\n",
        rule.name, rule.title, rule.why, rule.instead
    );
    if !rule.more.is_empty() {
        let _ = writeln!(text, "\n{}", rule.more);
    }
    if let Some(silence) = rule.about.silence() {
        let _ = writeln!(text, "\nSilent for {silence}.");
    }
    text
}

fn example(text: &mut String, word: &str, example: &Example) {
    let _ = writeln!(text, "\n{word}:\n\n```sql\n{}\n```", example.up);
    if let Some(down) = example.down {
        let _ = writeln!(text, "\nwith the way back:\n\n```sql\n{down}\n```");
    }
}
