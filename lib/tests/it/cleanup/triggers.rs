//! Triggers that change rows which are to go: they are known by their keys then, wherever they are.

use mainstay::ErrorKind;

use super::{Place, counts, gone};

/// Groups that count their items, and items of which some are old; `more` comes before the rows.
async fn groups(more: &str) -> Place {
    let place = Place::postgres();
    place
        .sql(&format!(
            "CREATE TABLE grp (id int PRIMARY KEY, items int NOT NULL DEFAULT 0);
             CREATE TABLE item (id int PRIMARY KEY, grp int NOT NULL REFERENCES grp, old boolean NOT NULL);
             CREATE FUNCTION counted() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
               IF TG_OP = 'INSERT' THEN UPDATE grp SET items = items + 1 WHERE id = NEW.grp; RETURN NEW; END IF;
               UPDATE grp SET items = items - 1 WHERE id = OLD.grp; RETURN OLD; END$$;
             CREATE TRIGGER counted AFTER INSERT OR DELETE ON item FOR EACH ROW EXECUTE FUNCTION counted();
             {more};
             INSERT INTO grp SELECT n FROM generate_series(1, 20) n;
             INSERT INTO item SELECT n, 1 + n % 20, n % 20 < 15 FROM generate_series(1, 400) n"
        ))
        .await;
    place
}

const ITEMS: &str = "batch = 30\ntable = 'item'\nwhere = 'old'\norphans = { grp = 'freed' }";

#[tokio::test]
async fn a_count_kept_in_the_parent_that_goes_too() {
    let place = groups("").await;
    let plan = place.plan(ITEMS).await.unwrap();
    assert_eq!(counts(&plan), "grp 15, item 300");
    let cleaned = place.run(ITEMS).await.unwrap();
    assert_eq!((gone(&cleaned), cleaned.planned, cleaned.rows()), ("grp 15, item 300".into(), 315, 315));
    assert_eq!(place.ask("SELECT min(items) || ' ' || max(items) || ' ' || count(*) FROM grp").await, "20 20 5");
}

#[tokio::test]
async fn a_trigger_that_deletes_the_parent_itself() {
    let place = groups(
        "CREATE FUNCTION swept() RETURNS trigger LANGUAGE plpgsql AS
           $$BEGIN DELETE FROM grp WHERE id = OLD.grp AND items = 0; RETURN OLD; END$$;
         CREATE TRIGGER swept AFTER DELETE ON item FOR EACH ROW EXECUTE FUNCTION swept()",
    )
    .await;
    assert_eq!(gone(&place.run(ITEMS).await.unwrap()), "grp 15, item 300");
    assert_eq!(place.ask("SELECT count(*) FROM grp").await, "5");
}

#[tokio::test]
async fn keys_of_several_columns_in_partitions_and_a_sibling_that_is_changed() {
    let place = Place::postgres();
    place
        .sql(
            "CREATE TABLE log (id int, at date, notes int NOT NULL DEFAULT 0, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
             CREATE TABLE log_old PARTITION OF log FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
             CREATE TABLE log_new PARTITION OF log DEFAULT;
             CREATE TABLE note (log int, at date, n int, text text, PRIMARY KEY (log, at, n), FOREIGN KEY (log, at) REFERENCES log);
             CREATE FUNCTION counted() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
               UPDATE log SET notes = notes - 1 WHERE id = OLD.log AND at = OLD.at; RETURN OLD; END$$;
             CREATE TRIGGER counted AFTER DELETE ON note FOR EACH ROW EXECUTE FUNCTION counted();
             INSERT INTO log SELECT n, CASE WHEN n <= 30 THEN date '2020-06-01' ELSE '2026-05-01' END FROM generate_series(1, 40) n;
             INSERT INTO note SELECT id, at, k, 'x' FROM log, generate_series(1, 3) k",
        )
        .await;
    let policy = "batch = 20\ntable = 'log'\ncolumn = 'at'\nolder_than = '1 year'\nreferences = { note = 'follow' }";
    assert_eq!(gone(&place.run(policy).await.unwrap()), "log 30, note 90");
    assert_eq!(place.ask("SELECT count(*) || ' ' || min(notes) FROM log").await, "10 0");
}

#[tokio::test]
async fn rows_that_are_pointed_at_nothing_may_change_what_goes() {
    let place = Place::postgres();
    place
        .sql(
            "CREATE TABLE a (id int PRIMARY KEY, old boolean, uses int NOT NULL DEFAULT 1);
             CREATE TABLE b (id int PRIMARY KEY, a_id int REFERENCES a);
             CREATE FUNCTION unused() RETURNS trigger LANGUAGE plpgsql AS
               $$BEGIN UPDATE a SET uses = uses - 1 WHERE id = OLD.a_id; RETURN NEW; END$$;
             CREATE TRIGGER unused AFTER UPDATE ON b FOR EACH ROW EXECUTE FUNCTION unused();
             INSERT INTO a VALUES (1, true), (2, true), (3, false); INSERT INTO b VALUES (1, 1), (2, 2), (3, 3)",
        )
        .await;
    let cleaned = place.run("table = 'a'\nwhere = 'old'\nreferences = { b = 'null' }").await.unwrap();
    assert_eq!((gone(&cleaned), cleaned.changed[0].rows), ("a 2".into(), 2));
    assert_eq!(place.ask("SELECT coalesce(a_id::text, '-') FROM b ORDER BY id").await, "- - 3");
}

#[tokio::test]
async fn a_row_that_a_trigger_keeps_is_told_though_it_was_moved() {
    let place = groups(
        "CREATE FUNCTION kept() RETURNS trigger LANGUAGE plpgsql AS
           $$BEGIN IF OLD.id = 7 THEN RETURN NULL; END IF; RETURN OLD; END$$;
         CREATE TRIGGER kept BEFORE DELETE ON grp FOR EACH ROW EXECUTE FUNCTION kept()",
    )
    .await;
    let error = place.run(ITEMS).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Verification, "{error:?}");
    assert!(error.one_line().contains("rows of `grp` were to go"), "{error:?}");
    let whole = "SELECT bool_and(items = (SELECT count(*) FROM item WHERE item.grp = grp.id)) FROM grp";
    assert_eq!((place.ask(whole).await, place.ask("SELECT id FROM grp WHERE id = 7").await), ("t".into(), "7".into()));
}
