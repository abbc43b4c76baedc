//! Lists: films, sounds and pictures one after the other as one source, and folders as slide shows.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use media::link::SourceLink;
use media::source::{Opening, SourceEvent, SourceHost};
use show::{
    Asset, AssetId, AssetKind, Feed, FileEnd, Format, FrameRate, LayoutId, PlayList, Raster, Show,
    SourceId, SourceKind, Start, Template,
};
use studio::sources::{MediaFile, origin};
use tests::canary::{Fault, real_time};
use tests::downstage::Downstage;
use tests::media::{self as made, Coding};
use tests::numbers::{self, Area};
use tests::time::{self, PATIENCE};
use tests::{decode, offline, shows};

const LD25: Format = Format { raster: Raster::Ld, rate: FrameRate::R25 };

/// What is seen on a frame: a pattern's tag and number, or how bright it is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Shown {
    Number(u8, u64),
    Luma(u8),
}

/// Two seconds of the pattern of this tag, with its clicks.
fn clip(tag: u8) -> PathBuf {
    made::kept(&format!("clip-{tag}.mp4"), |path| {
        made::film(path, LD25, 2, tag, Coding { kbps: 800, ..Coding::default() });
    })
}

fn picture(path: &Path, grey: u8) {
    let image = image::RgbImage::from_pixel(64, 36, image::Rgb([grey; 3]));
    image.save(path).expect("room");
}

fn asset(show: &mut Show, kind: AssetKind, path: &Path) {
    let id = AssetId(show.assets.len() as u32 + 1);
    let path = path.to_str().expect("UTF-8").to_owned();
    show.assets.push(Asset { id, path, kind, hash: None });
}

/// A show of a list of these files, alone on PGM.
fn show_of(files: &[(AssetKind, PathBuf)], edit: impl FnOnce(&mut PlayList)) -> Show {
    let mut show = Show::new("List", LD25);
    files.iter().for_each(|(kind, path)| asset(&mut show, *kind, path));
    let assets = show.assets.iter().map(|asset| asset.id).collect();
    let mut list = PlayList::new(assets, FileEnd::Loop);
    edit(&mut list);
    show.sources.push(shows::source(50, SourceKind::List(list)));
    show.sources.push(shows::source(51, SourceKind::TestPattern { tag: 9 }));
    for source in [50, 51] {
        let feed = [Feed::Source(SourceId(source))];
        show.layouts.push(Template::Single.layout(LayoutId(source + 10), "One", &feed));
    }
    show
}

/// What is seen on each frame, where the clicks are, and what was said.
struct Recorded {
    shown: Vec<Shown>,
    clicks: Vec<i64>,
    said: String,
}

fn recorded(folder: &Path, show: &Show, run: &str, commands: &[(&str, &str)]) -> Recorded {
    std::fs::write(folder.join("show.json"), show::file::encode(show)).expect("room");
    let mut arguments: Vec<&str> = run.split_whitespace().collect();
    for (at, command) in commands {
        arguments.extend(["--at", at, command]);
    }
    let mut run = Downstage::start(folder, &arguments);
    let ended = run.wait(PATIENCE).expect("it ends");
    assert_eq!(ended.code(), Some(0), "{}", run.stderr());
    let out = folder.join("out.mkv");
    let shown = decode::pictures(&out, |luma| {
        let whole = Area::whole(&luma);
        match numbers::read(&luma, whole).both() {
            Some((tag, number)) => Shown::Number(tag, number),
            None => Shown::Luma(luma.mean(whole).round() as u8),
        }
    });
    let sound = decode::sound(&out);
    let clicks = decode::clicks(&sound.samples).into_iter().map(|at| sound.time(at)).collect();
    let shown = shown.into_iter().map(|seen| seen.what).collect();
    Recorded { shown, clicks, said: run.stderr() }
}

const OFFLINE: &str = "run show.json --offline --record out.mkv --for";
const TAKE: [(&str, &str); 2] = [("0s", "load layout-60"), ("0s", "cut")];

fn count(tag: u8) -> impl Iterator<Item = Shown> {
    (0..50).map(move |number| Shown::Number(tag, number))
}

fn grey(grey: u8, frames: usize) -> impl Iterator<Item = Shown> {
    let luma = 16 + (u32::from(grey) * 219 + 127) / 255;
    std::iter::repeat_n(Shown::Luma(luma as u8), frames)
}

/// Every picture of every item once, on the frame after the one before, over laps; the clicks of the films too.
#[test]
fn films_and_pictures_follow_each_other_without_a_gap() {
    let folder = tempfile::tempdir().expect("a folder");
    let still = folder.path().join("still.png");
    picture(&still, 160);
    let files =
        [(AssetKind::Media, clip(1)), (AssetKind::Picture, still), (AssetKind::Media, clip(2))];
    let show = show_of(&files, |list| list.picture_millis = 1_000);
    let seen = recorded(folder.path(), &show, &format!("{OFFLINE} 12s"), &TAKE);
    let lap = || count(1).chain(grey(160, 25)).chain(count(2));
    let expected: Vec<Shown> = lap().chain(lap()).chain(lap()).take(300).collect();
    let wrong = seen.shown.iter().zip(&expected).position(|(seen, expected)| seen != expected);
    assert_eq!((wrong, seen.shown.len()), (None, 300), "{:?}", &seen.shown[40..90]);
    // A click with each second of a film; the first is in the fade of its take.
    let second = 1_000_000_000;
    let expected = [1, 3, 4, 5, 6, 8, 9, 10, 11].map(|at| at * second);
    assert_eq!(seen.clicks.len(), expected.len(), "{:?}", seen.clicks);
    for (click, expected) in seen.clicks.iter().zip(expected) {
        assert!((click - expected).abs() < 1_000_000, "{:?}", seen.clicks);
    }
}

/// A list that starts on its take begins with its first picture, and has the end of a film.
#[test]
fn a_list_starts_on_its_take_and_ends_as_a_film_does() {
    for (end, after) in [(FileEnd::Once, Shown::Number(2, 49)), (FileEnd::Black, Shown::Luma(16))] {
        let folder = tempfile::tempdir().expect("a folder");
        let files = [(AssetKind::Media, clip(1)), (AssetKind::Media, clip(2))];
        let show = show_of(&files, |list| list.end = end);
        let commands =
            [("0s", "load layout-61"), ("0s", "cut"), ("0s", "load layout-60"), ("1s", "cut")];
        let seen = recorded(folder.path(), &show, &format!("{OFFLINE} 6s"), &commands);
        let before = (0..25).map(|number| Shown::Number(9, number));
        let rest = std::iter::repeat_n(after, 25);
        let expected: Vec<Shown> = before.chain(count(1)).chain(count(2)).chain(rest).collect();
        let wrong = seen.shown.iter().zip(&expected).position(|(seen, expected)| seen != expected);
        assert_eq!((wrong, seen.shown.len()), (None, 150), "{end:?}: {:?}", seen.shown);
    }
}

/// A folder is a slide show, by name as people count; what is put into it is there on the next lap, and what cannot be
/// shown is left out and said.
#[test]
fn a_folder_is_shown_by_name_and_what_cannot_be_is_left_out_and_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let slides = folder.path().join("slides");
    std::fs::create_dir(&slides).expect("room");
    for (name, grey) in [("Slide 10.png", 200), ("slide 9.png", 120), ("slide 1.jpg", 40)] {
        picture(&slides.join(name), grey);
    }
    std::fs::write(slides.join("notes.txt"), "no slide").expect("room");
    std::fs::write(slides.join(".hidden.png"), "no slide").expect("room");
    std::fs::write(slides.join("slide 5.png"), "no picture").expect("room");
    let files = [(AssetKind::Folder, slides.clone())];
    let show = show_of(&files, |list| list.picture_millis = 400);
    let seen = recorded(folder.path(), &show, &format!("{OFFLINE} 3s"), &TAKE);
    let lap = || grey(40, 10).chain(grey(120, 10)).chain(grey(200, 10));
    let expected: Vec<Shown> = lap().chain(lap()).chain(lap()).take(75).collect();
    let near = |(seen, expected): (&Shown, &Shown)| match (seen, expected) {
        // A JPG is no exact grey.
        (Shown::Luma(seen), Shown::Luma(expected)) => seen.abs_diff(*expected) <= 2,
        _ => false,
    };
    let wrong = seen.shown.iter().zip(&expected).position(|both| !near(both));
    assert_eq!((wrong, seen.shown.len()), (None, 75), "{:?}", seen.shown);
    assert!(seen.said.contains("slide 5.png: it cannot be played"), "{}", seen.said);
}

/// Sound alone, films of other sizes and rates, and a film that is damaged in its middle.
#[test]
fn what_differs_in_everything_follows_each_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let tone = folder.path().join("tone.wav");
    offline::made(&tone, "-f lavfi -i sine=frequency=1000:duration=1:sample_rate=44100");
    let (cut, wide) = (folder.path().join("cut.mp4"), folder.path().join("wide.mp4"));
    std::fs::write(&cut, b"no film at all").expect("room");
    offline::made(&wide, "-f lavfi -i color=c=white:s=720x240:r=50:d=1 -pix_fmt yuv420p");
    let mut files: Vec<_> =
        [&clip(1), &tone, &cut, &wide].map(|path| (AssetKind::Media, path.clone())).into();
    let gone = folder.path().join("no-such-folder");
    files.insert(1, (AssetKind::Folder, gone));
    let show = show_of(&files, |_| {});
    let seen = recorded(folder.path(), &show, &format!("{OFFLINE} 5s"), &TAKE);
    let last = Shown::Number(1, 49);
    assert!(seen.shown[..50].iter().copied().eq(count(1)), "{:?}", seen.shown);
    assert!(seen.shown[50..74].iter().all(|seen| *seen == last), "sound alone: {:?}", seen.shown);
    assert!(
        seen.shown[76..99].iter().all(|seen| matches!(seen, Shown::Luma(120..))),
        "the other film: {:?}",
        seen.shown
    );
    assert_eq!(seen.shown[101], Shown::Number(1, 1), "the next lap: {:?}", seen.shown);
    assert!(seen.said.contains("cut.mp4"), "{}", seen.said);
    assert!(seen.said.contains("no-such-folder"), "{}", seen.said);
}

/// A list and a picture of it that have ended wait as long as they are asked to: their thread has nothing more to do.
#[test]
fn what_has_ended_costs_nothing_more() {
    media::init().expect("GStreamer");
    let files = [MediaFile { kind: AssetKind::Media, path: clip(1) }];
    let kind = SourceKind::List(PlayList::new(vec![AssetId(1)], FileEnd::Once));
    let opener = origin::opener(&kind, &files, LD25).expect("a list is opened");
    let link = Arc::<SourceLink>::default();
    let (pictures, sound) = (link.video.subscribe(), link.audio.subscribe());
    let opened = opener.open(Opening::default(), &link, SourceHost::new(|| 0, || {}));
    let mut opened = opened.expect("it opens");
    opened.roll();
    let mut shown = 0;
    let ended = time::wait_for(PATIENCE, || {
        let event = opened.next(Duration::from_millis(20));
        shown += std::iter::from_fn(|| pictures.pop()).filter(|item| item.what.is_some()).count();
        while sound.pop().is_some() {}
        (event == Some(SourceEvent::Ended)).then_some(())
    });
    assert!(ended.is_some() && shown == 50, "{ended:?} after {shown} pictures");
    let began = time::now();
    assert!((0..10).all(|_| opened.next(Duration::from_millis(20)).is_none()), "told once");
    let waited = began.elapsed();
    assert!(waited > Duration::from_millis(150), "ten times 20 ms are over after {waited:?}");
}

#[test]
fn a_list_of_which_nothing_can_be_played_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let (none, empty) = (folder.path().join("none.mp4"), folder.path().join("empty"));
    std::fs::create_dir(&empty).expect("room");
    let cases = [
        (AssetKind::Media, none, "none.mp4"),
        (AssetKind::Folder, empty, "nothing in it can be played"),
        (AssetKind::Folder, folder.path().join("gone"), "cannot be opened"),
    ];
    for (kind, path, said) in cases {
        let show = show_of(&[(kind, path)], |_| {});
        let seen = recorded(folder.path(), &show, &format!("{OFFLINE} 2s"), &TAKE);
        assert!(seen.said.contains(said), "{}", seen.said);
    }
}

/// In real time, while it is shown, hidden and shown again: it goes on where it was, whatever item that is.
#[test]
fn a_list_pauses_while_it_is_hidden_and_goes_on_where_it_was() {
    real_time("a list", FrameRate::R25, |_| {
        let folder = tempfile::tempdir().expect("a folder");
        let files = [(AssetKind::Media, clip(1)), (AssetKind::Media, clip(2))];
        let mut show = show_of(&files, |list| list.start = Some(Start::Free));
        show.transition = show::Transition { kind: show::TransitionKind::Cut, frames: 1 };
        let commands = [
            TAKE[0],
            TAKE[1],
            ("3s", "load layout-61"),
            ("3s", "cut"),
            ("3s", "load layout-61"),
            ("10s", "load layout-60"),
            ("10s", "cut"),
        ];
        let run = "run show.json --record out.mkv --for 14s";
        let seen = recorded(folder.path(), &show, run, &commands);
        let list: Vec<(u8, u64)> = seen
            .shown
            .iter()
            .filter_map(|shown| match shown {
                Shown::Number(tag @ 1..=2, number) => Some((*tag, *number)),
                _ => None,
            })
            .collect();
        let black =
            seen.shown.iter().skip(25).filter(|shown| matches!(shown, Shown::Luma(_))).count();
        // Each picture follows the one before, also over the pause.
        let place = |(tag, number): (u8, u64)| u64::from(tag - 1) * 50 + number;
        let gap = |pair: &[(u8, u64)]| (place(pair[1]) + 100 - place(pair[0])) % 100;
        let gaps: Vec<u64> = list.windows(2).map(gap).filter(|gap| *gap != 1).collect();
        println!("{} frames of the list, {gaps:?}, {black} black", list.len());
        if black > 0 || list.len() < 150 {
            return Err(Fault::Late(format!("{} frames of the list, {black} black", list.len())));
        }
        match gaps[..] {
            [] => Ok(()),
            // It is on PVW for a moment before it is hidden.
            [gap] if gap < 6 => Ok(()),
            _ => Err(Fault::Late(format!("{gaps:?}"))),
        }
    });
}
