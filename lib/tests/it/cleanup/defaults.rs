//! ON DELETE SET DEFAULT: the row that is the default stays, and rows that cannot get theirs keep what they refer to.

use super::{Place, counts, gone, on_both};

on_both!(
    a_text_with_a_parenthesis_is_a_value,
    rows_that_can_have_no_default_keep,
    a_default_that_is_null,
    a_key_of_two_columns
);

const OLD: &str = "table = 'logs'\nwhere = 'old'";

async fn logs(place: &Place, key: &str, rows: &str, default: &str) {
    place.sql(&format!("CREATE TABLE logs (id {key} PRIMARY KEY, old boolean)")).await;
    place.sql(&format!("INSERT INTO logs VALUES {rows}")).await;
    place
        .sql(&format!(
            "CREATE TABLE c (id int PRIMARY KEY, l {key} {default} REFERENCES logs (id) ON DELETE SET DEFAULT)"
        ))
        .await;
}

async fn a_text_with_a_parenthesis_is_a_value(place: Place) {
    logs(&place, "text", "('n/a (none)', true), ('a', true), ('b', false)", "DEFAULT 'n/a (none)'").await;
    place.sql("INSERT INTO c VALUES (1, 'a'), (2, 'b')").await;
    let plan = place.plan(OLD).await.unwrap();
    assert_eq!((counts(&plan), plan.held, plan.references[0].changed), ("logs 1".into(), 1, 1), "{plan:?}");
    assert_eq!(gone(&place.run(OLD).await.unwrap()), "logs 1");
    assert_eq!(place.ask("SELECT l FROM c ORDER BY id").await, "n/a (none) b");
}

async fn rows_that_can_have_no_default_keep(place: Place) {
    let calls = if place.is_postgres() { "DEFAULT abs(-7)" } else { "DEFAULT (abs(-7))" };
    for default in ["DEFAULT 99", "NOT NULL", "NOT NULL DEFAULT 99", calls] {
        logs(&place, "int", "(1, true), (2, true), (3, false), (7, true)", default).await;
        place.sql("INSERT INTO c VALUES (1, 1), (3, 3)").await;
        let plan = place.plan(OLD).await.unwrap();
        let rule = &plan.references[0];
        let said = (counts(&plan), plan.held, rule.rule.as_str(), rule.holds);
        assert_eq!(said, ("logs 2".into(), 1, "keep", 1), "{default}: {plan:?}");
        assert_eq!(gone(&place.run(OLD).await.unwrap()), "logs 2", "{default}");
        assert_eq!(place.ask("SELECT l FROM c ORDER BY id").await, "1 3", "{default}");
        place.sql("DROP TABLE c").await;
        place.sql("DROP TABLE logs").await;
    }
}

async fn a_default_that_is_null(place: Place) {
    for default in ["", "DEFAULT NULL"] {
        logs(&place, "int", "(1, true), (2, false)", default).await;
        place.sql("INSERT INTO c VALUES (1, 1), (2, 2)").await;
        assert_eq!(gone(&place.run(OLD).await.unwrap()), "logs 1", "{default}");
        assert_eq!(place.ask("SELECT coalesce(l, 0) FROM c ORDER BY id").await, "0 2", "{default}");
        place.sql("DROP TABLE c").await;
        place.sql("DROP TABLE logs").await;
    }
}

async fn a_key_of_two_columns(place: Place) {
    place
        .sql(
            "CREATE TABLE logs (a int, b int, old boolean, PRIMARY KEY (a, b));
             CREATE TABLE c (id int PRIMARY KEY, a int DEFAULT 1, b int DEFAULT 0,
                 FOREIGN KEY (a, b) REFERENCES logs (a, b) ON DELETE SET DEFAULT);
             INSERT INTO logs VALUES (1, 0, true), (1, 1, true), (1, 2, true);
             INSERT INTO c VALUES (1, 1, 1)",
        )
        .await;
    let plan = place.plan(OLD).await.unwrap();
    assert_eq!((counts(&plan), plan.held), ("logs 2".into(), 1), "{plan:?}");
    assert_eq!(gone(&place.run(OLD).await.unwrap()), "logs 2");
    assert_eq!(place.ask("SELECT a || ' ' || b FROM c").await, "1 0");
}

/// In SQLite a word alone, or in double quotes, is a text; it would be taken for a column.
#[tokio::test]
async fn what_is_written_like_a_column_is_a_text_in_sqlite() {
    for default in ["DEFAULT id", "DEFAULT \"id\"", "DEFAULT ('i' || 'd')"] {
        let place = Place::sqlite();
        logs(&place, "text", "('id', true), ('a', true)", default).await;
        place.sql("INSERT INTO c VALUES (1, 'a')").await;
        assert_eq!(gone(&place.run(OLD).await.unwrap()), "logs 1", "{default}");
        assert_eq!(place.ask("SELECT l FROM c").await, "id", "{default}");
    }
}

/// The tenant stays, and each has a row for what is unknown, or not.
#[tokio::test]
async fn one_column_of_two_gets_its_default() {
    for (third, gone_of, held) in [("(2, 0, false)", "logs 2", 1), ("(2, 5, false)", "logs 1", 2)] {
        let place = Place::postgres();
        place
            .sql(&format!(
                "CREATE TABLE logs (tenant int, id int, old boolean, PRIMARY KEY (tenant, id));
                 CREATE TABLE c (tenant int, l int DEFAULT 0,
                     FOREIGN KEY (tenant, l) REFERENCES logs ON DELETE SET DEFAULT (l));
                 INSERT INTO logs VALUES (1, 0, true), (1, 1, true), (2, 1, true), {third};
                 INSERT INTO c VALUES (1, 1), (2, 1)"
            ))
            .await;
        let plan = place.plan(OLD).await.unwrap();
        assert_eq!((counts(&plan).as_str(), plan.held), (gone_of, held), "{third}: {plan:?}");
        assert_eq!(gone(&place.run(OLD).await.unwrap()), gone_of, "{third}");
    }
}
