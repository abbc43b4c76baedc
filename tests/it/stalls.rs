//! No thread but `program` costs a frame by standing still for less than half a second.

use std::process::Command;
use std::time::Duration;

use media::source::read_ahead::ReadAhead;
use show::{FrameRate, Raster};
use studio::program::wiring;
use tests::canary::{Fault, real_time};
use tests::downstage::Downstage;
use tests::jobs::{self, Job};
use tests::load::{self, Pinned};
use tests::time;

/// How long a thread stands still.
const STALL: Duration = Duration::from_millis(450);
/// How long the queues have to be well again before the next.
const BETWEEN: Duration = Duration::from_millis(800);
/// Seconds of each film.
const FILM: u32 = 10;

/// Lets each thread of the programme stand still in turn: it may work only when a processor has nothing else to do, and
/// the one that it is bound to is kept busy.
fn stalled(job: &Job) -> Result<(), Fault> {
    let folder = tempfile::tempdir().expect("a folder");
    let films = job.films(folder.path(), FILM);
    let record = folder.path().join("out.mkv");
    let show = job.write(folder.path(), &films, &record);
    let mut command = tests::downstage::at_home(folder.path());
    command.arg("run").arg(show).args(["--for", "32s", "--at", "0s"]);
    command.arg(format!("start {}", jobs::OUTPUT));
    let mut program = Downstage::run(command);
    time::sleep(Duration::from_secs(4));
    let names =
        ["audio", "encode-", "appsrc", "multiqueue", "qtdemux", "stage", "prepare", "record"];
    let mut stalled = Vec::new();
    for (name, thread) in load::thread_ids(program.pid()) {
        if names.iter().any(|begins| name.starts_with(begins)) && stalled.len() < 20 {
            let busy = Pinned::start();
            busy.starve(thread);
            time::sleep(STALL);
            busy.release(thread);
            drop(busy);
            stalled.push(name);
            time::sleep(BETWEEN);
        }
    }
    println!("stood still: {stalled:?}");
    let ended = program.wait(Duration::from_secs(60)).ok_or("it does not end")?;
    assert_eq!(ended.code(), Some(0), "{}", program.stderr());
    for needed in ["audio", "encode-", "appsrc", "multiqueue", "qtdemux"] {
        assert!(stalled.iter().any(|name| name.starts_with(needed)), "{needed}: {stalled:?}");
    }
    let seen = job.judge(&record, u64::from(FILM) * 25);
    println!("{seen:?}; {}", program.stdout().lines().last().unwrap_or_default());
    match seen.is_whole() {
        true => Ok(()),
        false => Err(Fault::Late(format!("{seen:?}"))),
    }
}

#[test]
fn a_thread_that_stands_still_for_less_than_half_a_second_costs_no_frame() {
    let has_tools = ["chrt", "taskset"].iter().all(|tool| {
        Command::new(tool).arg("--version").output().is_ok_and(|done| done.status.success())
    });
    assert!(has_tools, "chrt and taskset of util-linux are needed");
    real_time("threads that stand still", FrameRate::R25, |_| stalled(&jobs::TWO));
}

#[test]
fn queues_hold_more_than_half_a_second_at_every_raster_and_rate() {
    for raster in Raster::ALL {
        for rate in FrameRate::ALL {
            let format = show::Format { raster, rate };
            let (width, height) = raster.size();
            let picture = width as usize * height as usize * 3 / 2;
            let period = engine::FrameIndex(1).nanos(rate);
            let waiting = wiring::waiting(format);
            assert!(waiting as u64 * period >= 600_000_000, "{waiting} of {raster:?} at {rate}");
            let is_bounded =
                waiting * picture <= 128 << 20 || waiting as u64 * period < 650_000_000;
            assert!(is_bounded, "{waiting} of {raster:?} at {rate}");

            let ahead = ReadAhead::new(0);
            ahead.set_picture(period as i64, picture);
            let pictures = ahead.pictures();
            let left = pictures.saturating_sub(media::link::BURST) as u64 * period;
            // Of 2160p at 50 and more there is room for less.
            let is_large = pictures * picture + picture > 224 << 20;
            assert!(left >= 500_000_000 || is_large, "{pictures} of {raster:?} at {rate}");
            assert!(pictures * picture <= (224 << 20).max(8 * picture));
            assert!(pictures + media::link::BURST <= media::link::MAX_PICTURES);
        }
    }
}
