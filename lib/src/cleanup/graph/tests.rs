//! Graphs by data: tables and their keys, a policy, and what comes of it.

use crate::catalog::{Action, Catalog, Column, Constraint, ConstraintKind, Name, Reference, Table};
use crate::cleanup::flow::{Set, steps};
use crate::config::{CleanupConfig, parse};

use super::*;

/// A table for each word before `:`, with the tables that it refers to: `log: device!cascade`. A key's column is called by the
/// table that it refers to, and `device2` is a second key to `device`.
fn catalog(text: &str) -> Catalog {
    let mut tables: Vec<Table> = Vec::new();
    for line in text.split(';').map(str::trim).filter(|line| !line.is_empty()) {
        let (name, keys) = line.split_once(':').unwrap_or((line, ""));
        let mut table = Table { name: Name::new("public", name.trim()), ..Table::default() };
        table.columns.push(Column { name: "id".into(), not_null: true, ..Column::default() });
        for key in keys.split_whitespace() {
            let (key, action) = key.split_once('!').unwrap_or((key, ""));
            let to = key.trim_end_matches(char::is_numeric);
            let on_delete = match action {
                "cascade" => Action::Cascade,
                "null" => Action::SetNull,
                "default" => Action::SetDefault,
                "restrict" => Action::Restrict,
                _ => Action::NoAction,
            };
            let references = Reference {
                table: Name::new("public", to),
                columns: vec!["id".into()],
                on_delete,
                ..Reference::default()
            };
            table.columns.push(Column { name: key.into(), not_null: action == "must", ..Column::default() });
            table.constraints.push(Constraint {
                name: format!("{}_{key}_fkey", name.trim()),
                kind: ConstraintKind::Foreign,
                columns: vec![key.into()],
                references: Some(references),
                ..Constraint::default()
            });
        }
        tables.push(table);
    }
    Catalog { tables, ..Catalog::default() }
}

fn policy(keys: &str) -> CleanupConfig {
    let text = format!("[cleanup.it]\ntable = 'a'\nwhere = 'old'\n{}", keys.replace("; ", "\n"));
    parse("mainstay.toml", &text).expect(keys).cleanup["it"].clone()
}

/// The tables in the order of deletion, rings in brackets: each with why it goes, and what keeps or is emptied for it.
fn told(graph: &Graph) -> String {
    let member = |at: &usize| {
        let member = &graph.tables[*at];
        let why = match member.why {
            Why::Old => "",
            Why::Follows => "<",
            Why::Orphaned => "*",
        };
        format!("{why}{}", member.name.name)
    };
    let group = |group: &Vec<usize>| match group.as_slice() {
        [one] => member(one),
        ring => format!("[{}]", ring.iter().map(member).collect::<Vec<_>>().join(" ")),
    };
    let order: Vec<String> = graph.order.iter().map(group).collect();
    let mut edges: Vec<String> = (graph.edges.iter())
        .filter(|edge| edge.rule != Rule::Follow)
        .map(|edge| {
            let rule = match &edge.rule {
                Rule::Null(_) => "null",
                Rule::Default(_) => "default",
                _ => "keep",
            };
            format!("{rule} {}", edge.title())
        })
        .collect();
    edges.sort_unstable();
    let edges = if edges.is_empty() { String::new() } else { format!("; {}", edges.join(", ")) };
    format!("{}{edges}", order.join(" "))
}

#[test]
fn which_tables_in_which_order() {
    let check = |tables: &str, keys: &str, expected: &str| {
        let found = Graph::new(&catalog(tables), &policy(keys), Flavor::Postgres).map(|graph| told(&graph));
        assert_eq!(found.unwrap_or_else(|error| error.message().to_owned()), expected, "{tables} | {keys}");
    };
    check("a", "", "a");
    check("a; b: a", "", "a; keep b.a");
    check("a; b: a", "references = { b = 'follow' }", "<b a");
    check("a; b: a!cascade; c: b!null; d: a!default; e: b!restrict", "", "<b a; default d.a, keep e.b, null c.b");
    check("a; b: a!cascade", "references = { 'b.a' = 'null' }", "a; null b.a");
    check("a; b: a a2", "references = { 'b.a2' = 'follow' }", "<b a; keep b.a");
    check("a; b: a!must", "references = { b = 'null' }", "b.a cannot become NULL: its columns are NOT NULL");
    // What old rows refer to goes only where the policy says so.
    check("g; a: g; t: g", "", "a");
    check("g; a: g; t: g", "orphans = { g = 'freed' }", "a *g; keep a.g, keep t.g");
    check("g; a: g; t: g", "orphans = { g = 'freed' }; references = { t = 'follow' }", "<t a *g; keep a.g");
    check("p; g: p; a: g", "orphans = { g = 'freed', p = 'freed' }", "a *g *p; keep a.g, keep g.p");
    check(
        "p; g: p; a: g",
        "orphans = { p = 'freed' }",
        "no row that goes refers to `p`, so none of its rows is ever freed",
    );
    check("p; a", "orphans = { p = 'all' }", "*p a");
    // A part that is freed takes its whole with it.
    check("w; p: w!cascade; a: p", "orphans = { w = 'freed' }", "a <p *w; keep a.p");
    // Rings.
    check("a: a", "", "a; keep a.a");
    check("a: a!cascade", "", "a");
    check("a: b; b: a", "references = { b = 'follow' }", "[a <b]; keep a.b");
    check("c: a; a: b; b: c", "references = { b = 'follow', c = 'follow' }", "[a <c <b]; keep a.b");
    check("a: b; b: a; d: b", "references = { b = 'follow', d = 'follow' }", "<d [a <b]; keep a.b");
    // Idle words.
    check("a; b: a; c: b", "references = { c = 'follow' }", "`c` refers to no table that rows go from");
    check("a; b: a", "references = { x = 'follow' }", "there is no reference `x`");
    check("b", "", "table `a` does not exist");
}

#[test]
fn how_rows_lead_to_others() {
    let check = |tables: &str, keys: &str, expected: &[&str]| {
        let graph = Graph::new(&catalog(tables), &policy(keys), Flavor::Postgres).expect(tables);
        let name = |set: Set| match set {
            Set::Going(at) => graph.tables[at].name.name.clone(),
            Set::Freed(at) => format!("({})", graph.tables[at].name.name),
        };
        let found: Vec<String> =
            steps(&graph).iter().map(|step| format!("{} -> {}", name(step.source), name(step.target))).collect();
        assert_eq!(found, expected, "{tables} | {keys}");
    };
    check("a; b: a", "", &[]);
    check("a; b: a!cascade", "", &["a -> b"]);
    check("g; a: g; t: g!cascade", "orphans = { g = 'freed' }", &["a -> g", "g -> t"]);
    // Runs refer to parts, parts follow wholes: a freed part is looked at without going itself.
    check("w; p: w!cascade; a: p", "orphans = { w = 'freed' }", &["w -> p", "(p) -> w", "a -> (p)"]);
    check("a: a!cascade", "", &["a -> a"]);
    check("a; b: a!null", "", &[]);
}
