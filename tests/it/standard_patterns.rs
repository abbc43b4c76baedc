//! Standard patterns: their codes, their tone, and both as they are recorded.

use media::pattern_card::Card;
use show::{
    Feed, Format, FrameRate, LayoutId, Raster, Show, SourceId, SourceKind, StandardPattern,
    StandardPicture, Template, Tone,
};
use tests::downstage::Downstage;
use tests::time::PATIENCE;
use tests::{decode, shows};

const HD25: Format = Format { raster: Raster::Hd, rate: FrameRate::R25 };

fn card(picture: StandardPicture, tone: Tone) -> Card {
    Card::new(HD25, StandardPattern { picture, tone })
}

/// The codes at a place, given in fractions of the picture.
fn codes(frame: &engine::Frame, x: f64, y: f64) -> [u8; 3] {
    [0, 1, 2].map(|index| {
        let ((wide, high), plane) = (frame.plane_size(index), frame.plane(index));
        let (column, row) = ((x * wide as f64) as usize, (y * high as f64) as usize);
        plane.data[row * plane.stride + column]
    })
}

/// Whether all of a plane has this code.
fn is_flat(frame: &engine::Frame, index: usize, code: u8) -> bool {
    let ((wide, high), plane) = (frame.plane_size(index), frame.plane(index));
    (0..high).all(|row| plane.data[row * plane.stride..][..wide].iter().all(|it| *it == code))
}

fn is_near(found: [u8; 3], wanted: [u8; 3]) -> bool {
    found.iter().zip(wanted).all(|(found, wanted)| found.abs_diff(wanted) <= 1)
}

/// 75 % bars of BT.709 by the table of SMPTE RP 219, its ten bits in eight: white, yellow, cyan, green, magenta, red, blue.
const BARS_75: [[u8; 3]; 7] = [
    [180, 128, 128],
    [168, 44, 136],
    [145, 147, 44],
    [134, 63, 52],
    [63, 193, 204],
    [51, 109, 212],
    [28, 212, 120],
];

#[test]
fn the_bars_of_smpte_and_ebu_have_the_codes_of_their_tables() {
    let smpte = card(StandardPicture::SmpteBars, Tone::Silence).picture();
    let at = |x: f64, y: f64| codes(&smpte, x, y);
    for (bar, wanted) in BARS_75.into_iter().enumerate() {
        let x = 0.125 + 0.75 * (bar as f64 + 0.5) / 7.0;
        assert!(is_near(at(x, 0.3), wanted), "bar {bar}: {:?}", at(x, 0.3));
    }
    let bar = 0.75 / 7.0;
    let x = |bars: f64| 0.125 + bar * bars;
    for (place, wanted) in [
        // Panels of 40 %; 100 % cyan and blue beside 75 % white; 100 % yellow, black, white and red.
        ((0.05, 0.3), [104, 128, 128]),
        ((0.95, 0.3), [104, 128, 128]),
        ((0.05, 0.62), [188, 154, 16]),
        ((x(3.0), 0.62), [180, 128, 128]),
        ((0.95, 0.62), [32, 240, 118]),
        ((0.05, 0.71), [219, 16, 138]),
        ((x(0.5), 0.71), [16, 128, 128]),
        ((x(3.5), 0.71), [125, 128, 128]),
        ((x(6.5), 0.71), [235, 128, 128]),
        ((0.95, 0.71), [63, 102, 240]),
        // 15 %, black, white, and steps of -2, 2 and 4 % in black.
        ((0.05, 0.9), [49, 128, 128]),
        ((x(0.7), 0.9), [16, 128, 128]),
        ((x(2.5), 0.9), [235, 128, 128]),
        ((x(4.0), 0.9), [16, 128, 128]),
        ((x(4.5), 0.9), [12, 128, 128]),
        ((x(4.83), 0.9), [16, 128, 128]),
        ((x(5.17), 0.9), [20, 128, 128]),
        ((x(5.5), 0.9), [16, 128, 128]),
        ((x(5.83), 0.9), [25, 128, 128]),
        ((x(6.5), 0.9), [16, 128, 128]),
        ((0.95, 0.9), [49, 128, 128]),
    ] {
        assert!(is_near(at(place.0, place.1), wanted), "{place:?}: {:?}", at(place.0, place.1));
    }
    let ebu = card(StandardPicture::EbuBars, Tone::Silence).picture();
    let mut wanted = BARS_75.to_vec();
    wanted[0] = [235, 128, 128];
    wanted.push([16, 128, 128]);
    for (bar, wanted) in wanted.into_iter().enumerate() {
        let found = codes(&ebu, (bar as f64 + 0.5) / 8.0, 0.5);
        assert!(is_near(found, wanted), "EBU bar {bar}: {found:?}");
    }
}

#[test]
fn ramp_squares_and_black_are_grey_in_every_raster() {
    for raster in Raster::ALL {
        let format = Format { raster, ..HD25 };
        let drawn =
            |picture| Card::new(format, StandardPattern { picture, tone: Tone::Silence }).picture();
        let all = [StandardPicture::Ramp, StandardPicture::Checkerboard, StandardPicture::Black];
        let [ramp, squares, black] = all.map(drawn);
        for frame in [&ramp, &squares, &black] {
            assert_eq!(frame.size(), raster.size());
            for index in [1, 2] {
                assert!(is_flat(frame, index, 128), "{raster:?}");
            }
        }
        let row = &ramp.plane(0).data[..ramp.size().0 as usize];
        assert_eq!((row[0], row[row.len() - 1]), (16, 235));
        assert!(row.windows(2).all(|pair| pair[0] <= pair[1] && pair[1] - pair[0] <= 1));
        for (column, line) in [(0, 0), (1, 0), (15, 0), (0, 1), (7, 4), (8, 4), (15, 8)] {
            let (x, y) = ((f64::from(column) + 0.5) / 16.0, (f64::from(line) + 0.5) / 9.0);
            let wanted = if (column + line) % 2 == 0 { 235 } else { 16 };
            assert_eq!(codes(&squares, x, y)[0], wanted, "{raster:?}, {column}, {line}");
        }
        assert!(is_flat(&black, 0, 16), "{raster:?}");
    }
}

#[test]
fn the_picture_is_drawn_once_and_the_tone_goes_on_from_frame_to_frame() {
    let card_of = |tone, rate| {
        Card::new(
            Format { rate, ..HD25 },
            StandardPattern { picture: StandardPicture::Black, tone },
        )
    };
    for rate in FrameRate::ALL {
        for (tone, level) in [(Tone::Minus18, -18.0), (Tone::Minus20, -20.0)] {
            let card = card_of(tone, rate);
            assert!(card.picture().is_same(&card.picture()));
            let mut sound = Vec::new();
            (0..200).for_each(|n| card.sound(n, &mut sound));
            let left: Vec<f64> = sound.iter().step_by(2).map(|it| f64::from(*it)).collect();
            let right: Vec<f64> =
                sound.iter().skip(1).step_by(2).map(|it| f64::from(*it)).collect();
            assert_eq!(left, right);
            // dBFS by AES17: a sine of full scale is at 0.
            let power = left.iter().map(|it| it * it).sum::<f64>() / left.len() as f64;
            let found = 10.0 * (2.0 * power).log10();
            assert!((found - level).abs() < 0.02, "{found} dBFS instead of {level} at {rate}");
            for (at, value) in left.iter().enumerate() {
                let phase = at as f64 / 48.0 * std::f64::consts::TAU;
                let wanted = 10.0_f64.powf(level / 20.0) * phase.sin();
                assert!((value - wanted).abs() < 1e-5, "sample {at} at {rate}");
            }
        }
        let mut sound = Vec::new();
        card_of(Tone::Silence, rate).sound(7, &mut sound);
        assert!(!sound.is_empty() && sound.iter().all(|sample| *sample == 0.0));
    }
}

#[test]
fn bars_and_tone_are_recorded_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let mut show = Show::new("Bars", Format { raster: Raster::Ld, ..HD25 });
    let pattern = StandardPattern { picture: StandardPicture::EbuBars, tone: Tone::Minus18 };
    show.sources.push(shows::source(2, SourceKind::StandardPattern(pattern)));
    let feed = [Feed::Source(SourceId(2))];
    show.layouts.push(Template::Single.layout(LayoutId(3), "One", &feed));
    let text = String::from_utf8(show::file::encode(&show)).unwrap();
    assert!(text.contains("\"standard_pattern\"") && text.contains("\"ebu_bars\""), "{text}");
    std::fs::write(folder.path().join("show.json"), text).unwrap();
    let arguments = "run show.json --offline --for 3s --record out.mkv";
    let mut arguments: Vec<&str> = arguments.split_whitespace().collect();
    arguments.extend(["--at", "0s", "load layout-3", "--at", "0s", "cut"]);
    let mut run = Downstage::start(folder.path(), &arguments);
    let ended = run.wait(PATIENCE).expect("it ends");
    assert_eq!(ended.code(), Some(0), "{}", run.stderr());
    let out = folder.path().join("out.mkv");
    let bars = decode::pictures(&out, |luma| {
        [0, 1, 2, 3, 4, 5, 6, 7].map(|bar| {
            let wide = luma.width as f64 / 8.0;
            let x = wide * (f64::from(bar) + 0.25);
            let area = tests::numbers::Area { x, y: 100.0, w: wide / 2.0, h: 100.0 };
            luma.mean(area).round() as u8
        })
    });
    assert_eq!(bars.len(), 75);
    for seen in &bars {
        for (found, wanted) in seen.what.into_iter().zip([235, 168, 145, 134, 63, 51, 28, 16]) {
            assert!(found.abs_diff(wanted) <= 2, "{:?}", seen.what);
        }
    }
    // The second second, away from where the tone begins.
    let sound = decode::sound(&out).samples;
    let left: Vec<f64> =
        sound[96_000..192_000].iter().step_by(2).map(|it| f64::from(*it)).collect();
    let power = left.iter().map(|it| it * it).sum::<f64>() / left.len() as f64;
    let level = 10.0 * (2.0 * power).log10();
    assert!((level + 18.0).abs() < 0.2, "{level} dBFS");
    let crossings = left.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
    assert!((999..=1_001).contains(&crossings), "{crossings} Hz");
}
