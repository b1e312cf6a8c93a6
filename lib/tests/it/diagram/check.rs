//! Is a written diagram still true?

use mainstay::diagram::{Detail, Format, Graph, check};

use super::{SHOP, graph};

/// What the check says of `text`, one line each.
fn said(graph: &Graph, format: Format, text: &str) -> String {
    match check(graph, format, "docs/shop", text) {
        Ok(differences) => {
            let line = |one: &mainstay::diagram::Difference| {
                let line = format!("{:?} {:?} {} | {}", one.change, one.subject, one.name, one.detail);
                format!("{}\n", line.trim_end_matches(" | "))
            };
            differences.iter().map(line).collect()
        }
        Err(error) => {
            let place = error.place().map(|place| format!(" at {place}")).unwrap_or_default();
            format!("{error}{place}; {}", error.hints().join("; "))
        }
    }
}

#[test]
fn what_was_just_written_is_true() {
    for detail in [Detail::Columns, Detail::Keys, Detail::Names] {
        let mut graph = graph(SHOP);
        graph.reduce(detail);
        for format in Format::ALL {
            assert_eq!(said(&graph, format, &format.write(&graph)), "", "{} {detail:?}", format.name());
        }
    }
}

#[test]
fn every_format_names_what_has_changed() {
    let before = graph(SHOP);
    let after = graph(&format!(
        "{}; CREATE TABLE note (id INTEGER PRIMARY KEY, line TEXT);",
        SHOP.replace("email TEXT UNIQUE", "mail TEXT")
            .replace("total NUMERIC(10,2)", "total INTEGER")
            .replace("customer_id INTEGER NOT NULL REFERENCES customer (id)", "customer_id INTEGER NOT NULL")
            .replace("parent INTEGER REFERENCES \"order\" (id)", "parent INTEGER")
    ));
    for format in [Format::Svg, Format::Dot, Format::Json] {
        assert_eq!(
            said(&after, format, &format.write(&before)),
            said(&after, Format::Json, &Format::Json.write(&before))
        );
    }
    insta::assert_snapshot!(said(&after, Format::Json, &Format::Json.write(&before)), @"
    Missing Table note
    Extra Column customer.email | TEXT
    Missing Column customer.mail | TEXT
    Changed Column invoice.total | type NUMERIC(10,2), now INTEGER
    Changed Column order.customer_id | FK, now no key
    Changed Column order.parent | FK, now no key
    Extra Relation order -> customer (customer_id)
    Extra Relation order -> order (parent)
    ");
    insta::assert_snapshot!(said(&after, Format::Mermaid, &Format::Mermaid.write(&before)), @"
    Missing Table note
    Extra Column customer.email | TEXT
    Missing Column customer.mail | TEXT
    Changed Column invoice.total | type NUMERIC, now INTEGER
    Changed Column order.customer_id | FK, now no key
    Changed Column order.parent | FK, now no key
    Extra Relation order -> customer (customer_id)
    Extra Relation order -> order (parent)
    ");
}

#[test]
fn other_tools_write_it_their_own_way() {
    let text = r#"
Our schema, in a page with other things:

```mermaid
%%{init: {"theme": "dark"}}%%
erDiagram
    direction LR
    accDescr {
        all of the shop
    }
    "customer" ||--o{ order : "has many"
    order |o--o{ order : "parent"
    order ||--|{ line : order_id
    item ||--|{ line : "shop, nr"
    order||--o|invoice : ""
    p[line] {
        INTEGER amount
        int order_id PK, FK "which order"
        int4 shop PK,FK
        int4 nr PK,FK
    }
    customer { integer id PK
        varchar(40) name
        TEXT email UK "where to write to" }
    order:::main {
        integer id PK
        integer customer_id FK
        integer parent FK
    }
    item {
        integer shop PK
        integer nr PK
        REAL Größe_cm
    }
    invoice {
        INTEGER order_id PK, FK
        numeric total
    }
    alembic_version {
        string version_num PK
    }
    classDef main fill:#f9f
```

erDiagram is not looked for here.
"#;
    let text = text.replace("p[line]", "line[\"The lines\"]");
    assert_eq!(said(&graph(SHOP), Format::Mermaid, &text), "");
    let turned = text.replace("order |o--o{ order", "order }o--|| item");
    insta::assert_snapshot!(said(&graph(SHOP), Format::Mermaid, &turned), @"
    Extra Relation order -> item (parent)
    Missing Relation order -> order (parent)
    ");
}

#[test]
fn a_stale_label_is_no_other_key() {
    let text = Format::Mermaid.write(&graph(SHOP));
    let stale = text.replace(": \"customer_id\"", ": \"parent\"");
    insta::assert_snapshot!(said(&graph(SHOP), Format::Mermaid, &stale), @"
    Missing Relation order -> customer (customer_id)
    Extra Relation order -> customer (parent)
    ");
    let words = text.replace(": \"customer_id\"", ": \"belongs to\"");
    assert_eq!(said(&graph(SHOP), Format::Mermaid, &words), "");
    let cardinality = text.replace("invoice |o--|| ", "invoice }o--|| ");
    insta::assert_snapshot!(said(&graph(SHOP), Format::Mermaid, &cardinality), @"Changed Relation invoice -> order (order_id) | many to one, now one to one");
}

#[test]
fn files_that_are_no_diagram() {
    let graph = graph(SHOP);
    let mermaid = |text: &str| said(&graph, Format::Mermaid, text);
    insta::assert_snapshot!(mermaid(""), @"docs/shop holds no erDiagram; write it: mainstay diagram --output docs/shop");
    insta::assert_snapshot!(mermaid("flowchart LR\n  a --> b\n"), @"docs/shop holds no erDiagram at docs/shop:1:1; write it: mainstay diagram --output docs/shop");
    insta::assert_snapshot!(mermaid("erDiagram\n  a --> b : c\n"), @"docs/shop cannot be read: a relationship such as }o--|| or a block of attributes is expected here at docs/shop:2:5; write it anew: mainstay diagram --output docs/shop");
    insta::assert_snapshot!(mermaid("erDiagram\n  a {\n    int\n  }\n"), @"docs/shop cannot be read: an attribute is a type and a name at docs/shop:3:8; write it anew: mainstay diagram --output docs/shop");
    insta::assert_snapshot!(mermaid("erDiagram\n  a {\n    int id\n"), @"docs/shop cannot be read: the block of attributes is not closed at docs/shop:3:11; write it anew: mainstay diagram --output docs/shop");
    insta::assert_snapshot!(said(&graph, Format::Svg, "<svg></svg>"), @"docs/shop is not a picture that Mainstay has drawn; draw it: mainstay diagram --output docs/shop");
    insta::assert_snapshot!(said(&graph, Format::Dot, "digraph {}"), @"docs/shop is not a diagram that Mainstay has written; write it: mainstay diagram --output docs/shop");
    insta::assert_snapshot!(said(&graph, Format::Json, "{\"format\": \"mainstay-diagram\", \"version\": 9}"), @"docs/shop is not a diagram that Mainstay has written: its version is 9, this Mainstay reads 1; write it: mainstay diagram --output docs/shop");
    insta::assert_snapshot!(said(&graph, Format::Json, "[]"), @r#"docs/shop is not a diagram that Mainstay has written: it does not say "format": "mainstay-diagram"; write it: mainstay diagram --output docs/shop"#);
}
