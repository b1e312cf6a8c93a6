//! Roles on real servers: what each preset may do and what it must not, and how roles come and go.

mod ground;
mod login;
mod presets;
mod reader;
mod removal;
mod writes;

use mainstay::roles::{self, Change, Deed, Password, Preset};
use mainstay::{Error, ErrorKind};
use mainstay_testing::{server, server_of};

use ground::{Ground, create, grant, revoke, titles};

#[tokio::test]
async fn a_second_time_changes_nothing() {
    let ground = Ground::new(server(), "twice");
    for preset in Preset::ALL {
        let role = format!("twice_the_{}", preset.name());
        let change = create(&role, preset);
        let proposal = ground.apply(&change).await.unwrap();
        assert!(!proposal.plan.is_empty());
        let again = ground.plan(&change).await.unwrap();
        assert!(again.plan.is_empty(), "{}", again.plan.to_text());
        ground.apply(&change).await.unwrap();

        let taken = ground.apply(&revoke(&role, preset)).await.unwrap();
        assert!(!taken.plan.is_empty(), "{preset:?}");
        assert!(ground.plan(&revoke(&role, preset)).await.unwrap().plan.is_empty());
        let access = "SELECT count(*) FROM pg_shdepend WHERE deptype = 'a' AND refobjid = '%'::regrole";
        assert_eq!(ground.psql(&access.replace('%', &role)), "0", "{preset:?} leaves nothing behind");
        assert_eq!(ground.psql(&format!("SELECT count(*) FROM pg_auth_members WHERE member = '{role}'::regrole")), "0");

        assert!(!ground.apply(&grant(&role, preset)).await.unwrap().plan.is_empty());
        ground.apply(&Change { role, deed: Deed::Drop { reassign_to: None } }).await.unwrap();
    }
}

#[tokio::test]
async fn a_plan_holds_for_the_state_it_was_made_for() {
    let ground = Ground::new(server(), "outdated");
    let change = create("outdated_reader", Preset::Reader);
    let proposal = ground.plan(&change).await.unwrap();
    ground.psql("CREATE TABLE meanwhile (id int)");
    let error = ground.apply_plan(&change, &proposal).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(error.message().contains("has changed since the plan was made"), "{error:?}");
    assert_eq!(ground.psql("SELECT count(*) FROM pg_roles WHERE rolname = 'outdated_reader'"), "0");
}

#[tokio::test]
async fn all_of_it_or_nothing() {
    let ground = Ground::new(server(), "whole");
    // The last step fails: granting on a table whose owner's right to grant is nobody's is fine, a broken trigger is not.
    ground.psql(
        "CREATE FUNCTION stop() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'no grants today'; END$$;
         CREATE EVENT TRIGGER stop ON ddl_command_end WHEN TAG IN ('GRANT') EXECUTE FUNCTION stop()",
    );
    let error = ground.apply(&create("whole_reader", Preset::Reader)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Sql);
    assert!(error.message().starts_with("cannot let whole_reader read what is there; nothing was done"), "{error:?}");
    assert_eq!(ground.psql("SELECT count(*) FROM pg_roles WHERE rolname = 'whole_reader'"), "0");
}

#[tokio::test]
async fn passwords_reach_the_server_as_verifiers() {
    let ground = Ground::new(server(), "secret");
    let stored = || ground.psql("SELECT coalesce(rolpassword, '') FROM pg_authid WHERE rolname = 'secret_reader'");
    let proposal = ground.apply(&create("secret_reader", Preset::Reader)).await.unwrap();
    assert!(proposal.wants_password());
    assert!(proposal.plan.to_sql().contains("LOGIN PASSWORD :role_password;"), "{}", proposal.plan.to_sql());
    let first = stored();
    assert!(first.starts_with("SCRAM-SHA-256$4096:"), "{first}");

    ground.apply(&create("secret_reader", Preset::Reader)).await.unwrap();
    assert_eq!(stored(), first, "a role that is there keeps its password");
    let new = Deed::Create { preset: Preset::Reader, password: Password::Always, close_public: false };
    let proposal = ground.apply(&Change { role: "secret_reader".into(), deed: new }).await.unwrap();
    assert_eq!(titles(&proposal), ["give role secret_reader a new password"]);
    assert_ne!(stored(), first);

    let none = Deed::Create { preset: Preset::Reader, password: Password::Never, close_public: false };
    ground.apply(&Change { role: "secret_peer".into(), deed: none }).await.unwrap();
    assert_eq!(ground.psql("SELECT rolpassword IS NULL FROM pg_authid WHERE rolname = 'secret_peer'"), "t");
}

#[tokio::test]
async fn names_of_all_sorts() {
    let ground = Ground::new(server_of(17), "names");
    ground.psql(r#"CREATE SCHEMA "Se cret"; CREATE TABLE "Se cret"."it's ""odd""" (id serial); CREATE TABLE "back\slash" (v int)"#);
    for role in [
        "Upper",
        "with space",
        "quo\"te",
        "apo'strophe",
        "back\\slash",
        "ünï",
        "a,b",
        "select",
        "$x$",
        ":role_password",
    ] {
        let change = create(role, Preset::Reader);
        ground.apply(&change).await.unwrap();
        assert!(ground.plan(&change).await.unwrap().plan.is_empty(), "{role}");
        let read = r#"SELECT count(*) FROM "Se cret"."it's ""odd"""; SELECT count(*) FROM "back\slash""#;
        assert_eq!(ground.as_role(role, read).unwrap(), "0\n0");
        ground.apply(&revoke(role, Preset::Reader)).await.unwrap();
        ground.apply(&Change { role: role.into(), deed: Deed::Drop { reassign_to: None } }).await.unwrap();
    }
}

#[tokio::test]
async fn who_may_do_what() {
    let ground = Ground::new(server(), "who");
    ground.apply(&create("who_reader", Preset::Reader)).await.unwrap();
    ground.apply(&create("who_app", Preset::App)).await.unwrap();
    let mut session = ground.session("postgres").await;
    let names = ["who_reader", "who_app", "who_owner"].map(str::to_owned);
    let listed = roles::list(session.as_mut(), &names, false).await.unwrap();
    let row = |name: &str| listed.iter().find(|who| who.role == name).unwrap();
    let public = |name: &str| {
        let schema = row(name).schemas.iter().find(|schema| schema.schema == "public").unwrap();
        assert_eq!(schema.tables, 3);
        (schema.create, schema.reads, schema.writes, schema.tomorrow.as_str())
    };
    assert_eq!(listed[0].role, "PUBLIC");
    assert_eq!(public("PUBLIC"), (false, 0, 0, ""));
    assert_eq!(public("who_reader"), (false, 3, 0, "read"));
    assert_eq!(public("who_app"), (false, 3, 3, "read, write"));
    assert_eq!(public("who_owner"), (true, 3, 3, ""));
    assert!(row("who_owner").is.contains(&"owner".to_owned()) && row("who_owner").create);
    assert!(row("who_reader").temp && row("who_reader").connect && !row("who_reader").create);

    let few = roles::list(session.as_mut(), &[], false).await.unwrap();
    let all = roles::list(session.as_mut(), &[], true).await.unwrap();
    ground.psql("CREATE ROLE who_nobody LOGIN");
    let named = |listed: &[roles::Who], name: &str| listed.iter().any(|who| who.role == name);
    assert!(named(&few, "who_app") && !named(&few, "who_nobody") && all.len() >= few.len());
    assert!(named(&roles::list(session.as_mut(), &[], true).await.unwrap(), "who_nobody"));
    let error = roles::list(session.as_mut(), &["who_is_it".into()], false).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn what_cannot_be_is_refused_before_anything_runs() {
    let ground = Ground::new(server(), "bad");
    ground.psql("CREATE ROLE bad_known LOGIN");
    let drop = |role: &str| Change { role: role.into(), deed: Deed::Drop { reassign_to: None } };
    let close = |preset| Deed::Grant { preset, close_public: true };
    let cases: Vec<(Change, ErrorKind, &str)> = vec![
        (create("", Preset::Reader), ErrorKind::Usage, "no name that a server takes"),
        (create(&"x".repeat(64), Preset::Reader), ErrorKind::Usage, "no name that a server takes"),
        (create("nul\0", Preset::Reader), ErrorKind::Usage, "no name that a server takes"),
        (create("pg_mine", Preset::Reader), ErrorKind::Usage, "PostgreSQL keeps for itself"),
        (create("public", Preset::Reader), ErrorKind::Usage, "PostgreSQL keeps for itself"),
        (create("bad_owner", Preset::Reader), ErrorKind::Refused, "is the owner of database bad_db"),
        (create("bad_service", Preset::Reader), ErrorKind::Refused, "is what the service logs in as"),
        (revoke("bad_owner", Preset::App), ErrorKind::Refused, "is the owner of database bad_db"),
        (grant("bad_knowm", Preset::Reader), ErrorKind::NotFound, "role bad_knowm does not exist"),
        (revoke("bad_knowm", Preset::Reader), ErrorKind::NotFound, "role bad_knowm does not exist"),
        (drop("bad_knowm"), ErrorKind::NotFound, "role bad_knowm does not exist"),
        (Change { role: "bad_known".into(), deed: close(Preset::App) }, ErrorKind::Usage, "is for --preset reader"),
    ];
    let before = ground.fingerprint();
    for (change, kind, words) in cases {
        let error: Error = ground.apply(&change).await.expect_err(words);
        assert_eq!(error.kind(), kind, "{change:?}: {error:?}");
        assert!(error.message().contains(words), "{change:?}: {error:?}");
        if kind == ErrorKind::NotFound {
            assert!(error.hints()[0].starts_with("did you mean bad_known?"), "{error:?}");
        }
    }
    assert_eq!(ground.fingerprint(), before);
}

#[tokio::test]
async fn rights_that_are_lacking_are_told_before_anything_runs() {
    let ground = Ground::new(server(), "lack");
    ground.psql("CREATE ROLE lack_nobody LOGIN");
    let mut session = ground.session("lack_nobody").await;
    let closing = Deed::Create { preset: Preset::Reader, password: Password::Never, close_public: true };
    let change = Change { role: "lack_reader".into(), deed: closing };
    let proposal =
        roles::plan(session.as_mut(), &change, &ground.wish).await.expect("a plan to hand to somebody who may");
    assert!(!proposal.plan.to_sql().contains("SET LOCAL ROLE"), "a superuser needs none: {}", proposal.plan.to_sql());
    let error = roles::apply(session.as_mut(), &change, &ground.wish, &proposal.plan, None, &ground::context()).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    for words in
        ["CREATEROLE (to create role lack_reader", "SUPERUSER (to let no longer everybody store", "act as lack_owner"]
    {
        assert!(error.message().contains(words), "{error:?}");
    }
    assert_eq!(ground.psql("SELECT count(*) FROM pg_roles WHERE rolname = 'lack_reader'"), "0");

    // Whoever may become the owner and create roles needs no superuser.
    ground.psql("CREATE ROLE lack_deputy LOGIN CREATEROLE; GRANT lack_owner, lack_second TO lack_deputy");
    let mut session = ground.session("lack_deputy").await;
    let change = create("lack_reader", Preset::Reader);
    let proposal = roles::plan(session.as_mut(), &change, &ground.wish).await.unwrap();
    let password = roles::generate().unwrap();
    roles::apply(session.as_mut(), &change, &ground.wish, &proposal.plan, Some(&password), &ground::context())
        .await
        .unwrap();
    assert_eq!(ground.as_role("lack_reader", "SELECT count(*) FROM before").unwrap(), "1");
}
