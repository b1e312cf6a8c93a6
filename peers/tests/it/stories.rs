//! What must hold with every tool: each goes on where the other stopped.

use mainstay::dialect::AppliedState;
use mainstay::migrate::{Goal, Problem};
use mainstay_peers::Service;

use super::peer::{Peer, Step, Undo};

const PEOPLE: Step = Step {
    number: 1,
    name: "people",
    up: "CREATE TABLE people (id int, name text);\nINSERT INTO people VALUES (1, 'Ada; Ödön');\n",
    down: "DROP TABLE people;\n",
    transaction: true,
};

const NOTES: Step = Step {
    number: 3,
    name: "two_notes",
    up: "CREATE TABLE notes (id int);\nCREATE TABLE more_notes (id int);\n",
    down: "DROP TABLE more_notes;\nDROP TABLE notes;\n",
    transaction: true,
};

/// An index, without a transaction where the tool has that.
fn index(peer: &impl Peer) -> Step {
    let step = Step {
        number: 2,
        name: "index",
        up: "CREATE INDEX people_name ON people (name);\n",
        down: "DROP INDEX people_name;\n",
        transaction: true,
    };
    if !peer.has_no_transaction() {
        return step;
    }
    let (up, down) =
        ("CREATE INDEX CONCURRENTLY people_name ON people (name);\n", "DROP INDEX CONCURRENTLY people_name;\n");
    Step { up, down, transaction: false, ..step }
}

fn write(peer: &impl Peer, service: &Service, steps: &[Step]) {
    for (file, text) in steps.iter().flat_map(|step| peer.files(step)) {
        service.write(&file, &text);
    }
}

/// Mainstay sees the first `count` as applied and whole, and nothing pending or wrong.
async fn all_is_applied(peer: &impl Peer, service: &Service, count: u32) {
    let state = service.state().await.expect("the tool's ledger reads");
    let versions: Vec<&str> = state.applied.iter().map(|applied| applied.version.as_str()).collect();
    let expected: Vec<String> = (1..=count).map(|number| peer.version(number)).collect();
    assert_eq!(versions, expected);
    assert!(state.applied.iter().all(|applied| applied.state == AppliedState::Done), "{:?}", state.applied);
    assert_eq!((state.pending, state.problems), (vec![], vec![]));
}

/// Mainstay applies what is pending.
async fn ours(service: &Service) -> Vec<String> {
    let report = service.go(Goal::Up).await.expect("we apply");
    report.done.iter().map(|done| done.version.as_str().to_owned()).collect()
}

/// The tool applies, we go on, and it sees nothing to do.
pub async fn they_apply_and_we_go_on(peer: &impl Peer) {
    let service = peer.service();
    write(peer, &service, &[PEOPLE, index(peer)]);
    assert_eq!(peer.up(&service).await, Ok(vec![peer.version(1), peer.version(2)]));
    all_is_applied(peer, &service, 2).await;
    assert!(ours(&service).await.is_empty());

    write(peer, &service, &[NOTES]);
    assert_eq!(ours(&service).await, [peer.version(3)]);
    assert_eq!(peer.up(&service).await, Ok(vec![]));
    all_is_applied(peer, &service, 3).await;
}

/// We apply, the tool sees nothing to do, then goes on.
pub async fn we_apply_and_they_go_on(peer: &impl Peer) {
    let service = peer.service();
    write(peer, &service, &[PEOPLE, index(peer)]);
    assert_eq!(ours(&service).await, [peer.version(1), peer.version(2)]);
    assert_eq!(peer.up(&service).await, Ok(vec![]));
    all_is_applied(peer, &service, 2).await;

    write(peer, &service, &[NOTES]);
    assert_eq!(peer.up(&service).await, Ok(vec![peer.version(3)]));
    all_is_applied(peer, &service, 3).await;
    assert!(ours(&service).await.is_empty());
}

/// A file is edited after the tool, and after Mainstay, has applied it. Where the tool has checksums, both refuse;
/// `words` are the tool's for it. Where it has none, neither sees anything.
pub async fn an_edited_file(peer: &impl Peer, words: Option<&str>) {
    for they_apply in [true, false] {
        let service = peer.service();
        write(peer, &service, &[PEOPLE]);
        let done = if they_apply { peer.up(&service).await.expect("applies") } else { ours(&service).await };
        assert_eq!(done, [peer.version(1)]);

        // A blank at an end of a line: no statement is another one.
        write(peer, &service, &[Step { up: "CREATE TABLE people (id int, name text); \n", ..PEOPLE }, NOTES]);
        let problems = service.state().await.expect("reads").problems;
        let Some(words) = words else {
            assert_eq!(problems, []);
            assert_eq!(ours(&service).await, [peer.version(3)]);
            assert_eq!(peer.up(&service).await, Ok(vec![]));
            continue;
        };
        let [Problem::Edited { version, .. }] = problems.as_slice() else { panic!("{problems:?}") };
        assert_eq!(version.as_str(), peer.version(1));
        let refused = service.go(Goal::Up).await.expect_err("we refuse");
        assert_eq!(refused.kind(), mainstay::ErrorKind::Verification, "{refused:?}");
        assert_eq!(peer.up(&service).await, Err(words.to_owned()));

        write(peer, &service, &[PEOPLE]);
        assert_eq!(peer.up(&service).await, Ok(vec![peer.version(3)]), "as it was, it is right again");
    }
}

/// A version comes after a higher one. Mainstay wants to be told; the tool applies it, or has `words` against it.
pub async fn a_late_version(peer: &impl Peer, words: Option<&str>) {
    let service = peer.service();
    write(peer, &service, &[PEOPLE, NOTES]);
    assert_eq!(peer.up(&service).await, Ok(vec![peer.version(1), peer.version(3)]));
    write(peer, &service, &[index(peer)]);
    let problems = service.state().await.expect("reads").problems;
    let [Problem::OutOfOrder { version, .. }] = problems.as_slice() else { panic!("{problems:?}") };
    assert_eq!(version.as_str(), peer.version(2));
    service.go(Goal::Up).await.expect_err("we refuse");
    match words {
        Some(words) => assert_eq!(peer.up(&service).await, Err(words.to_owned())),
        None => {
            assert_eq!(peer.up(&service).await, Ok(vec![peer.version(2)]));
            all_is_applied(peer, &service, 3).await;
        }
    }
}

/// What one has applied, the other undoes, and both know.
pub async fn one_undoes_what_the_other_did(peer: &impl Undo) {
    let service = peer.service();
    write(peer, &service, &[PEOPLE, index(peer), NOTES]);
    let all = [1, 2, 3].map(|number| peer.version(number));
    assert_eq!(peer.up(&service).await, Ok(all.to_vec()));
    for number in [3, 2] {
        let report = service.go(Goal::DownSteps(1)).await.expect("we undo");
        assert_eq!(report.done[0].version.as_str(), peer.version(number));
    }
    assert_eq!(peer.up(&service).await, Ok(all[1..].to_vec()), "the tool sees them as pending");

    for number in [3, 2] {
        peer.down(&service, number).await;
        let pending = service.state().await.expect("reads").pending;
        assert_eq!(pending[0].as_str(), peer.version(number), "we see it as pending");
    }
    assert_eq!(ours(&service).await, all[1..]);
    for number in [3, 2, 1] {
        peer.down(&service, number).await;
    }
    assert_eq!(ours(&service).await, all, "what we applied, it has undone");
}
