//! Damages that `verify` cannot see: the bytes are what the manifest says, and what a server makes of them is something else.

use std::process::Command;
use std::sync::Arc;

use mainstay::archive::toc::Toc;
use mainstay::backup::{Extent, Unlocking, Verified, verify};
use mainstay::observer::{Observer, Silent};
use mainstay_testing::{clients, server};

use super::lab::{Lab, at, liar};

const TABLES: &str = "
CREATE TABLE one (id serial, note text); CREATE TABLE two (id serial, note text); CREATE TABLE three (id serial, note text);
INSERT INTO one (note) SELECT 'one ' || n FROM generate_series(1, 40) n;
INSERT INTO two (note) SELECT 'two ' || n FROM generate_series(1, 40) n;
INSERT INTO three (note) SELECT 'three ' || n FROM generate_series(1, 40) n;";

const NAMES: [&str; 3] = ["one", "two", "three"];

async fn verified(lab: &Lab) -> Verified {
    let observer: Arc<dyn Observer> = Arc::new(Silent);
    verify(lab.store.as_ref(), &lab.found().await, &Unlocking::default(), Extent::All, &observer).await.unwrap()
}

/// Changes the table of contents; what the drill has to name.
fn damage(toc: &mut Toc, seed: usize) -> &'static str {
    let name = NAMES[seed / 6 % 3];
    let other = NAMES[(seed / 6 + 1) % 3];
    let data = at(toc, "TABLE DATA", name);
    match seed % 6 {
        // Rows are left out.
        0 => drop(toc.entries.remove(data)),
        // Rows of another table.
        1 => {
            let second = at(toc, "TABLE DATA", other);
            let file = std::mem::take(&mut toc.entries[data].file);
            toc.entries[data].file = std::mem::replace(&mut toc.entries[second].file, file);
        }
        // Columns that change places.
        2 => {
            let copy = format!("COPY public.{name} (note, id) FROM stdin;\n");
            toc.entries[data].copy = Some(copy.into_bytes());
            let table = at(toc, "TABLE", name);
            let text = format!("CREATE TABLE public.{name} (\n    id text,\n    note text\n);\n");
            toc.entries[table].definition = Some(text.into_bytes());
        }
        // Rows are changed on their way in.
        3 => liar(toc, name, 1 + seed % 40),
        // A sequence that starts over.
        4 => {
            let position = at(toc, "SEQUENCE SET", &format!("{name}_id_seq"));
            let text = format!("SELECT pg_catalog.setval('public.{name}_id_seq', {}, true);\n", 1 + seed % 39);
            toc.entries[position].definition = Some(text.into_bytes());
        }
        // Values are cut by the column that they go into.
        _ => {
            let table = at(toc, "TABLE", name);
            let text = format!(
                "CREATE TABLE public.{name} (\n    id integer,\n    note text GENERATED ALWAYS AS ('x') STORED\n);\n"
            );
            toc.entries[table].definition = Some(text.into_bytes());
            toc.entries[data].copy = Some(format!("COPY public.{name} (id) FROM stdin;\n").into_bytes());
        }
    }
    name
}

#[tokio::test]
async fn what_a_server_makes_of_it_is_compared() {
    let source = server().database();
    source.psql(TABLES);
    let lab = Lab::new(source.target()).await;
    let whole = lab.toc();
    for seed in 0..36 {
        let mut toc = whole.clone();
        let name = damage(&mut toc, seed);
        lab.replace("toc.dat", &toc.to_bytes()).await;
        assert_eq!(verified(&lab).await.damages, [], "{seed}: it is seen before");
        match lab.drill(|_| ()).await {
            Ok(drilled) => {
                assert!(!drilled.proven, "{seed}: {drilled:?}");
                let said = format!("{:?} {:?}", drilled.proof.mismatches, drilled.proof.failures);
                assert!(said.contains(name), "{seed}: {said}");
            }
            Err(error) => assert!(format!("{error:?}").contains(name), "{seed}: {error:?}"),
        }
    }
    lab.replace("toc.dat", &whole.to_bytes()).await;
    assert!(lab.drill(|_| ()).await.unwrap().proven);
}

/// Without the marker parallel workers of pg_restore empty the table under each other, and end with 0.
#[tokio::test]
async fn loads_that_do_not_say_that_they_share_a_table_are_found() {
    let source = server().database();
    source.psql("CREATE TABLE big (id bigint PRIMARY KEY, note text); INSERT INTO big SELECT n, md5(n::text) FROM generate_series(1, 4000) n");
    let lab = Lab::new(source.target()).await;
    let mut toc = lab.toc();
    let table = toc.entries[at(&toc, "TABLE", "big")].id;
    let loads = toc.entries.iter_mut().filter(|entry| entry.kind == "TABLE DATA");
    let mut count = 0;
    for load in loads {
        (load.definition, load.dependencies) = (None, vec![table]);
        count += 1;
    }
    assert!(count > 1, "the table has several loads");
    lab.replace("toc.dat", &toc.to_bytes()).await;

    let into = server().database();
    let binaries = clients().into_iter().find(|binaries| binaries.bin == server().binaries().bin).unwrap();
    let output = Command::new(binaries.program("pg_restore"))
        .args(["-U", "postgres", "-p", &server().port().to_string(), "-h"])
        .arg(server().socket())
        .args(["-j2", "-d", into.name()])
        .arg(lab.folder())
        .env_clear()
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_ne!(into.psql("SELECT count(*) FROM big"), "4000", "stock pg_restore has lost rows, and says nothing");

    let damages = verified(&lab).await.damages;
    assert_eq!((damages.len(), damages[0].file.as_str()), (1, "toc.dat"));
    assert!(damages[0].what.contains("public.big"), "{damages:?}");
}
