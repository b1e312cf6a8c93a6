//! A connection that carries nothing any more, without a word to either side.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use mainstay_testing::TestServer;

use super::Place;
use crate::mainstay;

/// Carries connections to `port` until told to carry nothing; they stay open then.
fn carrier(port: u16, cut: &Arc<AtomicBool>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = listener.local_addr().unwrap().port();
    let cut = Arc::clone(cut);
    std::thread::spawn(move || {
        for near in listener.incoming() {
            let near = near.unwrap();
            let far = TcpStream::connect(("127.0.0.1", port)).unwrap();
            carry(near.try_clone().unwrap(), far.try_clone().unwrap(), Arc::clone(&cut));
            carry(far, near, Arc::clone(&cut));
        }
    });
    own
}

fn carry(mut from: TcpStream, mut to: TcpStream, cut: Arc<AtomicBool>) {
    std::thread::spawn(move || {
        let mut piece = [0; 8192];
        while let Ok(read @ 1..) = from.read(&mut piece) {
            while cut.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(20));
            }
            if to.write_all(&piece[..read]).is_err() {
                return;
            }
        }
        let _ = to.shutdown(std::net::Shutdown::Both);
    });
}

#[test]
fn a_holder_that_is_cut_off_gives_up_and_the_next_one_starts_later() {
    let server = TestServer::start(&[("listen_addresses", "127.0.0.1")], "host all all 127.0.0.1/32 trust");
    let cut = Arc::new(AtomicBool::new(false));
    let through = carrier(server.port(), &cut);
    let url = |port: u16| format!("postgresql://postgres@127.0.0.1:{port}/postgres?sslmode=disable");
    let mut cli = mainstay();
    cli.env("DATABASE_URL", &url(through));
    let mut near = Place { cli, database: None };
    let mut cli = mainstay();
    cli.env("DATABASE_URL", &url(server.port()));
    let mut far = Place { cli, database: None };

    let first = near.ticking(&[], "ticks");
    cut.store(true, Ordering::Relaxed);
    let begun = Instant::now();
    let run = far.run(&["--wait", "20s"], &["sh", "-c", "date +%s%N; echo $MAINSTAY_FENCE"]);
    assert_eq!(run.code, 0, "{run:?}");
    let mut lines = run.stdout.lines();
    let started: u128 = lines.next().unwrap().parse().unwrap();
    assert!(near.last_tick("ticks") < started, "two at once");
    assert_eq!(lines.next(), Some("2"));
    assert!(begun.elapsed() > Duration::from_millis(1200));
    let (code, _, err) = first.end();
    assert!(code == Some(1) && err.contains("no renewal got through before the deadline"), "{err}");
}
