//! What code does beyond its database, told from its words: those of the statements that it would execute as texts, too.

use crate::sql::{Flavor, TokenKind, significant};

use super::{OF_CLUSTER, Reach};

/// Functions that connect to another server, or write files of the server's machine.
const TO_WORLD: [&str; 22] = [
    "dblink",
    "dblink_connect",
    "dblink_connect_u",
    "dblink_exec",
    "dblink_fetch",
    "dblink_get_result",
    "dblink_open",
    "dblink_send_query",
    "http",
    "http_delete",
    "http_get",
    "http_head",
    "http_patch",
    "http_post",
    "http_put",
    "lo_export",
    "pg_file_rename",
    "pg_file_sync",
    "pg_file_unlink",
    "pg_file_write",
    "postgres_fdw_disconnect",
    "query_export_to_s3",
];

/// Functions whose effect is on the whole server: its settings, its log of changes, others' sessions, what replicates it.
const TO_CLUSTER: [&str; 26] = [
    "pg_backup_start",
    "pg_backup_stop",
    "pg_cancel_backend",
    "pg_copy_logical_replication_slot",
    "pg_copy_physical_replication_slot",
    "pg_create_logical_replication_slot",
    "pg_create_physical_replication_slot",
    "pg_create_restore_point",
    "pg_drop_replication_slot",
    "pg_promote",
    "pg_reload_conf",
    "pg_replication_origin_advance",
    "pg_replication_origin_create",
    "pg_replication_origin_drop",
    "pg_replication_slot_advance",
    "pg_rotate_logfile",
    "pg_start_backup",
    "pg_stat_reset_shared",
    "pg_stat_reset_slru",
    "pg_stop_backup",
    "pg_switch_wal",
    "pg_sync_replication_slots",
    "pg_terminate_backend",
    "pg_wal_replay_pause",
    "pg_wal_replay_resume",
    "schedule_in_database",
];

/// Catalogs that all databases of a server share.
const SHARED: [&str; 8] = [
    "pg_authid",
    "pg_auth_members",
    "pg_database",
    "pg_db_role_setting",
    "pg_parameter_acl",
    "pg_shdescription",
    "pg_shdepend",
    "pg_tablespace",
];

/// Languages whose code stays in the database. `c` and `internal` are those of extensions, whose functions are known by name.
const TAME: [&str; 9] = ["c", "internal", "plcoffee", "plls", "plperl", "plpgsql", "pltcl", "plv8", "sql"];

/// Texts in texts are read so deep.
const DEPTH: usize = 8;

/// A text begins here.
const TEXT: &str = "'";

/// The words and signs of code, those inside of its texts too, each text after a [`TEXT`]. What is only printed is left out.
pub(super) fn flat(code: &str) -> Vec<&str> {
    let mut found = Vec::new();
    flatten(code, DEPTH, &mut found);
    found
}

/// The words and signs outside of texts.
pub(super) fn outside_texts(code: &str) -> Vec<&str> {
    let mut found = Vec::new();
    flatten(code, 0, &mut found);
    found
}

fn flatten<'a>(code: &'a str, depth: usize, found: &mut Vec<&'a str>) {
    for token in significant(code, Flavor::Postgres) {
        match token.kind {
            TokenKind::String => {
                let printed = found.iter().rev().take(2).any(|word| word.eq_ignore_ascii_case("raise"));
                found.push(TEXT);
                if depth > 0 && !printed {
                    flatten(content(token.text), depth - 1, found);
                }
            }
            TokenKind::QuotedIdent => found.push(token.text.trim_matches('"')),
            _ => found.push(token.text),
        }
    }
}

/// What a literal holds, between its quotes or its dollars.
fn content(literal: &str) -> &str {
    let Some(tagged) = literal.strip_prefix('$') else {
        let start = literal.find('\'').map_or(0, |at| at + 1);
        return literal.get(start..).map_or("", |rest| rest.strip_suffix('\'').unwrap_or(rest));
    };
    let delimiter = &literal[..tagged.find('$').map_or(1, |at| at + 2)];
    let rest = &literal[delimiter.len()..];
    rest.strip_suffix(delimiter).unwrap_or(rest)
}

/// How far `words` reach when they are executed, and the name of what does it.
pub(super) fn deed(words: &[&str]) -> Option<(Reach, String)> {
    let mut found: Option<(Reach, String)> = None;
    for at in 0..words.len() {
        match deed_at(words, at) {
            Some(deed) if deed.0 == Reach::World => return Some(deed),
            Some(deed) => found = found.or(Some(deed)),
            None => {}
        }
    }
    found
}

fn deed_at(words: &[&str], at: usize) -> Option<(Reach, String)> {
    let word = |ahead: usize| words.get(at + ahead).map(|word| word.to_ascii_uppercase()).unwrap_or_default();
    let (first, second) = (word(0), word(1));
    let name = first.to_ascii_lowercase();
    let pair = || format!("{first} {second}");
    if second == "(" && TO_WORLD.contains(&name.as_str()) {
        return Some((Reach::World, name));
    }
    if second == "(" && TO_CLUSTER.contains(&name.as_str()) {
        return Some((Reach::Cluster, name));
    }
    match (first.as_str(), second.as_str()) {
        ("COPY", _) if begins(words, at) => copy(words, at).map(|what| (Reach::World, what.to_owned())),
        ("IMPORT", "FOREIGN") => Some((Reach::World, "IMPORT FOREIGN SCHEMA".to_owned())),
        ("CREATE" | "ALTER" | "DROP", "SUBSCRIPTION") => subscription(words, at).map(|reach| (reach, pair())),
        ("CREATE" | "ALTER" | "DROP", "USER") if word(2) == "MAPPING" => None,
        ("CREATE" | "ALTER" | "DROP", what) if OF_CLUSTER.contains(&what) => Some((Reach::Cluster, pair())),
        ("REASSIGN" | "DROP", "OWNED") => Some((Reach::Cluster, pair())),
        ("COMMENT", "ON") if OF_CLUSTER.contains(&word(2).as_str()) => Some((Reach::Cluster, pair())),
        // `FOR UPDATE OF`, `GRANT` as a name: only with what follows do they say anything.
        ("GRANT" | "REVOKE", next) if !matches!(next, "" | "," | ")" | ";" | "=" | ".") => {
            grants_a_role(&words[at..]).then(|| (Reach::Cluster, first.clone()))
        }
        ("UPDATE", _) | ("INSERT", "INTO") | ("DELETE", "FROM") => {
            let next = at + if first == "UPDATE" { 1 } else { 2 };
            let next = if words.get(next + 1) == Some(&".") { next + 2 } else { next };
            let table = words.get(next)?.to_ascii_lowercase();
            SHARED.contains(&table.as_str()).then(|| (Reach::Cluster, format!("{first} {table}")))
        }
        _ => None,
    }
}

/// Whether a statement may begin at `at`.
fn begins(words: &[&str], at: usize) -> bool {
    let before = at.checked_sub(1).map(|at| words[at].to_ascii_uppercase());
    before.is_none_or(|word| matches!(word.as_str(), TEXT | ";" | "BEGIN" | "THEN" | "ELSE" | "LOOP" | "EXECUTE"))
}

/// What a COPY at `at` does to files and programs, where it writes the ones or runs the others. Reading a file harms nobody.
fn copy(words: &[&str], at: usize) -> Option<&'static str> {
    let mut depth = 0_usize;
    for (ahead, word) in words.iter().enumerate().skip(at + 2) {
        let next = || words.get(ahead + 1).map(|word| word.to_ascii_uppercase()).unwrap_or_default();
        match word.to_ascii_uppercase().as_str() {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            ";" => return None,
            "TO" | "FROM" if depth == 0 && next() == "PROGRAM" => return Some("COPY … PROGRAM"),
            "TO" if depth == 0 => return (next() != "STDOUT").then_some("COPY … TO a file"),
            "FROM" if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// Making, enabling or refreshing one connects to its publisher; so does dropping one that has a slot there.
fn subscription(words: &[&str], at: usize) -> Option<Reach> {
    let end = words[at..].iter().position(|word| *word == ";").map_or(words.len(), |len| at + len);
    let upper: Vec<String> = words[at..end].iter().map(|word| word.to_ascii_uppercase()).collect();
    let has = |name: &str| upper.iter().skip(3).any(|word| word == name);
    let off = |name: &str| {
        upper
            .windows(3)
            .any(|three| three[0] == name && three[1] == "=" && matches!(three[2].as_str(), "FALSE" | "OFF" | "0"))
            || upper.windows(4).any(|four| four[0] == name && four[1] == "=" && four[2] == TEXT && four[3] == "FALSE")
    };
    let reaches = match upper[0].as_str() {
        "CREATE" => !off("CONNECT"),
        "ALTER" => has("ENABLE") || has("REFRESH") || has("CONNECTION") || (has("PUBLICATION") && !off("REFRESH")),
        _ => false,
    };
    Some(if reaches { Reach::World } else { Reach::Cluster })
}

/// `GRANT … ON …` is of an object, mostly of this database; without ON it is of a role.
pub(super) fn grants_a_role(words: &[&str]) -> bool {
    let mut rest = words.iter().take_while(|word| **word != ";").skip_while(|word| !word.eq_ignore_ascii_case("on"));
    match (rest.next(), rest.next()) {
        (Some(_), Some(of)) => ["DATABASE", "TABLESPACE", "PARAMETER"].iter().any(|name| of.eq_ignore_ascii_case(name)),
        _ => true,
    }
}

/// How far code of a `language` reaches whatever its words are.
pub(super) fn of_language(language: &str) -> Option<(Reach, String)> {
    let language = language.to_ascii_lowercase();
    (!TAME.contains(&language.as_str())).then_some((Reach::World, language))
}

/// The language that a statement names.
pub(super) fn language<'a>(words: &[&'a str]) -> Option<&'a str> {
    let at = words.iter().position(|word| word.eq_ignore_ascii_case("language"))?;
    // `LANGUAGE 'plpgsql'` is the old way to write it.
    words[at + 1..].iter().find(|word| **word != TEXT).copied()
}

/// Whether code executes a text that it was given: an argument of its, by name or by number.
pub(super) fn executes_what_it_is_given<'a>(words: &[&str], mut arguments: impl Iterator<Item = &'a str>) -> bool {
    let given: Vec<&str> = words
        .windows(2)
        .filter(|pair| pair[0].eq_ignore_ascii_case("execute") && pair[1] != TEXT)
        .map(|pair| pair[1])
        .collect();
    given.iter().any(|word| word.starts_with('$'))
        || arguments.any(|name| given.iter().any(|word| word.eq_ignore_ascii_case(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expected: &str, code: &[&str]) {
        for code in code {
            let found = deed(&flat(code)).map_or_else(String::new, |(reach, what)| format!("{reach:?} {what}"));
            assert_eq!(found, expected, "{code}");
        }
    }

    #[test]
    fn what_code_does_is_told_by_its_words() {
        check(
            "World dblink_exec",
            &["SELECT dblink_exec('c', 'DROP TABLE t')", "EXECUTE 'SELECT public.dblink_exec(''c'')'"],
        );
        check("World COPY … PROGRAM", &["COPY t FROM PROGRAM 'curl'", "BEGIN COPY (SELECT 1) TO PROGRAM 'sh'; END"]);
        check("World COPY … TO a file", &["COPY t TO '/tmp/x'", "EXECUTE format('COPY %I TO %L', t, f)"]);
        check("World lo_export", &["PERFORM lo_export(1, '/tmp/x')"]);
        check("World ALTER SUBSCRIPTION", &["ALTER SUBSCRIPTION s ENABLE", "ALTER SUBSCRIPTION s SET PUBLICATION p"]);
        check("Cluster ALTER SUBSCRIPTION", &["ALTER SUBSCRIPTION s DISABLE", "ALTER SUBSCRIPTION s OWNER TO a"]);
        check("Cluster ALTER SYSTEM", &["EXECUTE $q$ALTER SYSTEM SET a = 1$q$"]);
        check("Cluster GRANT", &["EXECUTE 'GRANT ' || a || ' TO ' || b", "GRANT a TO b;"]);
        check("Cluster pg_terminate_backend", &["SELECT pg_terminate_backend(pid) FROM pg_stat_activity"]);
        check("Cluster UPDATE pg_database", &["UPDATE pg_catalog.pg_database SET datallowconn = false"]);
        check(
            "",
            &[
                "GRANT SELECT ON t TO a; REVOKE ALL ON SCHEMA s FROM b",
                "COPY t FROM '/data.csv'",
                "COPY t (a) TO STDOUT",
                "SELECT copy FROM t WHERE \"to\" = 1",
                "RAISE NOTICE 'copy rows to archive; CREATE ROLE x'",
                "SELECT lo_import('/f'), pg_read_file('/f'), pg_notify('a', 'b')",
                "CREATE USER MAPPING FOR a SERVER s",
                "SELECT http FROM t -- dblink_exec(",
            ],
        );
    }

    #[test]
    fn a_text_that_is_given_is_not_known() {
        let given = |code: &str| executes_what_it_is_given(&flat(code), ["q"].into_iter());
        assert!(given("BEGIN EXECUTE q; END") && given("BEGIN EXECUTE $1 USING 1; END"));
        assert!(!given("BEGIN EXECUTE 'SELECT ' || q; END") && !given("BEGIN EXECUTE other; END"));
    }
}
