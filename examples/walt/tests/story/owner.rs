//! One process at a time owns the database.

use mainstay::ErrorKind;
use walt::owner;

use crate::SERVER;
use crate::ground::Ground;

/// # One owner
///
/// Any number of processes may make the database ready, but one alone answers for the platform: it holds a lease. A second
/// one is told who does, where, and since when. Once the first has given it back, the next may have it, with a higher number.
pub async fn only_one_process_owns_the_database(machine: &Ground) {
    let database = machine.database("walt");
    let first = owner::own(&database).await.unwrap();

    let error = owner::own(&machine.database("walt")).await.err().expect("it is taken");
    assert_eq!(error.kind(), ErrorKind::Locked, "{error:?}");
    assert!(error.message().contains(owner::HOLDER), "{error:?}");
    let standing = &database.leases().await.unwrap()[0];
    assert!(standing.held() && standing.pid == i64::from(std::process::id()), "{standing:?}");

    let fence = first.fence();
    first.release().await.unwrap();
    let next = owner::own(&database).await.unwrap();
    assert!(next.fence() > fence);
    next.release().await.unwrap();
}

/// # The owner, from outside
///
/// `walt serve` says that it owns the database, and serves until it is told to end; a second one does not start. The moment
/// the first is gone in order, the second may.
#[test]
fn a_second_server_is_told_who_serves() {
    let machine = Ground::new();
    let mut first = machine.serve(SERVER);
    assert!(first.line().starts_with("walt at "));
    assert!(first.line().ends_with("is ours, number 1"));

    let refused = machine.run(&["serve", SERVER, "192.168.152.1"]).expect_err("one is enough");
    assert!(refused.contains(owner::HOLDER) && refused.contains(&format!("process {}", first.pid())), "{refused}");

    assert!(first.end(), "it ends in order");
    let mut second = machine.serve(SERVER);
    second.line();
    assert!(second.line().ends_with("is ours, number 2"));
    assert!(second.end());
}
