//! The statements that make one entry's object, as pg_restore would send them.
//!
//! Source: `_printTocEntry` and `_getObjectDescription` in `pg_backup_archiver.c`.

use std::collections::BTreeSet;

use crate::archive::compose::names;
use crate::archive::toc::{Entry, Toc};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::{Flavor, ident, tokens};

use super::attributes;
use super::roles::{self, Owners};
use super::text::{Encoding, shown};

/// What decides how objects are made.
pub(super) struct Manner {
    /// What texts are in.
    pub(super) texts: Encoding,
    /// What rows are in.
    pub(super) rows: Encoding,
    pub(super) owners: Owners,
    /// The role that sessions act as.
    pub(super) role: String,
    /// The server's version as a number, `150018`.
    pub(super) server: u32,
    /// Whether the archive sets the search path for all of its texts, as those since 1.13 do.
    pub(super) own_path: bool,
    /// Whether any object has a tablespace of its own.
    pub(super) tablespaces: bool,
    /// Tablespaces that this server does not have.
    pub(super) missing_tablespaces: BTreeSet<String>,
    /// Roles that this server does not have, and whose rights are left out.
    pub(super) missing_roles: BTreeSet<String>,
}

/// The table access method that is every server's own.
const HEAP: &str = "heap";

impl Manner {
    /// What sessions are told once, before anything is made: what the archive's texts rely on.
    pub(super) fn preamble(toc: &Toc) -> Vec<Vec<u8>> {
        let said = toc.entries.iter().filter(|entry| matches!(entry.kind.as_str(), "STDSTRINGS" | "SEARCHPATH"));
        said.filter_map(|entry| entry.definition.clone()).collect()
    }

    /// The statements of `entry` in one message, which is one transaction; nothing where there is nothing to be done.
    ///
    /// # Errors
    /// Its owner cannot be said.
    pub(super) fn statements(&self, toc: &Toc, entry: &Entry) -> Result<Option<String>> {
        if entry.kind == "BLOB METADATA" {
            return self.large_objects(entry).map(Some);
        }
        let Some(definition) = entry.definition.as_deref().filter(|definition| !definition.is_empty()) else {
            return Ok(None);
        };
        let definition = self.definition(toc, entry, definition)?;
        let mut sql = Vec::new();
        if !self.own_path {
            let path = entry.namespace.as_deref().map(|schema| [names::joined(None, schema), b", ".to_vec()].concat());
            sql.extend([b"SET search_path = ".to_vec(), path.unwrap_or_default(), b"pg_catalog;\n".to_vec()].concat());
        }
        if self.tablespaces && has_storage(&entry.kind) {
            let name = shown(&entry.tablespace);
            let name = if self.missing_tablespaces.contains(&name) { String::new() } else { name };
            let value = if name.is_empty() { "''".to_owned() } else { ident(&name) };
            sql.extend(format!("SET default_tablespace = {value};\n").into_bytes());
        }
        let method = shown(&entry.access_method);
        let special = !method.is_empty() && method != HEAP;
        let partitioned = entry.relkind == i32::from(b'p');
        if special && !partitioned {
            sql.extend(format!("SET default_table_access_method = {};\n", ident(&method)).into_bytes());
        }
        sql.extend(definition);
        sql.push(b'\n');
        if special && !partitioned {
            sql.extend(format!("SET default_table_access_method = {HEAP};\n").into_bytes());
        }
        if special && partitioned && self.server >= 170_000 {
            let name = names::qualified(entry);
            sql.extend(
                [b"ALTER TABLE ", &name[..], b" SET ACCESS METHOD ", ident(&method).as_bytes(), b";\n"].concat(),
            );
        }
        if let Some(owner) = self.owner(entry)
            && let Some(object) = described(entry)?
        {
            sql.extend([b"ALTER ", &object[..], b" OWNER TO ", ident(&owner).as_bytes(), b";\n"].concat());
        }
        Ok(Some(self.texts.statements(&sql)))
    }

    /// The owner that an object must be given; `None` where it has it already, or is to have none of its own.
    fn owner(&self, entry: &Entry) -> Option<String> {
        let owner = shown(&entry.owner);
        let droppable = entry.drop.as_ref().is_some_and(|drop| !drop.is_empty());
        if self.owners.none || owner.is_empty() || !droppable {
            return None;
        }
        let owner = self.owners.renamed(&owner).to_owned();
        // The schema public is there already, and somebody's.
        let made_by_us = !(entry.kind == "SCHEMA" && entry.tag.as_deref() == Some(b"public"));
        (owner != self.role || !made_by_us).then_some(owner)
    }

    fn definition(&self, toc: &Toc, entry: &Entry, definition: &[u8]) -> Result<Vec<u8>> {
        let Ok(text) = std::str::from_utf8(definition) else { return Ok(definition.to_vec()) };
        let mut text = attributes::without_internal(&entry.kind, text).into_owned();
        text = roles::mapped(&entry.kind, &text, &self.owners);
        if !self.missing_roles.is_empty() {
            if entry.kind == "COMMENT" && self.is_about_nothing(toc, entry)? {
                return Ok(Vec::new());
            }
            text = roles::without(&text, &entry.kind, &self.missing_roles);
        }
        if entry.kind == "ACL" && entry.tag.as_deref().is_some_and(|tag| tag.starts_with(b"LARGE OBJECTS")) {
            text = for_each_object(toc, entry, &text)?;
        }
        Ok(text.into_bytes())
    }

    /// A comment on a policy that is left out, for the roles that it is for are not here.
    fn is_about_nothing(&self, toc: &Toc, comment: &Entry) -> Result<bool> {
        let policy = toc.entries.iter().find(|one| one.kind == "POLICY" && comment.dependencies.contains(&one.id));
        let Some((policy, definition)) = policy.and_then(|one| Some((one, one.definition.as_deref()?))) else {
            return Ok(false);
        };
        Ok(self.definition(toc, policy, definition)?.trim_ascii().is_empty())
    }

    /// Makes the large objects of a group, and gives them away.
    fn large_objects(&self, entry: &Entry) -> Result<String> {
        let owner = self.owner(entry);
        let mut sql = String::new();
        for oid in group(entry)? {
            sql.push_str(&format!("SELECT pg_catalog.lo_create('{oid}');\n"));
            if let Some(owner) = &owner {
                sql.push_str(&format!("ALTER LARGE OBJECT {oid} OWNER TO {};\n", ident(owner)));
            }
        }
        Ok(sql)
    }
}

fn has_storage(kind: &str) -> bool {
    matches!(kind, "TABLE" | "MATERIALIZED VIEW" | "INDEX" | "CONSTRAINT" | "SEQUENCE")
}

/// The numbers of a group of large objects.
pub(super) fn group(entry: &Entry) -> Result<Vec<u32>> {
    let text = shown(&entry.definition);
    let number = |line: &str| {
        line.trim().parse().map_err(|_| {
            Error::new(
                ErrorKind::Verification,
                format!("{} lists {line:?}, which is no large object", entry.describe()),
            )
        })
    };
    text.lines().filter(|line| !line.trim().is_empty()).map(number).collect()
}

/// The rights of a group of large objects, which are written for its first one, for each of them.
fn for_each_object(toc: &Toc, entry: &Entry, text: &str) -> Result<String> {
    let metadata = toc.entries.iter().find(|one| one.kind == "BLOB METADATA" && entry.dependencies.contains(&one.id));
    let Some(metadata) = metadata else { return Ok(text.to_owned()) };
    let all = tokens(text, Flavor::Postgres);
    let after_object = |at: usize| {
        all[..at]
            .iter()
            .rev()
            .find(|token| !token.text.trim().is_empty())
            .is_some_and(|before| before.text.eq_ignore_ascii_case("OBJECT"))
    };
    let number = all.iter().enumerate().position(|(at, token)| token.text.parse::<u32>().is_ok() && after_object(at));
    let Some(first) = number.map(|at| all[at].text) else { return Ok(text.to_owned()) };
    let rename = |oid: u32| {
        let piece = |(at, token): (usize, &crate::sql::Token<'_>)| match token.text == first && after_object(at) {
            true => oid.to_string(),
            false => token.text.to_owned(),
        };
        all.iter().enumerate().map(piece).collect::<String>()
    };
    Ok(group(metadata)?.into_iter().map(rename).collect())
}

/// How ALTER … OWNER calls the object of an entry; `None` for what has no owner of its own.
fn described(entry: &Entry) -> Result<Option<Vec<u8>>> {
    Ok(match entry.kind.as_str() {
        "COLLATION"
        | "CONVERSION"
        | "DOMAIN"
        | "FOREIGN TABLE"
        | "MATERIALIZED VIEW"
        | "SEQUENCE"
        | "STATISTICS"
        | "TABLE"
        | "TEXT SEARCH DICTIONARY"
        | "TEXT SEARCH CONFIGURATION"
        | "TYPE"
        | "VIEW"
        | "PROCEDURAL LANGUAGE"
        | "SCHEMA"
        | "EVENT TRIGGER"
        | "FOREIGN DATA WRAPPER"
        | "SERVER"
        | "PUBLICATION"
        | "SUBSCRIPTION" => {
            let schema = entry.namespace.as_deref().filter(|schema| !schema.is_empty());
            let name = names::joined(schema, entry.tag.as_deref().unwrap_or_default());
            Some([entry.kind.as_bytes(), b" ", &name].concat())
        }
        "BLOB" => Some([b"LARGE OBJECT ", entry.tag.as_deref().unwrap_or_default()].concat()),
        // What says which one it is, types of arguments and all, is what DROP has.
        "AGGREGATE" | "FUNCTION" | "OPERATOR" | "OPERATOR CLASS" | "OPERATOR FAMILY" | "PROCEDURE" => {
            let drop = entry.drop.as_deref().unwrap_or_default();
            let object = drop.strip_prefix(b"DROP ").unwrap_or(drop);
            let end = object.iter().rposition(|byte| !matches!(byte, b';' | b'\n')).map_or(0, |at| at + 1);
            Some(object[..end].to_vec())
        }
        _ => None,
    })
}
