//! Connecting to a name with several addresses: all are tried, each a little after the one before it, and the first
//! that answers is taken.

use std::cell::Cell;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use media::rtmp::connecting::{
    MAX_ADDRESSES, NEXT_ADDRESS_NANOS, Resolving, Waiting, connect, interleaved,
};
use media::rtmp::{Cause, Lost, Phase};
use tests::canary::{real_time, within};
use tests::time;

/// An address that takes no connection and does not refuse it either: its queue is full, so that what comes is dropped,
/// as behind a firewall. For as long as what is yielded with it is kept.
struct DeadEnd {
    address: SocketAddr,
    _kept: (TcpListener, Vec<TcpStream>),
}

impl DeadEnd {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        rustix::net::listen(&listener, 0).unwrap();
        let address = listener.local_addr().unwrap();
        let mut kept = Vec::new();
        // As many as it takes until one is left unanswered.
        while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
            kept.push(stream);
        }
        Self { address, _kept: (listener, kept) }
    }
}

fn waiting<'a>(now: &'a dyn Fn() -> u64, is_stopped: &'a dyn Fn() -> bool) -> Waiting<'a> {
    Waiting { now, is_stopped }
}

/// An address where nobody listens: it refuses at once.
fn refusing() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[test]
fn a_name_whose_first_addresses_are_dead_is_reached_by_the_next() {
    real_time("dead addresses", show::FrameRate::R25, |_| {
        let (dead, alive) = (DeadEnd::new(), TcpListener::bind("127.0.0.1:0").unwrap());
        let alive = alive.local_addr().unwrap();
        for (dead_ends, addresses) in [
            (0, vec![alive, dead.address]),
            (1, vec![dead.address, alive]),
            (2, vec![dead.address, refusing(), dead.address, alive]),
        ] {
            let start = time::now();
            let stream = connect(&addresses, waiting(&time::nanos, &|| false)).unwrap();
            assert_eq!(stream.peer_addr().unwrap(), alive);
            let least = Duration::from_nanos(dead_ends * NEXT_ADDRESS_NANOS);
            assert!(start.elapsed() >= least, "{:?}", start.elapsed());
            within("connected", start.elapsed(), least + Duration::from_millis(200))?;
        }
        // One that answers late wins all the same over those behind it that never do.
        let start = time::now();
        let stopped = || start.elapsed() > Duration::from_millis(400);
        let ended = connect(&[dead.address; 3], waiting(&time::nanos, &stopped));
        assert!(matches!(ended, Err(Lost::Stopped)), "{ended:?}");
        within("stopped", start.elapsed(), Duration::from_millis(500))
    });
}

#[test]
fn addresses_that_do_not_answer_are_given_up_in_time_and_those_that_refuse_at_once() {
    let dead = DeadEnd::new();
    // A clock of our own, which goes on by a quarter of a second whenever it is asked.
    let clock = Cell::new(0);
    let now = || clock.replace(clock.get() + 250_000_000);
    let ended = connect(&[dead.address, refusing()], waiting(&now, &|| false));
    let limit = Cause::TimedOut(Phase::Connect);
    assert!(matches!(&ended, Err(Lost::Because(cause)) if *cause == limit), "{ended:?}");
    assert!(clock.get() >= Phase::Connect.seconds() * 1_000_000_000);
    let ended = connect(&[refusing(), refusing()], waiting(&now, &|| false));
    assert!(matches!(&ended, Err(Lost::Because(Cause::System(why))) if why.contains("refused")));
    let ended = connect(&[], waiting(&now, &|| false));
    assert!(matches!(ended, Err(Lost::Because(Cause::NoAddress))), "{ended:?}");
}

#[test]
fn families_take_turns_in_the_systems_order() {
    let v4 = |last| SocketAddr::from((IpAddr::V4(Ipv4Addr::new(192, 0, 2, last)), 1_935));
    let v6 = |last| {
        SocketAddr::from((IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last)), 1_935))
    };
    let turns = |addresses: &[SocketAddr]| Vec::from(interleaved(addresses));
    assert_eq!(turns(&[v6(1), v6(2), v6(3), v4(1)]), [v6(1), v4(1), v6(2), v6(3)]);
    assert_eq!(turns(&[v4(1), v4(2), v6(1), v6(2), v6(3)]), [v4(1), v6(1), v4(2), v6(2), v6(3)]);
    assert_eq!(turns(&[]), []);
    let many: Vec<_> = (0..200).map(v4).collect();
    assert_eq!(turns(&many), many[..MAX_ADDRESSES]);
}

#[test]
fn a_literal_address_is_not_looked_up_and_a_name_is() {
    let mut resolving = Resolving::default();
    let now = || 0;
    let mut resolve = |host| resolving.resolve((host, 1_935), waiting(&now, &|| false));
    assert_eq!(resolve("::1").unwrap(), ["[::1]:1935".parse().unwrap()]);
    assert_eq!(resolve("192.0.2.7").unwrap(), ["192.0.2.7:1935".parse().unwrap()]);
    assert!(resolve("localhost").unwrap().iter().all(|address| address.ip().is_loopback()));
    assert!(resolve("no-such-name.invalid").is_err());
}
