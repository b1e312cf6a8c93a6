//! Which tables are shown.

use mainstay::diagram::{Detail, Graph, Selection};

use super::{SHOP, catalog, hidden};

fn names(selection: &Selection) -> Result<Vec<String>, String> {
    let graph = Graph::select(&catalog(SHOP), selection, hidden).map_err(|error| {
        let hints: Vec<String> = error.hints().iter().map(|hint| format!("; {hint}")).collect();
        format!("{error}{}", hints.concat())
    })?;
    Ok(graph.entities.iter().map(|entity| entity.name.name.clone()).collect())
}

fn strings(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn around_a_table() {
    let near = |around: &str, distance| {
        names(&Selection { around: Some(around.to_owned()), distance, ..Selection::default() })
    };
    assert_eq!(near("customer", 0), Ok(strings(&["customer"])));
    assert_eq!(near("customer", 1), Ok(strings(&["customer", "order"])));
    assert_eq!(near("customer", 2), Ok(strings(&["customer", "invoice", "line", "order"])));
    assert_eq!(near("customer", 3), Ok(strings(&["customer", "invoice", "item", "line", "order"])));
    assert_eq!(
        near("custmer", 1),
        Err("no table is named custmer; nearest: main.customer: mainstay diagram main.customer".to_owned())
    );
}

#[test]
fn tables_by_name_those_of_migration_tools_too() {
    let only = |tables: &[&str]| names(&Selection { tables: strings(tables), ..Selection::default() });
    assert_eq!(only(&["ORDER", "line"]), Ok(strings(&["line", "order"])));
    assert_eq!(only(&["alembic_version"]), Ok(strings(&["alembic_version"])));
    assert_eq!(only(&["zzz"]), Err("no table is named zzz; list what there is: mainstay tables".to_owned()));
}

#[test]
fn schemas() {
    let of = |schema: &str| names(&Selection { schema: Some(schema.to_owned()), ..Selection::default() });
    assert_eq!(of("main").map(|names| names.len()), Ok(5));
    assert_eq!(of("app"), Err("there is no schema app; schemas with tables: main".to_owned()));
}

#[test]
fn nothing_to_draw() {
    let empty = |sql: &str| {
        Graph::select(&catalog(sql), &Selection::default(), hidden).map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(empty("SELECT 1"), Err("there is nothing to draw: the database has no tables".to_owned()));
    assert_eq!(
        empty("CREATE TABLE alembic_version (version_num TEXT)"),
        Err("there is nothing to draw: the database has only tables of migration tools".to_owned())
    );
}

#[test]
fn less_of_each_table() {
    let shown = |detail| {
        let selection = Selection { tables: strings(&["customer"]), detail, ..Selection::default() };
        let graph = Graph::select(&catalog(SHOP), &selection, hidden).expect("a graph");
        let customer = &graph.entities[0];
        (customer.columns.iter().map(|field| field.name.clone()).collect::<Vec<_>>(), customer.hidden)
    };
    assert_eq!(shown(Detail::Columns), (strings(&["id", "name", "email"]), 0));
    assert_eq!(shown(Detail::Keys), (strings(&["id", "email"]), 1));
    assert_eq!(shown(Detail::Names), (strings(&[]), 3));
}

#[test]
fn cardinality_comes_from_keys_and_null() {
    let graph = Graph::select(&catalog(SHOP), &Selection::default(), hidden).expect("a graph");
    let relations: Vec<String> = (graph.relations.iter())
        .map(|one| {
            let (many, optional) = (!one.one_to_one, one.optional);
            let (many, optional) = (if many { "many" } else { "one" }, if optional { "none or one" } else { "one" });
            format!("{} {}: {many} to {optional}", one.from.name, one.columns.join(","))
        })
        .collect();
    assert_eq!(
        relations,
        [
            "invoice order_id: one to one",
            "line shop,nr: many to one",
            "line order_id: many to one",
            "order customer_id: many to one",
            "order parent: many to none or one",
        ]
    );
}
