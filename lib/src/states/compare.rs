//! Two catalogs held against each other: which objects only one of them has, and in what the others differ.

use std::borrow::Cow;

use serde_json::Value;

use crate::catalog::{Catalog, ObjectId, ObjectKind};
use crate::sql::Flavor;

use super::drift::{Attribute, Change, Drift};
use super::objects::{Compared, Objects, objects};
use super::spoken_of::spoken_of;

/// So many characters of an attribute's text are told, and so many of them are in front of the first difference.
const SHOWN: usize = 60;
const BEFORE: usize = 20;

/// What counts when two catalogs are compared, besides the structure itself.
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    /// Owners, privileges and security labels.
    pub rights: bool,
    /// What is granted to roles of which the expected side says nothing.
    pub others: bool,
    /// Extensions that are not expected, and the versions of all: commonly an administrator's doing.
    pub extensions: bool,
}

/// What of `found` is not as `expected`. The books of migration tools, Mainstay's own among them, do not count, nor does what is
/// measured, nor the order of columns. Parts are told by themselves, and not where the whole is missing or extra.
pub fn compare(expected: &Catalog, found: &Catalog, flavor: Flavor, measure: Measure) -> Vec<Drift> {
    let mut own = Cow::Borrowed(found);
    if !measure.others {
        spoken_of(own.to_mut(), expected);
    }
    between(&objects(expected, flavor, measure), &objects(&own, flavor, measure), measure)
}

/// The same for catalogs that are compared with many.
pub(super) fn between(expected: &Objects, found: &Objects, measure: Measure) -> Vec<Drift> {
    let tells = |id: &ObjectId, one: &Compared, others: &Objects| {
        !others.contains_key(id) && one.whole.as_ref().is_none_or(|whole| others.contains_key(whole))
    };
    let is_foreign = |id: &ObjectId| id.kind == ObjectKind::Extension && !measure.extensions;
    let alone = |id: &ObjectId, change| Drift { object: id.to_string(), change, attributes: Vec::new() };
    let mut drift: Vec<(&ObjectId, Drift)> = Vec::new();
    for (id, one) in expected {
        match found.get(id) {
            Some(other) => drift.extend(changed(id, one, other).map(|changed| (id, changed))),
            None if tells(id, one, found) => drift.push((id, alone(id, Change::Missing))),
            None => {}
        }
    }
    let extra = found.iter().filter(|(id, one)| tells(id, one, expected) && !is_foreign(id));
    drift.extend(extra.map(|(id, _)| (id, alone(id, Change::Extra))));
    drift.sort_by_key(|(id, _)| *id);
    drift.into_iter().map(|(_, drift)| drift).collect()
}

/// In what one object differs, if in anything.
fn changed(id: &ObjectId, expected: &Compared, found: &Compared) -> Option<Drift> {
    let (expected, found) = (&expected.attributes, &found.attributes);
    let names = found.keys().chain(expected.keys().filter(|name| !found.contains_key(*name)));
    let attribute = |name: &String| {
        let (found, expected) = cut(&said(found.get(name)), &said(expected.get(name)));
        Attribute { name: name.replace('_', " "), found, expected }
    };
    let attributes: Vec<Attribute> =
        names.filter(|name| expected.get(*name) != found.get(*name)).map(attribute).collect();
    (!attributes.is_empty()).then(|| Drift { object: id.to_string(), change: Change::Changed, attributes })
}

fn said(value: Option<&Value>) -> String {
    match value {
        None => "none".to_owned(),
        Some(Value::Bool(yes)) => if *yes { "yes" } else { "no" }.to_owned(),
        Some(Value::String(text)) => text.replace('\n', " "),
        Some(other) => other.to_string(),
    }
}

/// Both from shortly before where they begin to differ, as far as a message shows.
fn cut(one: &str, other: &str) -> (String, String) {
    let same = one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    let is_long = one.chars().count().max(other.chars().count()) > SHOWN;
    let from = if is_long { same.saturating_sub(BEFORE) } else { 0 };
    let part = |text: &str| {
        let shown: String = text.chars().skip(from).take(SHOWN).collect();
        let before = if from > 0 { "…" } else { "" };
        let after = if text.chars().count() > from + SHOWN { "…" } else { "" };
        format!("{before}{shown}{after}")
    };
    (part(one), part(other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Column, Constraint, Extension, Grant, Index, Name, Privileges, Sequence, Table, View};

    const ALL: Measure = Measure { rights: true, others: true, extensions: true };
    const STRUCTURE: Measure = Measure { rights: false, others: true, extensions: false };

    fn table(name: &str, columns: &[(&str, &str)]) -> Table {
        let column = |(name, data_type): &(&str, &str)| Column {
            name: (*name).into(),
            data_type: (*data_type).into(),
            ..Column::default()
        };
        Table { name: Name::new("public", name), columns: columns.iter().map(column).collect(), ..Table::default() }
    }

    fn catalog(tables: &[(&str, &[(&str, &str)])]) -> Catalog {
        Catalog { tables: tables.iter().map(|(name, columns)| table(name, columns)).collect(), ..Catalog::default() }
    }

    fn check(expected: &Catalog, found: &Catalog, measure: Measure, told: &[&str]) {
        let drift = compare(expected, found, Flavor::Postgres, measure);
        assert_eq!(drift.iter().map(ToString::to_string).collect::<Vec<_>>(), told);
    }

    #[test]
    fn each_difference_is_told_once_by_the_smallest_object_that_has_it() {
        let expected = catalog(&[
            ("a", &[("id", "int"), ("n", "text")]),
            ("gone", &[("x", "int")]),
            ("schema_migrations", &[("version", "text")]),
        ]);
        let mut found = catalog(&[("a", &[("m", "text"), ("id", "bigint")]), ("new", &[("y", "int")])]);
        found.views.push(View { name: Name::new("mainstay", "v"), ..View::default() });
        for measure in [ALL, STRUCTURE] {
            check(
                &expected,
                &found,
                measure,
                &[
                    "missing table public.gone",
                    "extra table public.new",
                    "changed column public.a.id: data type is bigint, expected int",
                    "extra column public.a.m",
                    "missing column public.a.n",
                ],
            );
            check(&expected, &expected, measure, &[]);
        }
    }

    #[test]
    fn what_is_the_wholes_own_is_told_of_the_whole() {
        let expected = catalog(&[("a", &[("id", "int")])]);
        let mut found = expected.clone();
        found.tables[0].comment = Some("x".into());
        check(&expected, &found, ALL, &["changed table public.a: comment is x, expected none"]);
    }

    #[test]
    fn what_hangs_on_a_missing_table_or_key_is_missing_with_it() {
        let with_key = |name: &str| {
            let key = Constraint { name: format!("{name}_key"), ..Constraint::default() };
            let index = Index { name: format!("{name}_key"), constraint: Some(key.name.clone()), ..Index::default() };
            let plain = Index { name: format!("{name}_plain"), ..Index::default() };
            Table { constraints: vec![key], indexes: vec![index, plain], ..table(name, &[]) }
        };
        let owned_by = Some(crate::catalog::ColumnName { table: Name::new("public", "gone"), column: "id".into() });
        let sequence = Sequence { name: Name::new("public", "gone_id_seq"), owned_by, ..Sequence::default() };
        let expected =
            Catalog { tables: vec![with_key("a"), with_key("gone")], sequences: vec![sequence], ..Catalog::default() };
        let found = catalog(&[("a", &[])]);
        check(
            &expected,
            &found,
            STRUCTURE,
            &["missing table public.gone", "missing constraint a_key on public.a", "missing index public.a_plain"],
        );
    }

    #[test]
    fn rights_and_an_administrators_extension_count_where_they_are_asked_for() {
        let expected = catalog(&[("a", &[])]);
        let mut found = expected.clone();
        found.tables[0].owner = "b".into();
        let granted = vec![Grant { privilege: "SELECT".into(), ..Grant::default() }];
        found.privileges.push(Privileges { on: found.tables[0].id(), granted, ..Privileges::default() });
        found.extensions.push(Extension { name: "pg_stat_statements".into(), ..Extension::default() });
        check(&expected, &found, STRUCTURE, &[]);
        let rights = Measure { rights: true, others: true, extensions: false };
        let drift = compare(&expected, &found, Flavor::Postgres, rights);
        let named: Vec<&str> = drift[0].attributes.iter().map(|one| one.name.as_str()).collect();
        assert_eq!((drift.len(), named), (1, vec!["granted", "owner"]));
        check(
            &expected,
            &found,
            Measure { rights: false, others: true, extensions: true },
            &["extra extension pg_stat_statements"],
        );
        check(&found, &expected, STRUCTURE, &["missing extension pg_stat_statements"]);
    }

    #[test]
    fn long_texts_are_cut_to_where_they_differ() {
        let view = |condition: &str| View {
            name: Name::new("public", "v"),
            definition: format!(" SELECT id\n   FROM log\n  WHERE {} AND {condition}", "kind = 'a'::text".repeat(4)),
            ..View::default()
        };
        let of = |condition: &str| Catalog { views: vec![view(condition)], ..Catalog::default() };
        check(
            &of("at > 1"),
            &of("at > 2"),
            ALL,
            &["changed view public.v: definition is … 'a'::text AND at > 2, expected … 'a'::text AND at > 1"],
        );
    }

    #[test]
    fn sqlites_constraints_without_a_name_are_what_they_say() {
        let of = |definitions: &[&str]| {
            let constraint = |text: &&str| Constraint { definition: (*text).into(), ..Constraint::default() };
            let constraints = definitions.iter().map(constraint).collect();
            Catalog { tables: vec![Table { constraints, ..table("a", &[]) }], ..Catalog::default() }
        };
        let told = |found: &[&str]| {
            let drift = compare(&of(&["CHECK (a > 1)", "check (b > 2)"]), &of(found), Flavor::Sqlite, ALL);
            drift.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert!(told(&["CHECK ( b > 2 )", "CHECK (A > 1)"]).is_empty());
        assert_eq!(told(&["CHECK (b > 2)"]), ["missing constraint \"check ( a > 1 )\" on public.a"]);
    }

    #[test]
    fn sqlites_statements_count_where_nothing_else_tells() {
        let of = |options: &[&str], definition: &str| {
            let options = options.iter().map(|one| (*one).into()).collect();
            let definition = Some(definition.into());
            Catalog { tables: vec![Table { options, definition, ..table("a", &[]) }], ..Catalog::default() }
        };
        let differ = |options: &[&str]| {
            let (one, other) = (of(options, "CREATE … a1"), of(options, "CREATE … a2"));
            !compare(&one, &other, Flavor::Sqlite, ALL).is_empty()
        };
        assert_eq!([differ(&["STRICT"]), differ(&["VIRTUAL"])], [false, true]);
    }

    #[test]
    fn what_differs_once_only_does_not_count() {
        let drift = |change, names: &[&str]| {
            let attribute = |name: &&str| Attribute { name: (*name).into(), found: "a".into(), expected: "b".into() };
            Drift {
                object: "constraint c on public.a".into(),
                change,
                attributes: names.iter().map(attribute).collect(),
            }
        };
        let first = || vec![drift(Change::Changed, &["definition", "validated"])];
        assert!(Drift::in_both(first(), &[drift(Change::Changed, &["comment"])]).is_empty());
        assert!(Drift::in_both(first(), &[]).is_empty());
        let both = Drift::in_both(first(), &[drift(Change::Changed, &["comment", "validated"])]);
        assert_eq!(both, [drift(Change::Changed, &["validated"])]);
        let missing = || drift(Change::Missing, &[]);
        assert_eq!(Drift::in_both(vec![missing()], &[missing()]), [missing()]);
    }
}
