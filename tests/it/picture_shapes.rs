//! Films are shown as they are meant to be seen: as wide as their pixels are, and turned as they were taken.

use std::fs;
use std::path::Path;

use media::source::{FileOpener, Opener};
use show::{
    Feed, FileEnd, Format, FrameRate, LayoutId, Pane, Raster, Rect, Show, SourceId, SourceKind,
    Template,
};
use tests::canary::{Fault, real_time};
use tests::decode::{self, Seen};
use tests::downstage::Downstage;
use tests::live_server::{LiveServer, Sending};
use tests::numbers::{Area, Luma};
use tests::offline::{made, recorded};
use tests::shows;
use tests::time::PATIENCE;

const LD25: Format = Format { raster: Raster::Ld, rate: FrameRate::R25 };
/// Codes of the quarters of a test film: left and right of the top, and of the bottom.
const QUARTERS: [u8; 4] = [210, 160, 110, 60];

/// A picture of this size in four greys.
fn quarters(path: &Path, (width, height): (usize, usize)) {
    let mut bytes = format!("P5 {width} {height} 255\n").into_bytes();
    for row in 0..height {
        for column in 0..width {
            bytes.push(QUARTERS[2 * (row * 2 / height) + column * 2 / width]);
        }
    }
    fs::write(path, bytes).expect("room");
}

/// A film of such a picture, two seconds long.
fn film(folder: &Path, name: &str, size: (usize, usize), arguments: &str) -> std::path::PathBuf {
    let (picture, film) = (folder.join("quarters.pgm"), folder.join(name));
    quarters(&picture, size);
    let input = format!("-loop 1 -framerate 25 -t 2 -i {}", picture.display());
    let coded = if name.ends_with("mpg") { "mpeg2video -b:v 4M" } else { "libx264 -bf 0 -g 5" };
    made(&film, &format!("{input} -c:v {coded} -pix_fmt yuv420p {arguments}"));
    film
}

/// What is seen of a picture on black: where it begins and ends, across and down.
fn seen(luma: Luma<'_>) -> [usize; 4] {
    let is_lit = |x: usize, y: usize| luma.data[y * luma.stride + x] > 32;
    // Near the middle, where even a narrow picture is, and beside the edges of the quarters.
    let (x, y) = (luma.width * 7 / 16, luma.height * 7 / 16);
    let row: Vec<usize> = (0..luma.width).filter(|x| is_lit(*x, y)).collect();
    let column: Vec<usize> = (0..luma.height).filter(|y| is_lit(x, *y)).collect();
    let ends = |lit: Vec<usize>| [lit.first(), lit.last()].map(|end| end.map_or(0, |end| *end));
    let ([left, right], [top, bottom]) = (ends(row), ends(column));
    [left, right + 1, top, bottom + 1]
}

/// Where a picture is seen on 640x360 whose width is so many times its height.
fn expected(aspect: f64) -> [f64; 4] {
    let (wide, high) = (640.0_f64.min(360.0 * aspect), 360.0_f64.min(640.0 / aspect));
    [320.0 - wide / 2.0, 320.0 + wide / 2.0, 180.0 - high / 2.0, 180.0 + high / 2.0]
}

fn assert_seen(what: &str, seen: [usize; 4], aspect: f64) {
    let wanted = expected(aspect);
    let is_near = seen.iter().zip(wanted).all(|(seen, wanted)| (*seen as f64 - wanted).abs() < 2.1);
    assert!(is_near, "{what}: {seen:?}, not {wanted:?}");
}

#[test]
fn films_are_as_wide_as_their_pixels() {
    crate::media_encode::start_media();
    let folder = tempfile::tempdir().expect("a folder");
    let wide = 16.0 / 9.0;
    for (name, size, pixel, aspect) in [
        ("pal.mp4", (720, 576), "64/45", wide),
        ("pal.mkv", (720, 576), "64/45", wide),
        ("pal.ts", (720, 576), "64/45", wide),
        ("pal.mpg", (720, 576), "64/45", wide),
        ("pal43.mp4", (720, 576), "16/15", 4.0 / 3.0),
        ("ntsc.ts", (720, 480), "32/27", wide),
        ("ntsc43.mov", (720, 480), "8/9", 4.0 / 3.0),
        ("hdv.mp4", (1_440, 1_080), "4/3", wide),
        ("anamorphic.mkv", (640, 360), "2/1", 2.0 * wide),
        ("tall.mp4", (640, 360), "1/2", wide / 2.0),
        // Nobody means that.
        ("absurd.mp4", (640, 360), "100/1", wide),
    ] {
        let film = film(folder.path(), name, size, &format!("-vf setsar={pixel}"));
        let record = recorded(&film, LD25, 1, |play| play.end = FileEnd::Once);
        let last = decode::pictures(&record, seen).pop().expect("pictures");
        assert_seen(name, last.what, aspect);
        let opener =
            FileOpener { path: film, from: 0, to: None, looped: false, track: None, cue: 0 };
        let poster = opener.poster(&|| false).expect("a poster").and_then(|poster| poster.picture);
        let poster = poster.expect("a picture");
        let (width, height) = poster.size();
        let shown = f64::from(width) * poster.pixel_aspect() / f64::from(height);
        assert!((shown - aspect).abs() < 0.01, "{name}: its poster is {shown} to 1");
    }
}

#[test]
fn pixels_may_change_their_width_in_mid_stream() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut all = Vec::new();
    for (name, pixel) in [("wide.h264", "64/45"), ("narrow.h264", "16/15")] {
        let part = film(folder.path(), name, (720, 576), &format!("-vf setsar={pixel}"));
        all.extend(fs::read(part).expect("a film"));
    }
    let (both, film) = (folder.path().join("both.h264"), folder.path().join("both.ts"));
    fs::write(&both, all).expect("room");
    made(&film, &format!("-r 25 -i {} -c copy", both.display()));
    let record = recorded(&film, LD25, 5, |play| play.end = FileEnd::Once);
    let pictures = decode::pictures(&record, seen);
    let is_wide = |picture: &Seen<[usize; 4]>| picture.what[1] - picture.what[0] > 600;
    let wide = pictures.iter().take_while(|picture| is_wide(picture)).count();
    assert!((48..=75).contains(&wide), "{wide} wide pictures");
    for (index, picture) in pictures.iter().enumerate() {
        let aspect = if index < wide { 16.0 / 9.0 } else { 4.0 / 3.0 };
        assert_seen(&format!("picture {index}"), picture.what, aspect);
    }
}

/// The greys of the four quarters of what is seen.
fn greys(luma: Luma<'_>) -> [f64; 4] {
    let [left, right, top, bottom] = seen(luma).map(|edge| edge as f64);
    let (w, h) = ((right - left) / 4.0, (bottom - top) / 4.0);
    [(0.5, 0.5), (2.5, 0.5), (0.5, 2.5), (2.5, 2.5)]
        .map(|(x, y)| luma.mean(Area { x: left + x * w, y: top + y * h, w, h }))
}

/// What becomes of each quarter: which of the film's is at the left and right of the top, and of the bottom.
const TURNS: [(&str, [usize; 4], [i32; 4]); 8] = [
    ("identity", [0, 1, 2, 3], [1, 0, 0, 1]),
    ("90", [2, 0, 3, 1], [0, 1, -1, 0]),
    ("180", [3, 2, 1, 0], [-1, 0, 0, -1]),
    ("270", [1, 3, 0, 2], [0, -1, 1, 0]),
    ("mirrored", [1, 0, 3, 2], [-1, 0, 0, 1]),
    ("upside down", [2, 3, 0, 1], [1, 0, 0, -1]),
    ("transposed", [0, 2, 1, 3], [0, 1, 1, 0]),
    ("transversed", [3, 1, 2, 0], [0, -1, -1, 0]),
];

/// Whether the quarters are these of the film, in limited range.
fn assert_turned(what: &str, greys: [f64; 4], wanted: [usize; 4]) {
    let wanted = wanted.map(|index| 16.0 + f64::from(QUARTERS[index]) * 219.0 / 255.0);
    let is_near = greys.iter().zip(wanted).all(|(seen, wanted)| (seen - wanted).abs() < 4.0);
    assert!(is_near, "{what}: {greys:.0?}, not {wanted:.0?}");
}

/// Writes a matrix into the header of the first track.
fn patch(film: &Path, turned: &Path, [a, b, c, d]: [i32; 4]) {
    let mut bytes = fs::read(film).expect("a film");
    let at = bytes.windows(4).position(|four| four == b"tkhd").expect("a track");
    assert_eq!(bytes[at + 4], 0, "version 0");
    let one = |value: i32| value * 65_536;
    let matrix = [one(a), one(b), 0, one(c), one(d), 0, 0, 0, 1 << 30];
    for (index, value) in matrix.into_iter().enumerate() {
        bytes[at + 44 + 4 * index..][..4].copy_from_slice(&value.to_be_bytes());
    }
    fs::write(turned, bytes).expect("room");
}

fn assert_film_is_turned(film: &Path, wanted: [usize; 4], is_upright: bool) {
    let what = film.display().to_string();
    let record = recorded(film, LD25, 1, |play| play.end = FileEnd::Once);
    let picture = decode::pictures(&record, |luma| (seen(luma), greys(luma)));
    let (place, greys) = picture.last().expect("pictures").what;
    assert_seen(&what, place, if is_upright { 9.0 / 16.0 } else { 16.0 / 9.0 });
    assert_turned(&what, greys, wanted);
    let (path, from) = (film.to_owned(), 0);
    let opener = FileOpener { path, from, to: None, looped: false, track: None, cue: 0 };
    let poster = opener.poster(&|| false).expect("a poster").and_then(|poster| poster.picture);
    let poster = poster.expect("a picture");
    let luma = Luma::of(&poster);
    let size = (luma.width as f64 / 4.0, luma.height as f64 / 4.0);
    let quarter =
        |x: f64, y: f64| luma.mean(Area { x: x * size.0, y: y * size.1, w: size.0, h: size.1 });
    let own = [quarter(0.5, 0.5), quarter(2.5, 0.5), quarter(0.5, 2.5), quarter(2.5, 2.5)];
    assert_turned(&format!("the poster of {what}"), own, wanted);
}

#[test]
fn films_are_turned_as_their_matrix_says() {
    crate::media_encode::start_media();
    let folder = tempfile::tempdir().expect("a folder");
    for ending in ["mp4", "mov"] {
        let plain = film(folder.path(), &format!("plain.{ending}"), (640, 360), "");
        for (name, wanted, matrix) in TURNS {
            let turned = folder.path().join(format!("{name}.{ending}").replace(' ', "-"));
            patch(&plain, &turned, matrix);
            assert_film_is_turned(&turned, wanted, matrix[0] == 0);
        }
    }
}

#[test]
fn films_are_turned_as_their_stream_says() {
    crate::media_encode::start_media();
    let folder = tempfile::tempdir().expect("a folder");
    for (name, wanted, says) in [
        ("90", TURNS[1].1, "rotate=270"),
        ("180", TURNS[2].1, "rotate=180"),
        ("270", TURNS[3].1, "rotate=90"),
        ("mirrored", TURNS[4].1, "flip=horizontal"),
        ("upside-down", TURNS[5].1, "flip=vertical"),
    ] {
        for ending in ["mp4", "ts", "mkv"] {
            let says = format!("-bsf:v h264_metadata=display_orientation=insert:{says}");
            let film = film(folder.path(), &format!("{name}.{ending}"), (640, 360), &says);
            assert_film_is_turned(&film, wanted, ["90", "270"].contains(&name));
        }
    }
}

#[test]
fn a_film_may_be_turned_in_mid_stream() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut all = Vec::new();
    for (name, turn) in [("plain.h264", "0"), ("turned.h264", "180")] {
        let says = format!("-bsf:v h264_metadata=display_orientation=insert:rotate={turn}");
        let part = film(folder.path(), name, (640, 360), &says);
        all.extend(fs::read(part).expect("a film"));
    }
    let (both, film) = (folder.path().join("both.h264"), folder.path().join("both.mkv"));
    fs::write(&both, all).expect("room");
    made(&film, &format!("-r 25 -i {} -c copy", both.display()));
    let record = recorded(&film, LD25, 4, |play| play.end = FileEnd::Once);
    for (index, picture) in decode::pictures(&record, greys).iter().enumerate() {
        let turn = if index < 50 { TURNS[0] } else { TURNS[2] };
        assert_turned(&format!("picture {index}"), picture.what, turn.1);
    }
}

/// Writes the display orientation message into a stream of HEVC, before each keyframe.
fn write_hevc_orientation(stream: &[u8], message: [u8; 3]) -> Vec<u8> {
    let mut out = Vec::new();
    let starts: Vec<usize> =
        (0..stream.len() - 4).filter(|at| stream[*at..*at + 3] == [0, 0, 1]).collect();
    for (index, start) in starts.iter().enumerate() {
        if (16..=21).contains(&(stream[start + 3] >> 1 & 63)) {
            out.extend([0, 0, 1, 0x4e, 1, 47, 3]);
            out.extend(message);
            out.push(0x80);
        }
        let end = starts.get(index + 1).copied().unwrap_or(stream.len());
        out.extend(&stream[*start..end]);
    }
    out
}

#[test]
fn films_of_hevc_are_turned_as_their_stream_says() {
    crate::media_encode::start_media();
    let folder = tempfile::tempdir().expect("a folder");
    let plain = folder.path().join("plain.hevc");
    let picture = folder.path().join("quarters.pgm");
    quarters(&picture, (640, 360));
    let input = format!("-loop 1 -framerate 25 -t 2 -i {}", picture.display());
    made(
        &plain,
        &format!("{input} -c:v libx265 -x265-params log-level=none:bframes=0 -pix_fmt yuv420p"),
    );
    let plain = fs::read(plain).expect("a film");
    // Three quarters of a turn anticlockwise, until it is taken back; and mirrored.
    for (name, message, turn) in [("90", [0x18, 0, 0x18], 1), ("mirrored", [0x40, 0, 0x18], 4)] {
        let stream = folder.path().join("turned.hevc");
        fs::write(&stream, write_hevc_orientation(&plain, message)).expect("room");
        let film = folder.path().join(format!("{name}.mp4"));
        made(&film, &format!("-r 25 -i {} -c copy -tag:v hvc1", stream.display()));
        let (_, wanted, _) = TURNS[turn];
        assert_film_is_turned(&film, wanted, turn == 1);
    }
}

/// Records streams that are shown beside each other for four seconds.
fn live_record(folder: &Path, urls: &[String]) -> Result<std::path::PathBuf, Fault> {
    let mut show = Show::new("Live", LD25);
    let mut layout = Template::Single.layout(LayoutId(9), "All", &[Feed::Source(SourceId(1))]);
    layout.panes.clear();
    for (id, url) in (1..).zip(urls) {
        let kind = SourceKind::Live { url: url.clone(), latency_millis: 200 };
        show.sources.push(shows::source(id, kind));
        let place = Rect::new(f64::from(id - 1) / 2.0, 0.0, 0.5, 1.0);
        layout.panes.push(Pane::new(place, Feed::Source(SourceId(id))));
    }
    show.layouts.push(layout);
    let (document, record) = (folder.join("show.json"), folder.join("out.mkv"));
    fs::write(&document, show::file::encode(&show)).expect("room");
    let names = [&document, &record].map(|path| path.to_str().expect("UTF-8"));
    let mut run = Downstage::start(folder, &["run", names[0], "--for", "4s", "--record", names[1]]);
    let ended = run.wait(PATIENCE).ok_or("it does not end")?;
    if ended.code() == Some(0) { Ok(record) } else { Err(run.stderr().into()) }
}

/// One half of a picture.
fn half(luma: Luma<'_>, right: bool) -> Luma<'_> {
    let start = if right { luma.width / 2 } else { 0 };
    Luma { data: &luma.data[start..], width: luma.width / 2, ..luma }
}

#[test]
fn live_pictures_are_as_wide_and_as_upright_as_they_are_meant() {
    let folder = tempfile::tempdir().expect("a folder");
    let says = "-t 8 -bsf:v h264_metadata=display_orientation=insert:rotate=270";
    let upright = film(folder.path(), "upright.mp4", (640, 360), says);
    let wide = film(folder.path(), "wide.mp4", (720, 576), "-vf setsar=64/45");
    real_time("live pictures", FrameRate::R25, |_| {
        let servers = [&upright, &wide].map(|film| LiveServer::flv(film, vec![Sending::default()]));
        let urls = servers.each_ref().map(|server| server.url("0.flv"));
        let record = live_record(folder.path(), &urls)?;
        let pictures = decode::pictures(&record, |luma| {
            let (left, right) = (half(luma, false), half(luma, true));
            (seen(left), greys(left), seen(right), greys(right))
        });
        let shown = pictures.iter().rev().find(|picture| picture.what.2[1] > picture.what.2[0] + 9);
        let (tall, turned, low, plain) = shown.ok_or("no picture")?.what;
        // In half of the canvas: 202 wide, and 180 high.
        let is_near = |seen: [usize; 4], wanted: [usize; 4]| {
            seen.iter().zip(wanted).all(|(seen, wanted)| seen.abs_diff(wanted) < 4)
        };
        if !is_near(tall, [59, 261, 0, 360]) || !is_near(low, [0, 320, 90, 270]) {
            return Err(format!("{tall:?} and {low:?}").into());
        }
        assert_turned("the upright one", turned, TURNS[1].1);
        assert_turned("the wide one", plain, TURNS[0].1);
        Ok(())
    });
}
