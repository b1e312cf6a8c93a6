//! Squawk's rules, through its crate; what they weigh here and what to do instead is ours.

mod parse;
mod rules;

pub(super) use rules::RULES;

use std::collections::BTreeMap;

use squawk_linter::{Linter, LinterSettings, Version};

use crate::sql::split;

use super::finding::Found;
use super::read::{Does, Statement};
use super::world::World;
use super::{About, Rule, Script};

/// What squawk says of a script.
#[derive(Default)]
pub(super) struct Findings {
    /// What it finds, each with its rule.
    pub(super) found: Vec<(&'static Rule, Found)>,
    /// Statements that it cannot read: where they begin, in bytes, and why.
    pub(super) unread: BTreeMap<usize, String>,
}

/// What squawk finds in a script, of the rules that `wanted` accepts.
pub(super) fn find(
    script: &Script<'_>,
    statements: &[Statement<'_>],
    world: &World<'_>,
    wanted: impl Fn(&Rule) -> bool,
) -> Findings {
    let rules: Vec<_> = RULES.iter().filter(|rule| wanted(rule)).filter_map(|rule| rule.name.parse().ok()).collect();
    let version = world.facts.and_then(|facts| facts.version.parse::<Version>().ok());
    let transaction = script.transaction;
    let linter = move || {
        let mut linter = Linter::from(rules);
        linter.settings = LinterSettings { assume_in_transaction: transaction, ..LinterSettings::default() };
        if let Some(version) = version {
            linter.settings.pg_version = version;
        }
        linter
    };
    let parsed = parse::parse(&without_data(script.text), statements, linter);
    let mut found = Vec::new();
    for (name, message, offset) in parsed.violations {
        // A mistyped ignore comment is told whatever was asked for.
        let Some(rule) = RULES.iter().find(|rule| rule.name == name && wanted(rule)) else { continue };
        found.push((rule, finding(rule, &message, offset, statements, world)));
    }
    let specific: Vec<usize> = found.iter().filter(|(rule, _)| is_specific(rule)).map(|(_, one)| one.offset).collect();
    let same_act = |one: usize, other: usize| act(statements, one) == act(statements, other);
    found.retain(|(rule, one)| {
        rule.name != "constraint-missing-not-valid" || !specific.iter().any(|other| same_act(one.offset, *other))
    });
    Findings { found, unread: parsed.unread }
}

/// Rules that say of one kind of constraint what `constraint-missing-not-valid` says of any.
fn is_specific(rule: &Rule) -> bool {
    matches!(
        rule.name,
        "adding-foreign-key-constraint" | "disallowed-unique-constraint" | "adding-serial-primary-key-field"
    )
}

fn act(statements: &[Statement<'_>], offset: usize) -> Option<usize> {
    statement_at(statements, offset)?.act_at(offset).map(|act| act.offset)
}

fn statement_at<'s, 'a>(statements: &'s [Statement<'a>], offset: usize) -> Option<&'s Statement<'a>> {
    statements.iter().rev().find(|statement| statement.offset <= offset)
}

fn finding(rule: &Rule, said: &str, offset: usize, statements: &[Statement<'_>], world: &World<'_>) -> Found {
    // A mistyped name is told by squawk alone.
    let message = match rule.name {
        "unused-ignore" => {
            let name = said.rsplit(' ').next().unwrap_or_default();
            return Found::new(offset, format!("squawk has no rule `{name}`"))
                .instead(format!("did you mean `{}`?", super::nearest(name)));
        }
        _ => rule.title,
    };
    let found = Found::new(offset, message);
    let Some(act) = statement_at(statements, offset).and_then(|statement| statement.act_at(offset)) else {
        return found;
    };
    match &act.does {
        Does::Drop { kind, names, .. } if kind == "INDEX" => {
            match names.first().and_then(|index| world.table_of_index(index)) {
                Some(table) => found.on(&table),
                None => found,
            }
        }
        does if rule.about != About::Text => {
            does.table().map_or_else(|| found.clone(), |table| found.clone().on(table))
        }
        _ => found,
    }
}

/// `script` with the rows of `COPY … FROM stdin` blanked: squawk reads statements alone.
fn without_data(script: &str) -> String {
    let mut text = script.to_owned();
    for statement in split(script, crate::sql::Flavor::Postgres).unwrap_or_default() {
        let Some(data) = statement.copy_data else { continue };
        let start = data.as_ptr() as usize - script.as_ptr() as usize;
        // The line `\.` that ends them goes too.
        let end = script[start + data.len()..].find('\n').map_or(script.len(), |at| start + data.len() + at);
        let blank: String = script[start..end].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect();
        text.replace_range(start..end, &blank);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::names::SQUAWK;
    use crate::lint::{Input, Migration, Settings, lint};
    use crate::sql::Flavor;

    #[test]
    fn every_rule_of_squawks_is_known_here_and_no_other() {
        let ours: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
        assert_eq!(ours, SQUAWK);
        for rule in RULES.iter().filter(|rule| rule.name != "unused-ignore") {
            assert!(rule.name.parse::<squawk_linter::Rule>().is_ok(), "{}", rule.name);
        }
        for rule in Linter::with_default_rules().rules {
            let name = rule.to_string();
            assert!(ours.contains(&name.as_str()) || name == "require-timeout-settings", "{name}");
        }
    }

    /// What of squawk's is raised for one statement, nothing being known of any table.
    fn check(sql: &str, expected: &[&str]) {
        let script = Script { file: "a.sql", text: sql, transaction: false, allow: &[], may_delete: false };
        let settings = Settings::default();
        let input = Input {
            flavor: Flavor::Postgres,
            runs: vec![vec![Migration { up: script, down: None }]],
            facts: None,
            settings: &settings,
            no_transaction: "",
            has_downs: false,
        };
        let found = lint(&input).expect("lints");
        let found = found.iter().map(|finding| finding.rule).filter(|rule| SQUAWK.contains(rule));
        assert_eq!(found.collect::<Vec<_>>(), expected, "{sql}");
    }

    #[test]
    fn rules_that_are_on_raise_and_those_that_are_off_do_not() {
        let cases: &[(&str, &[&str])] = &[
            ("CREATE INDEX i ON t (a)", &["require-concurrent-index-creation"]),
            ("DROP INDEX i", &["require-concurrent-index-deletion"]),
            ("REINDEX TABLE t", &["require-concurrent-reindex"]),
            ("ALTER TABLE t DETACH PARTITION p", &["require-concurrent-partition-detach"]),
            ("ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)", &["constraint-missing-not-valid"]),
            ("ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID", &[]),
            ("ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES u", &["adding-foreign-key-constraint"]),
            ("ALTER TABLE t ALTER a SET NOT NULL", &["adding-not-nullable-field"]),
            ("ALTER TABLE t ADD COLUMN a uuid DEFAULT gen_random_uuid()", &["adding-field-with-default"]),
            ("ALTER TABLE t ADD COLUMN a text DEFAULT 'x'", &[]),
            ("ALTER TABLE t ADD PRIMARY KEY (a)", &["adding-serial-primary-key-field"]),
            ("ALTER TABLE t ADD CONSTRAINT c UNIQUE (a)", &["disallowed-unique-constraint"]),
            ("ALTER TABLE t DROP COLUMN a", &["ban-drop-column"]),
            ("DROP TABLE t", &["ban-drop-table"]),
            ("DROP DATABASE d", &["ban-drop-database"]),
            ("TRUNCATE t CASCADE", &["ban-truncate-cascade"]),
            ("ALTER TABLE t RENAME COLUMN a TO b", &["renaming-column"]),
            ("ALTER TABLE t RENAME TO u", &["renaming-table"]),
            (
                "UPDATE t SET a = 1, a = 2 WHERE b",
                &["ban-duplicate-column-assignments", "ban-duplicate-column-assignments"],
            ),
            (
                "CREATE TABLE t (a char(3), b int, c serial, d varchar(3), e timestamp, f smallint)",
                &[
                    "ban-char-field",
                    "prefer-bigint-over-int",
                    "prefer-bigint-over-int",
                    "prefer-identity",
                    "prefer-text-field",
                    "prefer-timestamp-tz",
                    "prefer-bigint-over-smallint",
                ],
            ),
            ("CREATE TABLE t (id bigint); CREATE INDEX i ON t (id); DROP TABLE t; ALTER TABLE t RENAME id TO a", &[]),
            ("DROP VIEW v; DROP FUNCTION f; DROP TRIGGER g ON t; CREATE POLICY p ON t; REVOKE ALL ON t FROM u", &[]),
            ("BEGIN; SELECT 1; COMMIT", &[]),
        ];
        cases.iter().for_each(|(sql, expected)| check(sql, expected));
    }

    #[test]
    fn the_rows_of_a_copy_are_no_statements() {
        let script = "COPY t FROM stdin;\nDROP TABLE x;\n\\.\nSELECT 1;\n";
        assert_eq!(without_data(script), "COPY t FROM stdin;\n             \n  \nSELECT 1;\n");
    }
}
