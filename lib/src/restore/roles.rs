//! The roles that an archive names: who they are, and others in their place.

use std::collections::{BTreeMap, BTreeSet};

use crate::archive::toc::Entry;
use crate::error::{Error, ErrorKind, Result};
use crate::sql::{Flavor, Token, TokenKind, ident, tokens, unquoted};

use super::text::shown;

/// Whose restored objects are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owners {
    /// Everything belongs to the role that restores, or to the service's owner, and rights for roles that are not there are left
    /// out.
    pub none: bool,
    /// Roles that have another name here: from the archive's to the server's.
    pub map: BTreeMap<String, String>,
}

impl Owners {
    /// Reads `old=new` for each role.
    ///
    /// # Errors
    /// One is not written so, or a role is there twice.
    pub fn parse(none: bool, map: &[String]) -> Result<Self> {
        let mut owners = Self { none, map: BTreeMap::new() };
        for text in map {
            let wrong = || {
                Error::new(ErrorKind::Usage, format!("{text:?} is no pair of roles"))
                    .hint("the archive's role, and the one in its place: --owner-map walt=walt_dev")
            };
            let (old, new) =
                text.split_once('=').filter(|(old, new)| !old.is_empty() && !new.is_empty()).ok_or_else(wrong)?;
            if owners.map.insert(old.to_owned(), new.to_owned()).is_some() {
                return Err(Error::new(ErrorKind::Usage, format!("--owner-map has {old} twice")));
            }
        }
        Ok(owners)
    }

    /// The role in place of `role`.
    pub(super) fn renamed<'a>(&'a self, role: &'a str) -> &'a str {
        self.map.get(role).map_or(role, String::as_str)
    }
}

/// A role, and what needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Need {
    /// Objects that belong to it.
    pub(super) owns: usize,
    /// Statements that name it: rights, policies, mappings.
    pub(super) named: usize,
}

impl Need {
    /// What it is about the role, for people.
    pub(super) fn describe(&self) -> String {
        match self.owns {
            0 => "has rights".to_owned(),
            owns => format!("owns {owns} objects"),
        }
    }
}

/// Every role that the chosen entries name, under its name here.
pub(super) fn needed<'a>(entries: impl Iterator<Item = &'a Entry>, owners: &Owners) -> BTreeMap<String, Need> {
    let mut needs: BTreeMap<String, Need> = BTreeMap::new();
    for entry in entries {
        let owner = shown(&entry.owner);
        if !owner.is_empty() && !owners.none && entry.drop.as_ref().is_some_and(|drop| !drop.is_empty()) {
            needs.entry(owners.renamed(&owner).to_owned()).or_default().owns += 1;
        }
        for role in named(entry) {
            needs.entry(owners.renamed(&role).to_owned()).or_default().named += 1;
        }
    }
    needs
}

/// The roles that the statements of an entry name.
pub(super) fn named(entry: &Entry) -> BTreeSet<String> {
    let Some(definition) = entry.definition.as_deref().and_then(|text| std::str::from_utf8(text).ok()) else {
        return BTreeSet::new();
    };
    let Some(rule) = Rule::of(&entry.kind) else { return BTreeSet::new() };
    let tokens = tokens(definition, Flavor::Postgres);
    rule.places(&tokens).into_iter().map(|at| unquoted(tokens[at].text)).collect()
}

/// `definition` with the roles that have another name here.
pub(super) fn mapped(kind: &str, definition: &str, owners: &Owners) -> String {
    let Some(rule) = Rule::of(kind).filter(|_| !owners.map.is_empty()) else { return definition.to_owned() };
    let tokens = tokens(definition, Flavor::Postgres);
    let places = rule.places(&tokens);
    let text = |(at, token): (usize, &Token<'_>)| match places.contains(&at) {
        true => owners.map.get(&unquoted(token.text)).map_or_else(|| token.text.to_owned(), |role| ident(role)),
        false => token.text.to_owned(),
    };
    tokens.iter().enumerate().map(text).collect()
}

/// `definition` without the roles of `missing`: a policy is the others', and none where it was for nobody else; any other statement
/// that names one is left out.
pub(super) fn without(definition: &str, kind: &str, missing: &BTreeSet<String>) -> String {
    let Some(rule) = Rule::of(kind) else { return definition.to_owned() };
    let all = tokens(definition, Flavor::Postgres);
    let mut kept = String::new();
    for statement in all.split_inclusive(|token| token.text == ";") {
        let places = rule.places(statement);
        let others: Vec<&str> =
            places.iter().map(|at| statement[*at].text).filter(|name| !missing.contains(&unquoted(name))).collect();
        let text = |tokens: &[Token<'_>]| tokens.iter().map(|token| token.text).collect::<String>();
        match (places.as_slice(), others.as_slice()) {
            (places, others) if places.len() == others.len() => kept += &text(statement),
            ([first, ..], [_, ..]) if kind == "POLICY" => {
                let last = places.last().unwrap_or(first);
                kept += &format!("{}{}{}", text(&statement[..*first]), others.join(", "), text(&statement[last + 1..]));
            }
            _ => {}
        }
    }
    kept
}

/// After which words roles are named.
struct Rule(&'static [&'static str]);

impl Rule {
    fn of(kind: &str) -> Option<Self> {
        match kind {
            "ACL" | "ACL LANGUAGE" => Some(Self(&["TO", "FROM", "AUTHORIZATION"])),
            "DEFAULT ACL" => Some(Self(&["TO", "FROM", "ROLE"])),
            "POLICY" => Some(Self(&["TO"])),
            "USER MAPPING" => Some(Self(&["FOR"])),
            "DATABASE PROPERTIES" => Some(Self(&["ROLE"])),
            _ => None,
        }
    }

    /// Which of `tokens` are roles: names after such a word, and those that follow with a comma.
    fn places(&self, tokens: &[Token<'_>]) -> Vec<usize> {
        let meaning = |token: &&(usize, &Token<'_>)| !matches!(token.1.kind, TokenKind::Space | TokenKind::Comment);
        let all: Vec<(usize, &Token<'_>)> = tokens.iter().enumerate().collect();
        let all: Vec<&(usize, &Token<'_>)> = all.iter().filter(meaning).collect();
        let mut places = Vec::new();
        let mut depth = 0_usize;
        let mut expected = false;
        for (number, (at, token)) in all.iter().enumerate() {
            match token.text {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                "," => expected &= depth == 0,
                _ if depth > 0 => {}
                text if token.kind == TokenKind::Word && self.0.iter().any(|word| text.eq_ignore_ascii_case(word)) => {
                    expected = true;
                    continue;
                }
                text if expected => {
                    let is_name = token.kind == TokenKind::QuotedIdent
                        || (token.kind == TokenKind::Word
                            && !PSEUDO.iter().any(|word| text.eq_ignore_ascii_case(word)));
                    if is_name {
                        places.push(*at);
                    }
                    expected = all.get(number + 1).is_some_and(|next| next.1.text == ",");
                }
                _ => {}
            }
        }
        places
    }
}

/// Words in the place of a role.
const PSEUDO: [&str; 6] = ["PUBLIC", "GROUP", "CURRENT_USER", "SESSION_USER", "CURRENT_ROLE", "SELECT"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::toc::Section;

    #[test]
    fn roles_are_found_where_they_are_named() {
        let cases: [(&str, &str, &[&str]); 8] = [
            ("ACL", "GRANT SELECT ON TABLE public.t TO reader;\n", &["reader"]),
            (
                "ACL",
                "REVOKE ALL ON SCHEMA public FROM PUBLIC;\nGRANT ALL ON SCHEMA public TO \"the app\";\n",
                &["the app"],
            ),
            ("ACL", "GRANT SELECT(\"to\",b) ON TABLE t TO a WITH GRANT OPTION;", &["a"]),
            (
                "ACL",
                "SET SESSION AUTHORIZATION boss;\nGRANT ALL ON TABLE t TO a;\nRESET SESSION AUTHORIZATION;",
                &["a", "boss"],
            ),
            (
                "DEFAULT ACL",
                "ALTER DEFAULT PRIVILEGES FOR ROLE o IN SCHEMA s GRANT SELECT ON TABLES TO r;",
                &["o", "r"],
            ),
            ("POLICY", "CREATE POLICY p ON t FOR SELECT TO a, b USING ((x = 1));", &["a", "b"]),
            ("USER MAPPING", "CREATE USER MAPPING FOR PUBLIC SERVER s;", &[]),
            ("TABLE", "CREATE TABLE t ();", &[]),
        ];
        for (kind, definition, expected) in cases {
            let mut entry = Entry::new(1, kind, None, Section::None);
            entry.definition = Some(definition.as_bytes().to_vec());
            let found: Vec<String> = named(&entry).into_iter().collect();
            assert_eq!(found, expected, "{definition}");
        }
    }

    #[test]
    fn roles_get_their_other_names_and_nothing_else_does() {
        let owners = Owners::parse(false, &["a=b c".to_owned()]).unwrap();
        let sql = "GRANT SELECT(a) ON TABLE a.a TO a;\n";
        assert_eq!(mapped("ACL", sql, &owners), "GRANT SELECT(a) ON TABLE a.a TO \"b c\";\n");
        let missing = BTreeSet::from(["x".to_owned()]);
        let sql = "GRANT ALL ON TABLE t TO x;\nGRANT SELECT ON TABLE t TO y;\n";
        assert_eq!(without(sql, "ACL", &missing), "\nGRANT SELECT ON TABLE t TO y;\n");
        let policies = [
            ("x", ""),
            ("x, y, z", "CREATE POLICY p ON t TO y, z USING (true);"),
            ("y", "CREATE POLICY p ON t TO y USING (true);"),
        ];
        for (roles, expected) in policies {
            let sql = format!("CREATE POLICY p ON t TO {roles} USING (true);");
            assert_eq!(without(&sql, "POLICY", &missing), expected, "{roles}");
        }
        assert!(Owners::parse(false, &["a".to_owned()]).is_err());
        assert!(Owners::parse(false, &["a=b".to_owned(), "a=c".to_owned()]).is_err());
    }
}
