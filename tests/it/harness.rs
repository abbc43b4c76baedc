//! The harness itself: what judges others is judged here.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use show::{Format, FrameRate, Raster};
use tests::canary::{Fault, real_time};
use tests::downstage::{self, Downstage, Signal};
use tests::media::{self, Coding};
use tests::nginx::{self, Nginx, Options};
use tests::numbers::{self, Area};
use tests::order::every_number;
use tests::time::{self, PATIENCE};
use tests::{decode, sei};

#[test]
fn clicks_are_found_to_the_sample_in_noise() {
    let mut noise = tests::signals::noise();
    let mut samples: Vec<f32> = (0..2 * 48_000 * 4).map(|_| 0.05 * noise() as f32).collect();
    let wanted = [0, 48_000, 96_017, 144_123];
    for start in wanted {
        for sample in 0..480 {
            let wave = (sample as f32 / 48.0 * std::f32::consts::TAU).cos() * 0.5;
            samples[2 * (start + sample)] += wave;
        }
    }
    // Something else that is loud, and a click that is cut off by the end.
    samples[2 * 70_000] = 1.0;
    for sample in 0..100 {
        samples[2 * (48_000 * 4 - 100 + sample)] = 0.5;
    }
    assert_eq!(decode::clicks(&samples), wanted);
}

#[test]
fn offsets_have_their_sign_and_their_worst() {
    let offset = decode::offset(&[0, 1_000_000_000], &[2_000_000, 996_000_000]);
    assert_eq!((offset.seconds, offset.mean_millis, offset.worst_millis), (2, -1.0, -4.0));
    assert!(catch_unwind(|| decode::offset(&[0], &[300_000_000])).is_err(), "no click is a fault");
}

/// A film as they come: B frames, grain, a rate that is no whole number. Every number is read in
/// order of time, each flash has its click.
#[test]
fn a_film_says_its_numbers_and_is_in_step() {
    let format = Format { raster: Raster::Sd, rate: FrameRate::R29_97 };
    for name in ["grain-2.mp4", "grain-2.mkv"] {
        let coding = Coding { grain: 12, ..Coding::default() };
        let path = media::kept(name, |path| media::film(path, format, 4, 11, coding));
        let seen = decode::pictures(&path, |luma| numbers::read(&luma, Area::whole(&luma)).both());
        assert_eq!(seen.len(), 119);
        let first = seen[0].pts;
        for (n, seen) in (0..).zip(&seen) {
            assert_eq!(seen.what, Some((11, n)), "{name}");
            // Wherever B frames have it begin, it goes on as the frames do.
            let due = first + engine::FrameIndex(n).nanos(format.rate) as i64;
            assert!((seen.pts - due).abs() <= 1_000_000, "{name}, frame {n}");
        }
        assert!(decode::probe(&path, "frame=pict_type").contains('B'), "{name} has B frames");
        let offset = decode::click_against_flash(&path);
        assert!(offset.worst_millis.abs() < 1.0, "{name}: {offset:?}");
        // x264 writes its own message into the first picture.
        let messages = sei::messages(&path);
        assert_eq!((messages[0].unit, messages[0].key, messages[0].payload_type), (0, true, 5));
        assert!(messages[0].layout_volume().is_none());
    }
}

#[test]
fn pictures_for_tests_are_what_they_say() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    media::logo(&path("logo.png"), 200);
    assert_eq!(decode::probe(&path("logo.png"), "stream=width,height,pix_fmt"), "200,200,rgba");
    media::huge_png(&path("huge.png"));
    let size = fs::metadata(path("huge.png")).unwrap().len();
    assert!((12 << 20..16 << 20).contains(&size), "{size}");
    media::bomb_png(&path("bomb.png"));
    let bytes = fs::read(path("bomb.png")).unwrap();
    assert!(bytes.len() < 200 && bytes[16..24] == [0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
    // The CRC of IEND is the same in every PNG.
    assert_eq!(bytes[bytes.len() - 4..], [0xae, 0x42, 0x60, 0x82]);
}

/// A client that publishes a film again and again, a server between, and a client that pulls.
#[test]
fn a_published_film_is_pulled_from_the_server_until_its_publisher_stops() {
    let server = Nginx::start(Options::default());
    let url = format!("{}/film", server.url());
    let mut publisher = nginx::publish(&media::small_film(6), &url);
    assert!(server.wait_for_stream("film"), "{}{}", server.stat(), server.log());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pulled.flv");
    assert!(nginx::pull(&url, 3, &path));
    let seen = decode::pictures(&path, |luma| numbers::read(&luma, Area::whole(&luma)).both());
    // Sound comes at once, pictures with the next keyframe.
    assert!(seen.len() >= 20, "{}", seen.len());
    let first = seen[0].what.unwrap().1;
    // Where it was cut off, B frames are missing between the last pictures.
    for (n, seen) in (0..).zip(&seen[..seen.len() - 4]) {
        assert_eq!(seen.what, Some((6, (first + n) % 150)));
    }
    publisher.stop();
    let gone = || (!server.stat().contains("<publishing/>")).then_some(());
    assert!(time::wait_for(PATIENCE, gone).is_some(), "{}", server.stat());
}

#[test]
fn the_program_is_run_watched_and_ended_from_outside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("show.json");
    studio::storage::show_files::save(&tests::shows::full(), &path).unwrap();
    let mut program = Downstage::start(folder.path(), &["check", "show.json"]);
    assert!(program.wait_for("no faults", PATIENCE));
    assert!(program.wait(PATIENCE).unwrap().success());
    assert_eq!(
        (program.stdout().as_str(), program.stderr().as_str()),
        ("show.json: no faults\n", "")
    );

    // A tree of processes: its CPU time and memory are seen, and none of it outlives us.
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "(while :; do :; done) & echo begun $!; wait"]);
    let mut program = Downstage::run(shell);
    assert!(program.wait_for("begun", PATIENCE));
    let busy = || (program.cpu() > Duration::from_millis(100)).then_some(());
    assert!(time::wait_for(PATIENCE, busy).is_some(), "{:?}", program.cpu());
    assert!(program.pss() > 100_000, "{}", program.pss());
    assert!(program.wait(Duration::from_millis(50)).is_none());
    let answer = program.stdout();
    let child = answer.split_whitespace().nth(1).unwrap().to_owned();
    drop(program);
    let gone = || {
        let stat = fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
        // What was killed may wait to be collected.
        (stat.is_empty() || stat.contains(") Z ")).then_some(())
    };
    assert!(time::wait_for(PATIENCE, gone).is_some(), "{child} lives");

    let mut sleeper = Downstage::run({
        let mut command = std::process::Command::new("sleep");
        command.arg("60");
        command
    });
    sleeper.signal(Signal::TERM);
    assert!(!sleeper.wait(PATIENCE).unwrap().success());
}

#[test]
fn what_is_late_is_judged_by_what_the_machine_allowed() {
    let late = || Fault::Late("as it may".to_owned());
    // A machine that is late: time is given again, and then it is enough that all is in order.
    let mut runs = 0;
    real_time("never in time", FrameRate::R25, |canary| {
        runs += 1;
        canary.delay_for_test(Duration::from_millis(60));
        assert!(canary.doubt().is_some_and(|doubt| doubt.starts_with("the canary woke ")));
        Err(late())
    });
    assert_eq!(runs, 3);
    // What is wrong on any machine is wrong there, if it does not pass by.
    for (passes_by, panics) in [(false, false), (false, true), (true, false), (true, true)] {
        let mut runs = 0;
        let judged = catch_unwind(AssertUnwindSafe(|| {
            real_time("wrong", FrameRate::R25, |canary| {
                runs += 1;
                canary.delay_for_test(Duration::from_millis(60));
                if passes_by && runs == 3 {
                    return Ok(());
                }
                assert!(!panics, "wrong: as it should");
                Err("as it should".into())
            });
        }));
        assert_eq!((judged.is_ok(), runs), (passes_by, 3));
        if let Err(said) = judged
            && !panics
        {
            assert_eq!(*said.downcast::<String>().unwrap(), "wrong: as it should");
        }
    }
}

#[test]
fn numbers_are_in_order_or_late_or_wrong() {
    let judge = |numbers: &[u64], said| {
        let frames: Vec<_> = numbers.iter().map(|number| vec![None, Some(*number)]).collect();
        let one: Vec<_> = frames.iter().map(|frame| vec![frame[1]]).collect();
        assert!(matches!(every_number(&frames, &[None, None], said), Err(Fault::Wrong(_))));
        match every_number(&one, &[Some(6)], said) {
            Ok(frames) => format!("{frames}"),
            Err(Fault::Late(_)) => "late".to_owned(),
            Err(Fault::Wrong(_)) => "wrong".to_owned(),
        }
    };
    assert_eq!(judge(&[4, 5, 0, 1], 0), "4");
    // One seen again, and the next in its time; or all that follow later by one.
    for numbers in [&[4, 5, 5, 1, 2][..], &[4, 5, 5, 0, 1], &[3, 3, 3, 0, 1]] {
        assert_eq!(judge(numbers, 2), "late", "{numbers:?}");
        assert_eq!(judge(numbers, 0), "wrong", "{numbers:?}: the program does not say it");
    }
    // One missing for which none was seen again, or before it was; and back.
    for numbers in [&[4, 0, 1][..], &[4, 0, 0, 1], &[4, 5, 4, 5], &[1, 1, 1, 5]] {
        assert_eq!(judge(numbers, 9), "wrong", "{numbers:?}");
    }
    assert_eq!(downstage::repeated("   1 s  25 frames, 7 repeated, 0 late\nend\n"), 7);
    assert_eq!(downstage::repeated("25 frames, 7 repeated, 0 late, 3 starved\nend\n"), 10);
    assert_eq!(downstage::repeated("nothing"), 0);
}
