//! How diagrams are written.

use mainstay::diagram::{Detail, Format};

use super::{SHOP, graph};

#[test]
fn mermaid_is_what_mermerd_writes() {
    insta::assert_snapshot!(Format::Mermaid.write(&graph(SHOP)), @r#"
    erDiagram
        customer {
            TEXT email UK
            INTEGER id PK
            VARCHAR name
        }

        invoice {
            INTEGER order_id PK,FK
            NUMERIC total
        }

        item {
            REAL Größe_cm
            INTEGER nr PK
            INTEGER shop PK
        }

        line {
            INTEGER amount
            INTEGER nr PK,FK
            INTEGER order_id PK,FK
            INTEGER shop PK,FK
        }

        order {
            INTEGER customer_id FK
            INTEGER id PK
            INTEGER parent FK
        }

        order }o--|| customer : "customer_id"
        invoice |o--|| order : "order_id"
        line }o--|| item : "shop"
        line }o--|| item : "nr"
        line }o--|| order : "order_id"
        order }o--|| order : "parent"
    "#);
}

#[test]
fn names_alone_in_mermaid() {
    let mut graph = graph(SHOP);
    graph.reduce(Detail::Names);
    insta::assert_snapshot!(Format::Mermaid.write(&graph), @r#"
    erDiagram
        customer

        invoice

        item

        line

        order

        order }o--|| customer : "customer_id"
        invoice |o--|| order : "order_id"
        line }o--|| item : "shop"
        line }o--|| item : "nr"
        line }o--|| order : "order_id"
        order }o--|| order : "parent"
    "#);
}

#[test]
fn dot() {
    let mut graph = graph(SHOP);
    graph.entities.retain(|entity| entity.name.name == "line" || entity.name.name == "item");
    graph.relations.retain(|relation| relation.to.name == "item");
    let text = Format::Dot.write(&graph);
    let (_, visible) = text.split_once('\n').expect("a line of data");
    insta::assert_snapshot!(visible, @r#"
    digraph schema {
      graph [rankdir=RL, nodesep=0.4, ranksep=1.2];
      node [shape=plain, fontname="Helvetica", fontsize=11];
      edge [dir=both, color="slategray"];
      "item" [label=<<table border="0" cellborder="1" cellspacing="0" cellpadding="4"><tr><td colspan="3" bgcolor="lightsteelblue1"><b>item</b></td></tr><tr><td port="k0">PK</td><td align="left">shop</td><td port="t0" align="left">INTEGER</td></tr><tr><td port="k1">PK</td><td align="left">nr</td><td port="t1" align="left">INTEGER</td></tr><tr><td port="k2"></td><td align="left">Größe &lt;cm&gt;</td><td port="t2" align="left">REAL</td></tr></table>>];
      "line" [label=<<table border="0" cellborder="1" cellspacing="0" cellpadding="4"><tr><td colspan="3" bgcolor="lightsteelblue1"><b>line</b></td></tr><tr><td port="k0">PK FK</td><td align="left">order_id</td><td port="t0" align="left">INTEGER</td></tr><tr><td port="k1">PK FK</td><td align="left">shop</td><td port="t1" align="left">INTEGER</td></tr><tr><td port="k2">PK FK</td><td align="left">nr</td><td port="t2" align="left">INTEGER</td></tr><tr><td port="k3"></td><td align="left">amount</td><td port="t3" align="left">INTEGER</td></tr></table>>];
      "line":k1:w -> "item":t0:e [arrowtail=crowodot, arrowhead=teetee, tooltip="shop, nr"];
    }
    "#);
}

#[test]
fn json_has_a_format_and_a_version() {
    let mut graph = graph(SHOP);
    graph.entities.retain(|entity| entity.name.name == "invoice");
    graph.relations.retain(|relation| relation.from.name == "invoice");
    insta::assert_snapshot!(Format::Json.write(&graph), @r#"
    {
      "format": "mainstay-diagram",
      "version": 1,
      "entities": [
        {
          "schema": "main",
          "name": "invoice",
          "columns": [
            {
              "name": "order_id",
              "type": "INTEGER",
              "primary": true,
              "foreign": true,
              "not_null": true
            },
            {
              "name": "total",
              "type": "NUMERIC(10,2)"
            }
          ]
        }
      ],
      "relations": [
        {
          "from": {
            "schema": "main",
            "name": "invoice"
          },
          "to": {
            "schema": "main",
            "name": "order"
          },
          "columns": [
            "order_id"
          ],
          "references": [
            "id"
          ],
          "name": "",
          "is_primary_key": true,
          "one_to_one": true,
          "optional": false
        }
      ]
    }
    "#);
}

#[test]
fn the_same_graph_gives_the_same_bytes() {
    for format in Format::ALL {
        assert_eq!(format.write(&graph(SHOP)), format.write(&graph(SHOP)), "{}", format.name());
    }
}

#[test]
fn a_picture_is_good_xml_and_says_what_it_shows() {
    let text = Format::Svg.write(&graph(SHOP));
    assert!(text.contains("<desc id=\"desc\">5 tables and 5 foreign keys."), "{text}");
    assert!(text.contains(">Größe &lt;cm&gt;<") && text.contains("line (shop, nr) → item (shop, nr)"), "{text}");
    assert!(text.contains("prefers-color-scheme:dark"));
    let mut open = Vec::new();
    for tag in text.split('<').skip(1).map(|tag| tag.split('>').next().unwrap_or_default()) {
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default();
        match (tag.starts_with('/'), tag.ends_with('/')) {
            (true, _) => assert_eq!(open.pop(), Some(name), "closed as it was opened"),
            (false, false) => open.push(name),
            _ => {}
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn files_tell_their_format() {
    let of = |file: &str| Format::of_file(file.as_ref()).map(Format::name).map_err(|error| error.to_string());
    for (file, format) in
        [("a.mmd", "mermaid"), ("docs/README.md", "mermaid"), ("a.b.SVG", "svg"), ("a.gv", "dot"), ("a.json", "json")]
    {
        assert_eq!(of(file), Ok(format), "{file}");
    }
    assert_eq!(of("picture.png"), Err("picture.png has no extension that tells its format".to_owned()));
}
