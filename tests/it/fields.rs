//! Interlaced films: each field becomes a picture, without combs and as sharp as what stands still is.

use std::path::{Path, PathBuf};
use std::process::Command;

use show::{FileEnd, Format, FrameRate, Raster};
use tests::decode::{self, Seen};
use tests::media;
use tests::numbers::Luma;
use tests::offline::recorded;

use engine::{Frame, FramePool};

const HD50: Format = Format { raster: Raster::Hd, rate: FrameRate::R50 };
/// How far a bar moves from field to field, and how wide it is.
const STEP: usize = 8;
const BAR: usize = 48;
/// Where the bar is at the most: then it begins again.
const TURN: usize = 50;

/// The picture of a field: a bar that moves, above lines that stand still.
fn picture(pool: &FramePool, number: usize) -> Frame {
    let mut canvas = pool.take();
    for index in 0..3 {
        let (wide, high) = canvas.plane_size(index);
        let (bytes, stride) = canvas.plane_mut(index);
        let left = number % TURN * STEP + 40;
        for row in 0..high {
            let line = &mut bytes[row * stride..][..wide];
            line.fill(if index == 0 { 40 } else { 128 });
            if index == 0 && row < high / 2 {
                line[left..left + BAR].fill(200);
            } else if index == 0 && row / 2 % 2 == 0 {
                line.fill(160);
            }
        }
    }
    canvas.finish()
}

/// A film of 25 pictures a second, in each of them two of 50.
fn film(path: &Path, fields: usize, arguments: &str) {
    let pool = FramePool::new(720, 576, 2);
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", "720x576"]);
    command.args(["-r", "50", "-i", "pipe:0"]).args(arguments.split_whitespace()).arg(path);
    media::run_with_pictures(command, (0..fields).map(|number| picture(&pool, number)));
}

/// What is seen of a picture: where the bar begins, by how much that differs from line to line, and how strong
/// the lines are that stand still.
#[derive(Clone, Copy, Debug, PartialEq)]
struct View {
    bar: f64,
    comb: f64,
    lines: f64,
}

fn view(luma: Luma<'_>) -> View {
    let start = |row: usize| {
        let line = &luma.data[row * luma.stride..][..luma.width];
        line.iter().position(|value| *value > 120).map_or(-1.0, |at| at as f64)
    };
    let rows = luma.height / 8..luma.height * 3 / 8;
    let starts: Vec<f64> = rows.map(start).collect();
    let comb = starts.windows(2).map(|pair| (pair[0] - pair[1]).abs()).sum::<f64>();
    let bottom = luma.height * 5 / 8..luma.height * 7 / 8;
    let column: Vec<f64> =
        bottom.map(|row| f64::from(luma.data[row * luma.stride + 600])).collect();
    let (mut sorted, count) = (column.clone(), column.len());
    sorted.sort_by(f64::total_cmp);
    let lines = sorted[count * 9 / 10] - sorted[count / 10];
    let bar = starts.iter().sum::<f64>() / starts.len() as f64;
    View { bar, comb: comb / starts.len() as f64, lines }
}

/// Which field of the film each picture shows, by where its bar is on 1280 columns.
fn fields(pictures: &[Seen<View>]) -> Vec<i64> {
    let own = |view: &Seen<View>| ((view.what.bar * 720.0 / 1_280.0 - 40.0) / STEP as f64).round();
    pictures.iter().map(|picture| own(picture) as i64).collect()
}

fn assert_smooth(name: &str, pictures: &[Seen<View>]) {
    for (index, Seen { what, .. }) in pictures.iter().enumerate() {
        assert!(what.comb < 0.5, "{name}, picture {index}: {what:?}");
    }
    let mean = pictures.iter().map(|picture| picture.what.lines).sum::<f64>();
    let mean = mean / pictures.len() as f64;
    println!("{name}: lines that stand still {mean:.0} of 120 codes apart");
    assert!(mean > 60.0, "{name}: they are {mean}");
}

fn made(folder: &Path, name: &str, fields: usize, arguments: &str) -> PathBuf {
    let path = folder.join(name);
    film(&path, fields, arguments);
    path
}

const TOP_H264: &str = "-vf tinterlace=interleave_top,setsar=64/45 -c:v libx264 -b:v 8M -pix_fmt yuv420p \
     -flags +ildct+ilme -x264-params tff=1:keyint=25";
const BOTTOM_H264: &str = "-vf tinterlace=interleave_bottom,setsar=64/45 -c:v libx264 -b:v 8M -flags \
     +ildct+ilme -x264-params bff=1:keyint=25";
/// Of 10 bits, with chroma in each line.
const TOP_PRORES: &str = "-vf tinterlace=interleave_top,setsar=64/45 -c:v prores_ks -pix_fmt yuv422p10le \
     -flags +ildct+ilme -field_order tt";
const BOTTOM_MPEG2: &str = "-vf tinterlace=interleave_bottom,setsar=64/45 -c:v mpeg2video -b:v 12M \
     -flags +ildct+ilme -top 0";

#[test]
fn each_field_is_a_picture_once_and_in_order() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, coding) in [
        ("top.mp4", TOP_H264),
        ("top.mkv", TOP_H264),
        ("bottom.mp4", BOTTOM_H264),
        ("bottom.mov", BOTTOM_MPEG2),
        ("deep.mov", TOP_PRORES),
    ] {
        let film = made(folder.path(), name, 50, coding);
        let record = recorded(&film, HD50, 1, |play| play.end = FileEnd::Once);
        let pictures = decode::pictures(&record, view);
        assert_eq!(fields(&pictures), (0..50).collect::<Vec<_>>(), "{name}");
        assert_smooth(name, &pictures);
    }
}

#[test]
fn laps_of_fields_show_every_field_of_every_lap() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, coding) in [("top.mp4", TOP_H264), ("bottom.mkv", BOTTOM_H264)] {
        let film = made(folder.path(), name, 100, coding);
        let record = recorded(&film, HD50, 3, |play| {
            play.in_millis = 400;
            play.out_millis = Some(1_400);
        });
        let pictures = decode::pictures(&record, view);
        let wanted: Vec<i64> = (0..150).map(|number| (20 + number % 50) % 50).collect();
        assert_eq!(fields(&pictures), wanted, "{name}");
        assert_smooth(name, &pictures);
    }
}

#[test]
fn a_programme_of_25_shows_the_first_field_of_each_picture() {
    let folder = tempfile::tempdir().expect("a folder");
    let film = made(folder.path(), "top.mp4", 100, TOP_H264);
    let record = recorded(&film, Format { rate: FrameRate::R25, ..HD50 }, 2, |_| {});
    let pictures = decode::pictures(&record, view);
    let wanted: Vec<i64> = (0..50).map(|number| number * 2 % 50).collect();
    assert_eq!(fields(&pictures), wanted);
    assert_smooth("at 25", &pictures);
}

#[test]
fn what_is_not_interlaced_is_shown_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    // Coded as whole pictures, in a stream that could have fields.
    let film = made(
        folder.path(),
        "whole.mp4",
        50,
        "-vf setsar=64/45 -c:v libx264 -b:v 8M -x264-params fake-interlaced=1:keyint=25",
    );
    let record = recorded(&film, HD50, 1, |_| {});
    let pictures = decode::pictures(&record, view);
    assert_eq!(fields(&pictures), (0..50).collect::<Vec<_>>());
    assert_smooth("whole pictures", &pictures);
}
