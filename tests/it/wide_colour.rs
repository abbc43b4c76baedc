//! Films of other colours than BT.709's: their recordings have the colours that they were made with, as far as
//! BT.709 has them, against a reference of double precision that is written here from the recommendations.

use std::fs;
use std::path::Path;
use std::process::Command;

use media::source::{FileOpener, Opener};
use show::{FileEnd, Format, FrameRate, Raster};
use tests::decode;
use tests::numbers::Luma;
use tests::offline::{made, recorded};

const LD25: Format = Format { raster: Raster::Ld, rate: FrameRate::R25 };
const SIZE: (usize, usize) = (640, 360);
const COLUMNS: usize = 8;
const ROWS: usize = 4;
/// What becomes white, and the brightest there is, in cd/m2.
const WHITE: f64 = 203.0;
const PEAK: f64 = 1_000.0;

/// How a film codes light and colours.
#[derive(Clone, Copy, PartialEq)]
enum Light {
    Gamma,
    Pq,
    Hlg,
}

#[derive(Clone, Copy)]
struct Coding {
    light: Light,
    wide: bool,
    /// Weights of red and blue.
    weights: (f64, f64),
    full: bool,
    deep: bool,
}

const BT2020: (f64, f64) = (0.2627, 0.0593);
const BT709: (f64, f64) = (0.2126, 0.0722);
const BT601: (f64, f64) = (0.299, 0.114);

/// Linear light of a patch, in parts of white: greys from black on, and mild and strong colours.
fn patch(index: usize) -> [f64; 3] {
    let (column, row) = (index % COLUMNS, index / COLUMNS);
    let level = [0.01, 0.05, 0.15, 0.3, 0.5, 0.75, 0.9, 1.0][column];
    match row {
        0 => [level; 3],
        1 => [level, level * 0.7, level * 0.5],
        2 => [level * 0.6, level, level * 0.8],
        _ => [level * 0.55, level * 0.6, level],
    }
}

fn pq(light: f64) -> f64 {
    let root = (light / 10_000.0).powf(0.159_301_757_812_5);
    ((0.835_937_5 + 18.851_562_5 * root) / (1.0 + 18.6875 * root)).powf(78.843_75)
}

/// The other way, by halving.
fn light_of_pq(code: f64) -> f64 {
    let (mut low, mut high) = (0.0, 10_000.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if pq(middle) < code { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

/// The signal of a patch, and its light on its own display in cd/m2.
fn signal(coding: Coding, patch: [f64; 3]) -> ([f64; 3], [f64; 3]) {
    match coding.light {
        Light::Gamma => (patch.map(|v| v.powf(1.0 / 2.4)), patch.map(|v| v * WHITE)),
        // The brightest patch is brighter than the peak's reference.
        Light::Pq => {
            let light = patch.map(|value| value * PEAK);
            (light.map(pq), light)
        }
        Light::Hlg => {
            // Colours as bright as white have codes beyond it.
            let patch = patch.map(|value| value * 0.8);
            let [r, g, b] = patch;
            let luminance = BT2020.0 * r + (1.0 - BT2020.0 - BT2020.1) * g + BT2020.1 * b;
            let scene = patch.map(|value| value * luminance.powf(1.0 / 1.2 - 1.0));
            let curve = |value: f64| {
                if value <= 1.0 / 12.0 {
                    (3.0 * value).sqrt()
                } else {
                    0.178_832_77 * (12.0 * value - 0.284_668_92).ln() + 0.559_910_73
                }
            };
            (scene.map(curve), patch.map(|value| value * PEAK))
        }
    }
}

/// The 10 bit codes of a signal.
fn codes(coding: Coding, [r, g, b]: [f64; 3]) -> [u16; 3] {
    let (red, blue) = coding.weights;
    let y = red * r + (1.0 - red - blue) * g + blue * b;
    let (cb, cr) = ((b - y) / (2.0 * (1.0 - blue)), (r - y) / (2.0 * (1.0 - red)));
    let (black, luma, chroma) =
        if coding.full { (0.0, 1_023.0, 1_023.0) } else { (64.0, 876.0, 896.0) };
    let code = |value: f64| value.round().clamp(0.0, 1_023.0) as u16;
    [code(black + luma * y), code(512.0 + chroma * cb), code(512.0 + chroma * cr)]
}

/// From XYZ to linear RGB of BT.709, and from that of BT.2020, by the chromaticities of their primaries and D65.
fn bt709_of_bt2020(light: [f64; 3]) -> [f64; 3] {
    let xyz = multiply(
        [
            [0.636_958, 0.144_617, 0.168_881],
            [0.262_700, 0.677_998, 0.059_302],
            [0.0, 0.028_073, 1.060_985],
        ],
        light,
    );
    multiply(
        [
            [3.240_970, -1.537_383, -0.498_611],
            [-0.969_244, 1.875_968, 0.041_555],
            [0.055_630, -0.203_977, 1.056_972],
        ],
        xyz,
    )
}

fn multiply(matrix: [[f64; 3]; 3], [a, b, c]: [f64; 3]) -> [f64; 3] {
    matrix.map(|[x, y, z]| x * a + y * b + z * c)
}

/// BT.2390's EETF from the peak to white.
fn eetf(light: f64) -> f64 {
    let most = pq(WHITE) / pq(PEAK);
    let code = pq(light) / pq(PEAK);
    let knee = 1.5 * most - 0.5;
    if code < knee {
        return light;
    }
    let t = (code - knee) / (1.0 - knee);
    let p = (2.0 * t.powi(3) - 3.0 * t.powi(2) + 1.0) * knee
        + (t.powi(3) - 2.0 * t.powi(2) + t) * (1.0 - knee)
        + (-2.0 * t.powi(3) + 3.0 * t.powi(2)) * most;
    light_of_pq(p * pq(PEAK))
}

/// The codes of 8 bits that a recording should have.
fn expected(coding: Coding, light: [f64; 3]) -> [f64; 3] {
    let greatest = light.iter().copied().fold(0.0, f64::max);
    let factor = if coding.light == Light::Gamma { 1.0 } else { eetf(greatest) / greatest };
    let light = light.map(|value| value * factor / WHITE);
    let light = if coding.wide { bt709_of_bt2020(light) } else { light };
    let [r, g, b] = light.map(|value| value.clamp(0.0, 1.0).powf(1.0 / 2.4));
    let y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    [16.0 + 219.0 * y, 128.0 + 224.0 * (b - y) / 1.8556, 128.0 + 224.0 * (r - y) / 1.5748]
}

/// A film of the patches.
fn film(folder: &Path, name: &str, coding: Coding, arguments: &str) -> std::path::PathBuf {
    let mut bytes = Vec::new();
    for plane in 0..3 {
        let half = if plane == 0 { 1 } else { 2 };
        for row in 0..SIZE.1 / half {
            for column in 0..SIZE.0 / half {
                let place = |at: usize, size: usize, count: usize| at * half * count / size;
                let index = place(row, SIZE.1, ROWS) * COLUMNS + place(column, SIZE.0, COLUMNS);
                let code = codes(coding, signal(coding, patch(index)).0)[plane];
                match coding.deep {
                    true => bytes.extend(code.to_le_bytes()),
                    false => bytes.push(code.div_ceil(4).min(255) as u8),
                }
            }
        }
    }
    let (raw, film) = (folder.join("patches.yuv"), folder.join(name));
    fs::write(&raw, bytes).expect("room");
    let pixels = if coding.deep { "yuv420p10le" } else { "yuv420p" };
    let range = if coding.full { "pc" } else { "tv" };
    made(
        &film,
        &format!(
            "-f rawvideo -pix_fmt {pixels} -s 640x360 -r 25 -color_range {range} -stream_loop 29 -i {} \
             -pix_fmt {pixels} -color_range {range} {arguments}",
            raw.display()
        ),
    );
    film
}

/// Y', Cb and Cr in the middle of each patch of a recording.
fn seen(record: &Path) -> Vec<[f64; 3]> {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-ss", "0.6", "-i"]).arg(record);
    command.args(["-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "yuv420p", "pipe:1"]);
    let bytes = command.output().expect("ffmpeg runs").stdout;
    let (luma, chroma) = bytes.split_at(SIZE.0 * SIZE.1);
    let (blue, red) = chroma.split_at(chroma.len() / 2);
    let middle = |plane: &[u8], half: usize, index: usize| {
        let (wide, high) = (SIZE.0 / half / COLUMNS, SIZE.1 / half / ROWS);
        let (x, y) = (index % COLUMNS * wide + wide / 2, index / COLUMNS * high + high / 2);
        let rows = (y - 4..y + 4).flat_map(|y| &plane[y * SIZE.0 / half + x - 4..][..8]);
        rows.map(|code| f64::from(*code)).sum::<f64>() / 64.0
    };
    (0..COLUMNS * ROWS)
        .map(|index| [middle(luma, 1, index), middle(blue, 2, index), middle(red, 2, index)])
        .collect()
}

fn assert_seen(name: &str, coding: Coding, seen: &[[f64; 3]]) {
    let mut worst = 0.0_f64;
    for (index, seen) in seen.iter().enumerate() {
        let wanted = expected(coding, signal(coding, patch(index)).1);
        for (seen, wanted) in seen.iter().zip(wanted) {
            worst = worst.max((seen - wanted).abs());
        }
        let is_near = seen.iter().zip(wanted).all(|(seen, wanted)| (seen - wanted).abs() < 3.5);
        assert!(is_near, "{name}, patch {index}: {seen:.1?}, not {wanted:.1?}");
    }
    println!("{name}: at most {worst:.2} codes off");
}

const VUI_709: &str = "-color_primaries bt709 -color_trc bt709 -colorspace bt709";
const VUI_601: &str = "-color_primaries smpte170m -color_trc smpte170m -colorspace smpte170m";
const VUI_2020: &str = "-color_primaries bt2020 -color_trc bt2020-10 -colorspace bt2020nc";
const VUI_PQ: &str = "-color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc";
const VUI_HLG: &str = "-color_primaries bt2020 -color_trc arib-std-b67 -colorspace bt2020nc";

#[test]
fn films_of_other_colours_have_their_own_in_bt709() {
    crate::media_encode::start_media();
    let folder = tempfile::tempdir().expect("a folder");
    let of = |light, wide, weights, (full, deep)| Coding { light, wide, weights, full, deep };
    let (gamma, pq, hlg) = (Light::Gamma, Light::Pq, Light::Hlg);
    for (name, vui, coding) in [
        ("709.mp4", VUI_709, of(gamma, false, BT709, (false, false))),
        ("709-full.mp4", VUI_709, of(gamma, false, BT709, (true, false))),
        ("709-deep.mp4", VUI_709, of(gamma, false, BT709, (false, true))),
        ("601.mkv", VUI_601, of(gamma, false, BT601, (false, false))),
        ("601-full.mp4", VUI_601, of(gamma, false, BT601, (true, false))),
        ("2020.mp4", VUI_2020, of(gamma, true, BT2020, (false, false))),
        ("2020-deep.mp4", VUI_2020, of(gamma, true, BT2020, (false, true))),
        ("2020-full.mkv", VUI_2020, of(gamma, true, BT2020, (true, true))),
        ("pq.mp4", VUI_PQ, of(pq, true, BT2020, (false, true))),
        ("pq-full.mkv", VUI_PQ, of(pq, true, BT2020, (true, true))),
        ("hlg.mp4", VUI_HLG, of(hlg, true, BT2020, (false, true))),
        ("hlg.mov", VUI_HLG, of(hlg, true, BT2020, (false, true))),
    ] {
        let coder = if name == "hlg.mov" {
            "libx265 -tag:v hvc1 -x265-params log-level=none"
        } else {
            "libx264"
        };
        let film = film(folder.path(), name, coding, &format!("-c:v {coder} -b:v 3M {vui}"));
        let record = recorded(&film, LD25, 1, |play| play.end = FileEnd::Once);
        assert_seen(name, coding, &seen(&record));
        let opener =
            FileOpener { path: film, from: 0, to: None, looped: false, track: None, cue: 0 };
        let poster = opener.poster(&|| false).expect("a poster").and_then(|poster| poster.picture);
        assert_eq!(poster.expect("a picture").size(), (640, 360), "{name}");
    }
}

#[test]
fn an_upright_film_of_a_phone_is_upright_and_has_its_colours() {
    let folder = tempfile::tempdir().expect("a folder");
    let coding = Coding { light: Light::Hlg, wide: true, weights: BT2020, full: false, deep: true };
    let coder = format!(
        "-c:v libx264 -b:v 3M {VUI_HLG} -bsf:v h264_metadata=display_orientation=\
         insert:rotate=180"
    );
    let film = film(folder.path(), "phone.mp4", coding, &coder);
    let record = recorded(&film, LD25, 1, |play| play.end = FileEnd::Once);
    let mut turned = seen(&record);
    turned.reverse();
    assert_seen("phone.mp4", coding, &turned);
}

/// Where a stream does not say its colours they go by its size as it is stored, however it is turned.
#[test]
fn a_turned_film_that_does_not_say_its_colours_has_those_of_its_size() {
    let folder = tempfile::tempdir().expect("a folder");
    let middle = |film: &Path| {
        let record = recorded(film, LD25, 1, |play| play.end = FileEnd::Once);
        let luma = |luma: Luma<'_>| luma.data[luma.height / 2 * luma.stride + luma.width / 2];
        decode::pictures(&record, luma).pop().expect("pictures").what
    };
    for size in ["640x360", "1280x720"] {
        let [plain, turned] = ["plain.mp4", "turned.mp4"].map(|name| folder.path().join(name));
        made(&plain, &format!("-f lavfi -i color=c=0x00ff00:s={size}:r=25:d=2 -pix_fmt yuv420p"));
        made(&turned, &format!("-i {} -c copy -metadata:s:v rotate=90", plain.display()));
        let (wanted, seen) = (middle(&plain), middle(&turned));
        assert!(seen.abs_diff(wanted) <= 1, "{size}: {seen}, not {wanted}");
    }
}
