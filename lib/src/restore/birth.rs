//! How a restored database begins: encoding and sorting rules as it had them, or as asked for.

use crate::archive::toc::{Entry, Toc};
use crate::sql::{Flavor, TokenKind, ident, literal, significant, split, tokens};

use super::text::shown;

/// What CREATE DATABASE is told instead of what the archive says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Birth {
    /// The encoding.
    pub encoding: Option<String>,
    /// The sorting rules of the operating system.
    pub locale: Option<String>,
}

/// Options that came with a version, which older servers refuse.
const SINCE: [(&str, u32); 5] = [
    ("LOCALE_PROVIDER", 150_000),
    ("ICU_LOCALE", 150_000),
    ("STRATEGY", 150_000),
    ("ICU_RULES", 160_000),
    ("BUILTIN_LOCALE", 170_000),
];

/// What CREATE DATABASE is told after the name, on a server of `version`.
pub(super) fn clause(toc: Option<&Toc>, encoding: &str, birth: &Birth, version: u32) -> String {
    let mut entries = toc.into_iter().flat_map(|toc| &toc.entries);
    let said = entries.find(|entry| entry.kind == "DATABASE").map(|entry| shown(&entry.definition));
    let mut options = said.as_deref().map(options).unwrap_or_default();
    if options.is_empty() {
        options.push(("ENCODING".to_owned(), literal(encoding)));
    }
    options.retain(|(name, _)| {
        let since = SINCE.iter().find(|(option, _)| option == name);
        // Tablespaces are this server's own business, and the version of a collation is that of its library.
        !matches!(name.as_str(), "TEMPLATE" | "OWNER" | "TABLESPACE" | "COLLATION_VERSION" | "IS_TEMPLATE")
            && since.is_none_or(|(_, since)| version >= *since)
    });
    let mut replace = |name: &str, value: &Option<String>| {
        if let Some(value) = value {
            options.retain(|(option, _)| option != name);
            options.push((name.to_owned(), literal(value)));
        }
    };
    replace("ENCODING", &birth.encoding);
    replace("LOCALE", &birth.locale);
    if birth.locale.is_some() {
        options.retain(|(name, _)| {
            !matches!(name.as_str(), "LC_COLLATE" | "LC_CTYPE" | "LOCALE_PROVIDER") && !name.contains("ICU")
        });
    }
    let options: Vec<String> = options.into_iter().map(|(name, value)| format!(" {name} {value}")).collect();
    format!("TEMPLATE template0{}", options.concat())
}

/// The options of `CREATE DATABASE name WITH TEMPLATE = template0 ENCODING = 'UTF8' …;`, values as they are written.
fn options(definition: &str) -> Vec<(String, String)> {
    let all: Vec<_> = significant(definition, Flavor::Postgres).collect();
    let with = all.iter().position(|token| token.text == "WITH").map_or(all.len(), |at| at + 1);
    let mut options = Vec::new();
    for option in all[with..].windows(3) {
        if let [name, equals, value] = option
            && equals.text == "="
        {
            options.push((name.text.to_owned(), value.text.to_owned()));
        }
    }
    options
}

/// The statements that give the database its settings and rights, with `name` in place of the name that it had. One by one: that
/// one may not be run takes nothing from the others.
pub(super) fn settings<'a>(toc: &'a Toc, name: &'a str) -> impl Iterator<Item = (&'a Entry, String)> {
    let about = |entry: &&Entry| match entry.kind.as_str() {
        "DATABASE PROPERTIES" => true,
        "ACL" | "SECURITY LABEL" => is_of_database(entry),
        _ => false,
    };
    toc.entries.iter().filter(about).flat_map(move |entry| {
        let text = shown(&entry.definition);
        let statements: Vec<String> = match split(&text, Flavor::Postgres) {
            Ok(found) => found.iter().map(|statement| renamed(statement.text, name)).collect(),
            Err(_) => vec![renamed(&text, name)],
        };
        statements.into_iter().map(move |statement| (entry, statement))
    })
}

/// The statement that gives the database its comment, where it had one.
pub(super) fn comment(toc: &Toc, name: &str) -> Option<String> {
    let entry = toc.entries.iter().find(|entry| entry.kind == "COMMENT" && is_of_database(entry))?;
    Some(renamed(shown(&entry.definition).trim_end().trim_end_matches(';'), name))
}

fn is_of_database(entry: &Entry) -> bool {
    entry.tag.as_deref().is_some_and(|tag| tag.starts_with(b"DATABASE "))
}

fn renamed(sql: &str, name: &str) -> String {
    let all = tokens(sql, Flavor::Postgres);
    let mut written = String::new();
    // The two words before: a database or a role may be called `database`, without quotes.
    let (mut before, mut last) = ("", "");
    let says = |word: &str, what: &[&str]| what.iter().any(|what| word.eq_ignore_ascii_case(what));
    for token in &all {
        match token.kind {
            TokenKind::Space | TokenKind::Comment => {
                written.push_str(token.text);
                continue;
            }
            TokenKind::Word | TokenKind::QuotedIdent
                if says(last, &["DATABASE"]) && says(before, &["ALTER", "ON", "IN"]) =>
            {
                written.push_str(&ident(name));
            }
            _ => written.push_str(token.text),
        }
        (before, last) = (last, token.text);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_begins_as_it_was_as_far_as_the_server_knows_how() {
        let definition = "CREATE DATABASE \"a b\" WITH TEMPLATE = template0 ENCODING = 'UTF8' LOCALE_PROVIDER = libc \
                          LOCALE = 'C.UTF-8';\n";
        let mut entry = Entry::new(1, "DATABASE", Some(b"a b".to_vec()), crate::archive::toc::Section::PreData);
        entry.definition = Some(definition.as_bytes().to_vec());
        let toc = Toc {
            header: crate::archive::toc::Header {
                version: crate::archive::toc::Version::V1_14,
                offset_size: 8,
                compression: crate::archive::toc::Compression::Level(0),
                created: Default::default(),
                database: None,
                server_version: None,
                dump_version: None,
            },
            entries: vec![entry],
        };
        let said = |birth: &Birth, version| clause(Some(&toc), "UTF8", birth, version);
        let asis = Birth::default();
        assert_eq!(said(&asis, 150_000), "TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER libc LOCALE 'C.UTF-8'");
        assert_eq!(said(&asis, 140_000), "TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'");
        let other = Birth { encoding: Some("LATIN1".into()), locale: Some("C".into()) };
        assert_eq!(said(&other, 150_000), "TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'");
        assert_eq!(
            renamed("ALTER ROLE database IN DATABASE database SET x TO 'y'", "c d"),
            "ALTER ROLE database IN DATABASE \"c d\" SET x TO 'y'"
        );
        assert_eq!(
            renamed("GRANT CONNECT ON DATABASE database TO database", "c d"),
            "GRANT CONNECT ON DATABASE \"c d\" TO database"
        );
        assert_eq!(
            renamed("ALTER DATABASE \"a b\" SET x TO 'DATABASE y';", "c d"),
            "ALTER DATABASE \"c d\" SET x TO 'DATABASE y';"
        );
    }
}
