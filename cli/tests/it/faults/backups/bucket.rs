//! Between a command and S3: the server refuses, slows down, breaks off, changes bytes. The moment is the number of a request.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use mainstay_testing::Fault;

use super::ground::{Ended, Ground, Server, files};
use super::line::{DENIED, EXPIRED, Line, NO_BUCKET, behind, requests, through};
use super::moments::chance;

#[test]
fn a_backup_to_a_bucket() {
    let mut ground = Ground::in_bucket(Server::shared());
    let args = ["backup", "create", "--jobs", "1"];
    let methods = requests(&mut ground, &args);
    ground.give_up_others();
    let lines = [
        (Line::Once(Fault::Status(500)), 2),
        (Line::Once(Fault::Status(503)), 2),
        (Line::Thrice(Fault::Status(503)), 2),
        (Line::Once(Fault::Drop), 3),
        (Line::Once(Fault::Deaf), 4),
        (Line::Once(Fault::Cut(5)), 3),
        (Line::Once(Fault::Flip(1001)), 4),
        (Line::Once(Fault::Garble(77)), 4),
        (Line::From(DENIED), 6),
        (Line::From(EXPIRED), 3),
        (Line::From(NO_BUCKET), 3),
    ];
    through(
        &mut ground,
        &args,
        &methods,
        &lines,
        |_| (),
        |ground, fault, ended| {
            // Whoever refuses to have the manifest read back has it.
            let sure = !fault.contains("From");
            ground.after_create(fault, ended, sure);
        },
    );
    assert_eq!(ground.faults, 36);
    ground.debris_goes();
}

/// The server has the manifest, and nobody hears of it or can take it away: the backup is there whole, or not at all.
#[test]
fn a_manifest_whose_answers_go_lost() {
    let mut ground = Ground::in_bucket(Server::shared());
    // By what is asked of the manifest, and how often that was asked before.
    type Decides = fn(&str, usize) -> Fault;
    let ways: [(&str, Decides); 8] = [
        ("never heard of", |method, _| if method == "PUT" { Fault::Deaf } else { Fault::None }),
        (
            "heard of the second time",
            |method, before| {
                if method == "PUT" && before == 0 { Fault::Deaf } else { Fault::None }
            },
        ),
        ("not to be read", |method, _| if method == "GET" { DENIED } else { Fault::None }),
        ("neither to be read nor removed", |method, _| if method == "PUT" { Fault::None } else { DENIED }),
        ("unheard of, then refused", |method, before| match (method, before) {
            ("PUT", 0) => Fault::Deaf,
            ("PUT", _) => DENIED,
            _ => Fault::None,
        }),
        (
            "unheard of, then all refused",
            |method, before| {
                if method == "PUT" && before == 0 { Fault::Deaf } else { DENIED }
            },
        ),
        ("read back as another", |method, _| if method == "GET" { Fault::Flip(40) } else { Fault::None }),
        ("read back as another, and not removed", |method, _| match method {
            "PUT" => Fault::None,
            "GET" => Fault::Flip(40),
            _ => DENIED,
        }),
    ];
    for (name, decide) in ways {
        let before = Mutex::new(BTreeMap::<String, usize>::new());
        let ended = behind(&mut ground, &["backup", "create", "--jobs", "1"], move |asked| {
            if !asked.path.ends_with("/manifest.json") {
                return Fault::None;
            }
            let mut before = before.lock().unwrap();
            let count = before.entry(asked.method.to_owned()).or_default();
            *count += 1;
            decide(asked.method, *count - 1)
        });
        ground.after_create(&format!("a manifest {name}"), &ended, false);
    }
    assert_eq!(ground.faults, 8);
    ground.debris_goes();
}

#[test]
fn a_backup_in_a_bucket_read_again() {
    let mut ground = Ground::in_bucket(Server::shared());
    let args = ["backup", "verify"];
    let methods = requests(&mut ground, &args);
    let lines = [
        (Line::Once(Fault::Status(500)), 2),
        (Line::Thrice(Fault::Status(503)), 2),
        (Line::Once(Fault::Drop), 2),
        (Line::Once(Fault::Cut(7)), 3),
        (Line::From(DENIED), 4),
    ];
    let truths = |ground: &mut Ground, fault: &str, _: &Ended| {
        ground.faults += 1;
        ground.untouched(fault);
        ground.good(fault, &args);
    };
    through(&mut ground, &args, &methods, &lines, |_| (), truths);
    // A byte that is changed on its way once is read again, in whichever file.
    let id = ground.proven.clone();
    for seed in 0..6 {
        let (data, at) = (format!("/{id}/"), chance(seed) as usize);
        let seen = AtomicUsize::new(0);
        let ended = behind(&mut ground, &args, move |asked| {
            let path = asked.path;
            let known = path.ends_with("manifest.json") || path.ends_with("proof.json") || !path.contains(&data);
            let hit = !known && seen.fetch_add(1, Ordering::SeqCst) as u64 == seed;
            if hit { Fault::Flip(at) } else { Fault::None }
        });
        assert_eq!(ended.code, 0, "{seed}: {ended:?}");
        truths(&mut ground, &format!("a changed byte in file {seed}"), &ended);
    }
    assert_eq!(ground.faults, 19);
    // One that is another each time it is read is damaged.
    let data = format!("/{id}/", id = ground.proven);
    let ended = behind(&mut ground, &args, move |asked| {
        let own =
            asked.path.contains(&data) && !["manifest.json", "proof.json"].iter().any(|end| asked.path.ends_with(end));
        if own { Fault::Flip(chance(7) as usize) } else { Fault::None }
    });
    assert_eq!(ended.code, 6, "{ended:?}");
}

#[test]
fn a_restore_from_a_bucket() {
    let mut ground = Ground::in_bucket(Server::own());
    let id = ground.proven.clone();
    let args = ["restore", &id, "--into", "came", "--jobs", "2"];
    let methods = requests(&mut ground, &args);
    ground.server.psql("postgres", "DROP DATABASE came");
    let lines = [
        (Line::Once(Fault::Status(503)), 2),
        (Line::Thrice(Fault::Status(500)), 2),
        (Line::Once(Fault::Drop), 2),
        (Line::Once(Fault::Cut(1500)), 3),
        (Line::From(DENIED), 4),
        (Line::From(EXPIRED), 2),
        (Line::Once(Fault::Flip(4001)), 6),
    ];
    through(
        &mut ground,
        &args,
        &methods,
        &lines,
        |_| (),
        |ground, fault, ended| ground.after_restore(fault, ended, "came"),
    );
    assert_eq!(ground.faults, 21);
}

#[test]
fn a_drill_from_a_bucket() {
    let mut ground = Ground::in_bucket(Server::own());
    let args = ["backup", "drill", "--on", "server", "--jobs", "2"];
    let methods = requests(&mut ground, &args);
    ground.proven_again();
    let lines = [
        (Line::Once(Fault::Status(503)), 2),
        (Line::Once(Fault::Drop), 2),
        (Line::Once(Fault::Deaf), 3),
        (Line::Once(Fault::Cut(1500)), 2),
        (Line::From(DENIED), 4),
        // A byte that changes on its way once is no reason to take a good backup for a bad one.
        (Line::Once(Fault::Flip(4001)), 6),
    ];
    through(&mut ground, &args, &methods, &lines, |_| (), Ground::after_drill);
    assert_eq!(ground.faults, 19);
}

/// What is half removed is no backup, and the next run goes on.
#[test]
fn a_bucket_that_is_pruned() {
    let mut ground = Ground::in_bucket(Server::shared());
    let args = ["backup", "prune"];
    ground.plant_old(3);
    let methods = requests(&mut ground, &args);
    let lines = [
        (Line::Once(Fault::Status(503)), 2),
        (Line::Once(Fault::Drop), 2),
        (Line::Once(Fault::Deaf), 2),
        (Line::From(DENIED), 6),
        (Line::From(EXPIRED), 2),
    ];
    through(&mut ground, &args, &methods, &lines, |ground| ground.plant_old(3), Ground::after_prune);
    assert_eq!(ground.faults, 14);
}

#[test]
fn an_export_from_a_bucket() {
    let mut ground = Ground::in_bucket(Server::shared());
    let args = ["backup", "export", "latest", "out"];
    let methods = requests(&mut ground, &args);
    let out = ground.cli.project().join("out");
    let whole = files(&out);
    std::fs::remove_dir_all(&out).unwrap();
    let lines = [
        (Line::Once(Fault::Drop), 2),
        (Line::Once(Fault::Cut(300)), 2),
        (Line::From(DENIED), 3),
        (Line::Once(Fault::Flip(999)), 4),
    ];
    through(
        &mut ground,
        &args,
        &methods,
        &lines,
        |_| (),
        |ground, fault, ended| ground.after_export(fault, ended, &out, &whole),
    );
    assert_eq!(ground.faults, 11);
}
