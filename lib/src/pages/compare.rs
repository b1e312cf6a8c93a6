//! Whether pages that were written earlier still say what the catalog says.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Page, is_ours};

/// A page that is not as it would be written now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "change")]
pub enum Stale {
    /// There is none yet.
    Missing {
        /// The file.
        file: String,
    },
    /// Its table or view is gone.
    Extra {
        /// The file.
        file: String,
    },
    /// It says something else.
    Changed {
        /// The file.
        file: String,
        /// Lines that it lacks.
        missing: Vec<String>,
        /// Lines that it has and should not have.
        extra: Vec<String>,
    },
}

/// What is stale among the files `lying` in the folder, by name, where `pages` should be. Files of others are let be.
pub fn compare(pages: &[Page], lying: &BTreeMap<String, String>) -> Vec<Stale> {
    let mut stale = Vec::new();
    for page in pages {
        match lying.get(&page.file) {
            None => stale.push(Stale::Missing { file: page.file.clone() }),
            // A checkout may have turned the ends of lines.
            Some(text) if text.replace("\r\n", "\n") != page.text => stale.push(Stale::Changed {
                file: page.file.clone(),
                missing: only_in(&page.text, text),
                extra: only_in(text, &page.text),
            }),
            Some(_) => {}
        }
    }
    let wanted = |file: &str| pages.iter().any(|page| page.file == file);
    let gone = lying.iter().filter(|(file, text)| !wanted(file) && is_ours(text));
    stale.extend(gone.map(|(file, _)| Stale::Extra { file: file.clone() }));
    stale
}

/// The lines of `text` that say something and that `other` has not, each as often as it is too many.
fn only_in(text: &str, other: &str) -> Vec<String> {
    let mut there: BTreeMap<&str, usize> = BTreeMap::new();
    for line in other.lines() {
        *there.entry(line.trim_end()).or_default() += 1;
    }
    let mut only = Vec::new();
    for line in text.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
        match there.get_mut(line) {
            Some(count) if *count > 0 => *count -= 1,
            _ => only.push(line.to_owned()),
        }
    }
    only
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::MARK;

    #[test]
    fn what_is_stale() {
        let page = |file: &str, text: &str| Page { file: file.to_owned(), text: text.to_owned() };
        let pages = [page("a.md", "one\ntwo\n"), page("b.md", "same\n"), page("c.md", "new\n")];
        let lying = [
            ("a.md", "one\nthree\n".to_owned()),
            ("b.md", "same\r\n".to_owned()),
            ("mine.md", "by hand".to_owned()),
            ("old.md", format!("gone\n{MARK}\n")),
        ];
        let lying = lying.into_iter().map(|(file, text)| (file.to_owned(), text)).collect();
        let changed = Stale::Changed {
            file: "a.md".to_owned(),
            missing: vec!["two".to_owned()],
            extra: vec!["three".to_owned()],
        };
        let (missing, extra) = (Stale::Missing { file: "c.md".to_owned() }, Stale::Extra { file: "old.md".to_owned() });
        assert_eq!(compare(&pages, &lying), [changed, missing, extra]);
    }
}
