//! The reader role fails at every write, on every version, before and after.

use std::sync::Arc;

use mainstay::engine::Pieces;
use mainstay::roles::{Change, Deed, Password, Preset, Proposal};
use mainstay_testing::{TestServer, server, server_of};

use super::ground::{Ground, Notices, create, grant, outcome, revoke, titles};
use super::writes::{ELSEWHERE, NO_PRIVILEGE_FOR, SKIPPED, in_schema, on_table};

#[tokio::test]
async fn a_reader_fails_at_every_write() {
    cannot_write(server(), "reads").await;
}

#[tokio::test]
async fn on_the_oldest_server_too() {
    cannot_write(server_of(13), "reads13").await;
}

#[tokio::test]
async fn on_the_newest_server_too() {
    cannot_write(server_of(18), "reads18").await;
}

fn closing(role: &str) -> Change {
    let deed = Deed::Create { preset: Preset::Reader, password: Password::WhenNew, close_public: true };
    Change { role: role.into(), deed }
}

async fn cannot_write(server: &'static TestServer, stem: &str) {
    let ground = Ground::new(server, stem);
    let (owner, reader, second) = (format!("{stem}_owner"), format!("{stem}_reader"), format!("{stem}_second"));
    let doors = "CREATE FUNCTION rise() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'INSERT INTO public.before (v) VALUES (1)';
        CREATE PROCEDURE sink() LANGUAGE sql SECURITY DEFINER AS 'DELETE FROM public.before';
        CREATE FUNCTION nothing() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN END$$;
        SELECT lo_from_bytea(4242, '\\x00');
        GRANT INSERT ON before TO PUBLIC; GRANT UPDATE (v) ON before TO PUBLIC; GRANT USAGE ON SEQUENCE before_id_seq TO PUBLIC;
        CREATE FUNCTION own.put() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'INSERT INTO public.before (v) VALUES (1)';
        CREATE FUNCTION own.through() RETURNS void LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT own.put()';
        CREATE FUNCTION own.fixed() RETURNS void LANGUAGE sql IMMUTABLE SECURITY DEFINER AS 'SELECT own.put()';
        GRANT CREATE ON SCHEMA own TO PUBLIC; GRANT UPDATE ON LARGE OBJECT 4242 TO PUBLIC";
    ground.as_role(&owner, doors).unwrap();

    let proposal = ground.apply(&closing(&reader)).await.unwrap();
    assert_eq!(proposal.remains, [], "{:?}", titles(&proposal));
    let again = ground.plan(&closing(&reader)).await.unwrap();
    assert!(again.plan.is_empty() && again.remains.is_empty(), "{}", again.plan.to_text());

    // Tomorrow: by both who create, in new schemas too.
    ground
        .as_role(
            &owner,
            "CREATE TABLE after (id serial PRIMARY KEY); CREATE SCHEMA later; CREATE TABLE later.after (id int)",
        )
        .unwrap();
    ground.as_role(&second, "CREATE TABLE shared.after (id int)").unwrap();
    let tables =
        ["public.before", "own.before", "own.before_1", "shared.before", "public.after", "later.after", "shared.after"];
    for table in tables.into_iter().chain(["public.seen", "public.kept", "public.before_id_seq", "public.after_id_seq"])
    {
        ground.as_role(&reader, &format!("SELECT count(*) FROM {table}")).unwrap();
    }

    let mut other = ground.session(&owner).await;
    let pid = other.query("SELECT pg_backend_pid()").await.unwrap()[0][0].clone().unwrap();
    let named = |sql: &&str| {
        sql.replace("THE_OWNER", &owner).replace("THE_DATABASE", &ground.wish.database).replace("THE_PID", &pid)
    };
    let mut writes: Vec<String> = tables.iter().flat_map(|table| on_table(table)).collect();
    for schema in ["public", "own", "shared", "later", "pg_catalog", "information_schema"] {
        writes.extend(in_schema(schema));
    }
    writes.extend(ELSEWHERE.iter().map(named));
    if other.server().version_number >= 150_000 {
        writes.push("MERGE INTO before b USING before c ON b.id = c.id WHEN MATCHED THEN DELETE".into());
    }

    let notices = Arc::new(Notices::default());
    let mut session = ground.session_heard(&reader, notices.clone()).await;
    let belt = session.query("SHOW default_transaction_read_only").await.unwrap();
    assert_eq!(belt[0][0].as_deref(), Some("on"));
    assert_eq!(outcome(session.as_mut(), "DELETE FROM seen").await, Ok("42501".into()));
    // The belt is the reader's own to take off.
    session.query("SET default_transaction_read_only = off").await.unwrap();
    let before = ground.fingerprint();
    let mut done = Vec::new();
    for sql in &writes {
        // LOCK TABLE is for transactions alone.
        let begin = if sql.starts_with("LOCK") { "BEGIN; " } else { "" };
        match outcome(session.as_mut(), &format!("{begin}{sql}")).await {
            Ok(state) if state == "42501" => {}
            other => done.push(format!("{sql}: {other:?}")),
        }
        session.query("ROLLBACK; DEALLOCATE ALL").await.unwrap();
    }
    assert!(done.is_empty(), "not denied as it should be:\n{}", done.join("\n"));
    let mut copying = ground.session(&reader).await;
    copying.query("SET default_transaction_read_only = off").await.unwrap();
    let denied = copying.copy_in("COPY shared.before FROM STDIN", &mut Nothing).await.unwrap_err();
    assert_eq!(denied.sqlstate(), Some("42501"), "{denied:?}");
    // Without a provider of labels nobody gets as far as being asked for rights.
    assert!(outcome(session.as_mut(), "SECURITY LABEL ON TABLE before IS 'x'").await.is_ok());

    notices.take();
    for (sql, words) in SKIPPED {
        session.query(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        let said = notices.take().join("\n");
        assert!(words.iter().any(|word| said.contains(word)), "{sql}: {said}");
    }
    for sql in NO_PRIVILEGE_FOR {
        session.query(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }
    assert_eq!(ground.fingerprint(), before, "nothing has changed");

    // Those who have to work still can.
    for role in [&owner, &format!("{stem}_service")] {
        ground.as_role(role, "CREATE TEMP TABLE mine (id int); SELECT lo_unlink(lo_create(0)); SELECT rise()").unwrap();
    }
    ground.as_role(&second, "CREATE TABLE own.mine (id int)").unwrap();
}

struct Nothing;

#[async_trait::async_trait]
impl Pieces for Nothing {
    async fn next(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        Ok(None)
    }
}

#[tokio::test]
async fn what_remains_possible_is_said() {
    let ground = Ground::new(server(), "open");
    let proposal = ground.apply(&create("open_reader", Preset::Reader)).await.unwrap();
    let said: Vec<&str> = proposal.remains.iter().map(|remaining| remaining.what.as_str()).collect();
    assert_eq!(
        said,
        [
            "create large objects and write messages to the log, as everybody can",
            "create temporary tables, as everybody can"
        ]
    );
    let close = "mainstay role grant open_reader --preset reader --close-public";
    assert!(proposal.remains.iter().all(|remaining| remaining.mend == close), "{:?}", proposal.remains);
    ground.as_role("open_reader", "SET default_transaction_read_only = off").unwrap();
    assert_eq!(ground.psql("SELECT has_database_privilege('open_reader', current_database(), 'TEMP')"), "t");

    // Rights of its own are named with what takes them away.
    ground.psql(
        "CREATE ROLE open_group; GRANT open_group TO open_reader; GRANT DELETE ON before TO open_reader;
         ALTER ROLE open_reader CREATEDB; CREATE TABLE mine (id int); ALTER TABLE mine OWNER TO open_reader",
    );
    let proposal = ground.plan(&closing("open_reader")).await.unwrap();
    let mends: Vec<&str> = proposal.remains.iter().map(|remaining| remaining.mend.as_str()).collect();
    let expected = [
        "ALTER ROLE open_reader NOCREATEDB",
        "REVOKE open_group FROM open_reader",
        "REASSIGN OWNED BY open_reader TO …",
        "REVOKE INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON TABLE public.mine FROM open_reader",
    ];
    for mend in expected.into_iter().take(3) {
        assert!(mends.contains(&mend), "{mends:?}");
    }
    assert!(
        proposal.remains.iter().any(|remaining| remaining.what.starts_with("write to public.before")),
        "{proposal:?}"
    );
    ground.psql("ALTER ROLE open_reader SUPERUSER");
    let proposal = ground.plan(&create("open_reader", Preset::Reader)).await.unwrap();
    assert_eq!(proposal.remains[0].what, "do everything: it is a superuser");
}

#[tokio::test]
async fn functions_with_their_owners_rights_are_told_in_every_schema() {
    let ground = Ground::new(server(), "rise");
    let functions = "CREATE FUNCTION own.put() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'INSERT INTO public.before (v) VALUES (1)';
        CREATE FUNCTION own.through() RETURNS void LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT own.put()'";
    ground.as_role("rise_owner", functions).unwrap();
    let proposal = ground.apply(&create("rise_reader", Preset::Reader)).await.unwrap();
    let told = "call functions that have their owner's rights: own.put(), own.through(), as everybody can";
    assert!(proposal.remains.iter().any(|remaining| remaining.what == told), "{:?}", proposal.remains);
}

#[tokio::test]
async fn what_is_to_come_for_everybody_is_told_and_closed() {
    let ground = Ground::new(server(), "come");
    ground.apply(&closing("come_reader")).await.unwrap();
    ground.psql(
        "ALTER DEFAULT PRIVILEGES FOR ROLE come_owner GRANT INSERT, UPDATE ON TABLES TO come_reader;
         ALTER DEFAULT PRIVILEGES FOR ROLE come_owner IN SCHEMA public GRANT DELETE ON TABLES TO PUBLIC;
         ALTER DEFAULT PRIVILEGES FOR ROLE come_owner GRANT USAGE ON SEQUENCES TO PUBLIC;
         ALTER DEFAULT PRIVILEGES FOR ROLE come_second GRANT CREATE ON SCHEMAS TO PUBLIC",
    );
    let said = |proposal: &Proposal| -> Vec<(String, String)> {
        proposal.remains.iter().map(|one| (one.what.clone(), one.mend.clone())).collect()
    };
    let close = "mainstay role grant come_reader --preset reader --close-public";
    let own = "ALTER DEFAULT PRIVILEGES FOR ROLE come_owner REVOKE INSERT, UPDATE ON TABLES FROM come_reader";
    let own = ("write to tables that come_owner will create, by default privileges".to_owned(), own.to_owned());
    let told = |what: &str| (format!("{what} will create, by default privileges, as everybody can"), close.to_owned());
    assert_eq!(
        said(&ground.plan(&grant("come_reader", Preset::Reader)).await.unwrap()),
        [
            told("draw numbers from sequences that come_owner"),
            told("create in schemas that come_second"),
            own.clone(),
            told("write to tables that come_owner"),
        ]
    );

    let proposal = ground.apply(&closing("come_reader")).await.unwrap();
    assert_eq!(titles(&proposal), ["let no longer everybody write to what will be created"]);
    assert_eq!(said(&proposal), std::slice::from_ref(&own));
    ground.psql(&own.1);
    let proposal = ground.plan(&closing("come_reader")).await.unwrap();
    assert!(proposal.plan.is_empty() && proposal.remains.is_empty(), "{proposal:?}");
    ground.as_role("come_owner", "CREATE TABLE after (id serial)").unwrap();
    for sql in ["INSERT INTO after VALUES (1)", "DELETE FROM after", "SELECT nextval('after_id_seq')"] {
        ground.denied("come_reader", &format!("SET default_transaction_read_only = off; {sql}"));
    }
}

#[tokio::test]
async fn schemas_of_who_may_create_them_are_read_too() {
    let ground = Ground::new(server(), "maker");
    ground.psql(
        "CREATE ROLE maker_one LOGIN; CREATE ROLE maker_group; CREATE ROLE maker_two LOGIN IN ROLE maker_group;
         GRANT CREATE ON DATABASE maker_db TO maker_one, maker_group",
    );
    ground.apply(&create("maker_reader", Preset::Reader)).await.unwrap();
    for maker in ["maker_one", "maker_two"] {
        ground.as_role(maker, &format!("CREATE SCHEMA {maker}; CREATE TABLE {maker}.t (id int)")).unwrap();
        ground.as_role("maker_reader", &format!("SELECT FROM {maker}.t")).unwrap();
    }
}

#[tokio::test]
async fn every_mend_mends() {
    let ground = Ground::new(server(), "mend");
    ground.apply(&closing("mend_reader")).await.unwrap();
    ground.psql(
        "CREATE ROLE mend_inner; CREATE ROLE mend_outer; GRANT mend_inner TO mend_outer; GRANT mend_outer TO mend_reader;
         GRANT INSERT ON before TO mend_inner; GRANT UPDATE (id) ON own.before TO mend_inner;
         GRANT INSERT ON before, own.before TO mend_reader; GRANT DELETE ON shared.before TO mend_reader;
         GRANT UPDATE (v) ON before TO mend_reader; GRANT USAGE ON SEQUENCE before_id_seq TO mend_reader;
         GRANT CREATE ON SCHEMA own, shared TO mend_reader; GRANT TEMPORARY ON DATABASE mend_db TO mend_reader;
         GRANT EXECUTE ON FUNCTION lo_create(oid), lo_creat(int) TO mend_reader; GRANT DELETE ON before TO PUBLIC",
    );
    let proposal = ground.apply(&closing("mend_reader")).await.unwrap();
    assert_eq!(titles(&proposal), ["let no longer everybody write to public.before"]);
    let told: Vec<(&str, &str)> = proposal.remains.iter().map(|one| (one.what.as_str(), one.mend.as_str())).collect();
    let through = "write to own.before, public.before, as a member of mend_outer";
    assert!(told.contains(&(through, "REVOKE mend_outer FROM mend_reader")), "{told:?}");
    for (_, mend) in told {
        ground.psql(mend);
    }
    let proposal = ground.plan(&closing("mend_reader")).await.unwrap();
    assert_eq!(proposal.remains, []);
}

#[tokio::test]
async fn a_role_that_is_to_write_later_is_no_longer_held_back() {
    let ground = Ground::new(server(), "raised");
    ground.apply(&closing("raised_role")).await.unwrap();
    ground.apply(&revoke("raised_role", Preset::Reader)).await.unwrap();
    ground.denied("raised_role", "SELECT FROM before");
    ground.apply(&create("raised_role", Preset::App)).await.unwrap();
    let write = "INSERT INTO before (v) VALUES ('two'); CREATE TEMP TABLE t (id int); SELECT lo_unlink(lo_create(0))";
    ground.as_role("raised_role", write).unwrap();
    assert!(ground.plan(&create("raised_role", Preset::App)).await.unwrap().plan.is_empty());
}
