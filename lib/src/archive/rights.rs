//! `rights.json`: whose each object was and who might do what with it, by the server's own word when the backup was made. A drill
//! asks the restored database the same question.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};

/// The file's name in the backup's folder, without the suffix of its encryption.
pub const RIGHTS: &str = "rights.json";
/// The newest format that is read, and the one that is written.
const FORMAT: u32 = 1;

/// Whose each object of a database is, and who may do what with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rights {
    /// The format of who wrote it.
    format: u32,
    /// In the order of their names.
    objects: Vec<Held>,
}

/// An object, or a part of one, that belongs to a role or that roles have rights on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// What it is, as the server describes it: `table public.devices`.
    pub object: String,
    /// Whose it is; empty where that says nothing of it, as of what every new database has.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub owner: String,
    /// Who may do what, sorted: `reader=SELECT`, `reader=SELECT*` where it may be passed on, `reader=SELECT/boss` where not the
    /// owner has given it; the owner's own rights are without a name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rights: Vec<String>,
}

/// So many objects that differ are named; then it is said how many more there are.
const NAMED: usize = 20;

impl Rights {
    /// Of these objects.
    pub fn new(mut objects: Vec<Held>) -> Self {
        objects.sort_by(|a, b| a.object.cmp(&b.object));
        Self { format: FORMAT, objects }
    }

    /// Reads the bytes of a `rights.json`.
    ///
    /// # Errors
    /// It has a newer format than this program knows ([`ErrorKind::Unsupported`]), or is damaged.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let damaged = |why: serde_json::Error| {
            Error::new(ErrorKind::Verification, format!("{RIGHTS} is damaged")).source(why.to_string())
        };
        let Format { format } = serde_json::from_slice(bytes).map_err(damaged)?;
        if format > FORMAT {
            let message = format!("{RIGHTS} has format {format}, and this Mainstay reads formats up to {FORMAT}");
            return Err(Error::new(ErrorKind::Unsupported, message)
                .hint("a newer Mainstay made this backup: install its version, or one that is newer still"));
        }
        serde_json::from_slice(bytes).map_err(damaged)
    }

    /// Its bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// How many objects there are.
    pub fn count(&self) -> u64 {
        self.objects.len() as u64
    }

    /// What is otherwise in a restored database, a sentence each. What that one has besides is no matter of the backup. Servers of
    /// two major versions give a new database other rights, and the newer one knows a right that the older does not.
    pub fn differences(&self, restored: &Self, same_major: bool) -> Vec<String> {
        let there: BTreeMap<&str, &Held> = restored.objects.iter().map(|held| (held.object.as_str(), held)).collect();
        let compared = self.objects.iter().filter(|held| same_major || held.object != "schema public");
        let mut said: Vec<String> = compared
            .flat_map(|held| match there.get(held.object.as_str()) {
                Some(found) => held.differences(found, same_major),
                None => vec![format!("{} has not come out", held.object)],
            })
            .collect();
        let more = said.len().saturating_sub(NAMED);
        said.truncate(NAMED);
        said.extend((more > 0).then(|| format!("and {more} more differ in whose they are and who may use them")));
        said
    }
}

impl Held {
    fn differences(&self, found: &Self, same_major: bool) -> Vec<String> {
        let mut said = Vec::new();
        if self.owner != found.owner {
            said.push(format!("{} belongs to {}, and it belonged to {}", self.object, found.owner, self.owner));
        }
        let known = |right: &&String| same_major || !right.contains("=MAINTAIN");
        let (before, after): (BTreeSet<&String>, BTreeSet<&String>) =
            (self.rights.iter().filter(known).collect(), found.rights.iter().filter(known).collect());
        let list = |rights: Vec<&&String>| rights.iter().map(|right| right.as_str()).collect::<Vec<_>>().join(", ");
        let (lost, new) = (list(before.difference(&after).collect()), list(after.difference(&before).collect()));
        if !lost.is_empty() {
            said.push(format!("{} is without rights that it had: {lost}", self.object));
        }
        if !new.is_empty() {
            said.push(format!("{} has rights that it had not: {new}", self.object));
        }
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The format 1 as it was first written: it has to be readable for ever.
    const FIRST: &str = r#"{"format":1,"objects":[{"object":"schema public","rights":["PUBLIC=USAGE"]},
        {"object":"table public.devices","owner":"walt","rights":["=SELECT","=UPDATE","reader=SELECT*/boss"]}]}"#;

    fn held(object: &str, owner: &str, rights: &[&str]) -> Held {
        let rights = rights.iter().map(|right| (*right).to_owned()).collect();
        Held { object: object.to_owned(), owner: owner.to_owned(), rights }
    }

    #[test]
    fn the_first_format_is_read_and_a_newer_one_is_refused() {
        let devices = held("table public.devices", "walt", &["=SELECT", "=UPDATE", "reader=SELECT*/boss"]);
        let first = Rights::new(vec![devices, held("schema public", "", &["PUBLIC=USAGE"])]);
        assert_eq!(Rights::read(FIRST.as_bytes()).unwrap(), first);
        assert_eq!(Rights::read(&first.to_bytes()).unwrap(), first);
        let error = Rights::read(br#"{"format":2,"things":[]}"#).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert_eq!(Rights::read(b"{").unwrap_err().kind(), ErrorKind::Verification);
    }

    #[test]
    fn what_differs_is_said_and_what_is_new_does_not_matter() {
        let before = Rights::new(vec![
            held("schema public", "", &["PUBLIC=CREATE"]),
            held("table a", "walt", &["=SELECT", "r=SELECT"]),
            held("table b", "walt", &["=SELECT"]),
        ]);
        let after = Rights::new(vec![
            held("schema public", "", &[]),
            held("table a", "other", &["=MAINTAIN", "=SELECT"]),
            held("table c", "walt", &[]),
        ]);
        let same =
            ["table a belongs to other, and it belonged to walt", "table a is without rights that it had: r=SELECT"];
        let mut all = vec!["schema public is without rights that it had: PUBLIC=CREATE"];
        all.extend(same);
        all.extend(["table a has rights that it had not: =MAINTAIN", "table b has not come out"]);
        assert_eq!(before.differences(&after, true), all);
        assert_eq!(before.differences(&after, false), [&same[..], &["table b has not come out"]].concat());
        assert_eq!(before.differences(&before, true), [""; 0]);
        let many = Rights::new((0..30).map(|number| held(&format!("table {number:02}"), "walt", &[])).collect());
        let said = many.differences(&Rights::new(Vec::new()), true);
        assert_eq!((said.len(), said[20].as_str()), (21, "and 10 more differ in whose they are and who may use them"));
    }
}
