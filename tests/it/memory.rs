//! What the process keeps while a show is taken from one scene to the next, again and again.

use std::time::Duration;

use tests::canary::real_time;
use tests::downstage::Downstage;
use tests::time;

/// Takes a second.
const PACE: u64 = 7;
/// When it is measured, in seconds: after every source was open once, and at the end.
const MEASURED: [u64; 2] = [6, 26];
/// How much more it may hold at the end, in MB. It was 25 while each thread had its own part of the heap.
const MOST: u64 = 12;

#[test]
fn many_takes_leave_the_process_as_large_as_it_was() {
    real_time("many takes", show::FrameRate::R25, |_| {
        let folder = tempfile::tempdir().unwrap();
        let made = studio::cli::demo::write(&folder.path().join("demo")).unwrap();
        let show = made.to_str().unwrap();
        let mut arguments =
            ["run", show, "--for", "28s", "--record", "out.mkv"].map(str::to_owned).to_vec();
        for take in 1..=26 * PACE {
            let at = format!("{}ms", 1_000 + take * 1_000 / PACE);
            let scene = format!("take scene-{}", 41 + take % 5);
            arguments.extend(["--at".to_owned(), at, scene]);
        }
        let mut downstage = Downstage::start(folder.path(), &arguments);
        let began = time::now();
        let [before, after] = MEASURED.map(|second| {
            time::sleep_until(began + Duration::from_secs(second));
            downstage.pss() >> 20
        });
        let ended = downstage.wait(time::PATIENCE).expect("it ends");
        assert_eq!(ended.code(), Some(0), "{}", downstage.stderr());
        println!("{before} MB after {} s, {after} MB after {} s", MEASURED[0], MEASURED[1]);
        assert!(after <= before + MOST, "{before} MB became {after} MB");
        Ok(())
    });
}
