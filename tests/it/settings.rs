//! The settings of a source: what they do to its picture and its sound, on which frame, and what they cost.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use compositor::{Compositor, CpuCompositor};
use drawing::pictures::{natural, picture};
use engine::{
    BusItems, CommandKind, EditCommand, Frame, FrameIndex, FramePool, Picture, Pinned, PixelFormat,
    PixelLayout, StripPlan, Switch,
};
use show::file;
use show::{
    ChromaKey, ColourMatrix, ColourRange, Crop, DecodingSettings, Deinterlace, Edit, Feed, Fit,
    FrameRate, Item, LayoutId, Pane, PictureSettings, Place, Rect, Rotation, Show, SoundChannels,
    Source, SourceId, SourceKind, SourceSettings,
};
use studio::program::picture_delay::PictureDelay;
use tests::shows::{self, full};
use tests::{allocations, decode};

use crate::end_to_end::{numbers_of, pattern_show};
use crate::engine_live::{COLOUR, Desk};

const CAMERA: SourceId = SourceId(1);

/// Each setting of a picture by itself.
fn each() -> Vec<(&'static str, PictureSettings)> {
    let none = PictureSettings::default();
    vec![
        ("rotation by 90°", PictureSettings { rotation: Rotation::Right, ..none }),
        ("rotation by 180°", PictureSettings { rotation: Rotation::Half, ..none }),
        ("mirror", PictureSettings { mirror: true, ..none }),
        ("crop", PictureSettings { crop: Crop { left: 0.2, top: 0.1, ..Crop::NONE }, ..none }),
        ("brightness", PictureSettings { brightness: 0.1, ..none }),
        ("contrast", PictureSettings { contrast: 1.3, ..none }),
        ("gamma", PictureSettings { gamma: 1.5, ..none }),
        ("saturation", PictureSettings { saturation: 1.4, ..none }),
        ("range", PictureSettings { range: Some(ColourRange::Full), ..none }),
        ("matrix", PictureSettings { matrix: Some(ColourMatrix::Bt601), ..none }),
        ("key", PictureSettings { key: Some(ChromaKey::default()), ..none }),
    ]
}

fn bus(pane: Pane, settings: PictureSettings) -> Arc<Pinned> {
    let mut show = Show::new("Set", shows::HD25);
    show.sources.push(shows::source(1, SourceKind::TestPattern { tag: 0 }));
    show.sources[0].settings.picture = settings;
    let (id, name, audio) = (LayoutId(2), "Layout".to_owned(), Vec::new());
    let background = show::Background::default();
    show.layouts.push(show::Layout { id, name, background, panes: vec![pane], audio });
    BusItems { layout: Some(id), ..BusItems::default() }.pin(&show)
}

fn pane(rect: Rect) -> Pane {
    Pane { fit: Fit::Fill, ..Pane::new(rect, Feed::Source(CAMERA)) }
}

/// What a test of a source's picture gets in luma at a place of a canvas as large as it.
fn luma(frame: &Frame, x: usize, y: usize) -> u8 {
    let plane = frame.plane(0);
    plane.data[y * plane.stride + x]
}

fn drawn(frame: &Frame, settings: PictureSettings) -> Frame {
    let (width, height) = frame.size();
    let mut compositor = CpuCompositor::new(width, height, Arc::default());
    let bus = bus(Pane::new(Rect::FULL, Feed::Source(CAMERA)), settings);
    let sources = [(CAMERA, frame.clone())];
    compositor.draw(FrameIndex(0), &Picture::One(bus), &sources).unwrap().1
}

/// Four quarters of a square picture, from the upper left one clockwise.
fn quarters(codes: [u8; 4]) -> Frame {
    picture((64, 64), PixelFormat::PROGRAMME, 0, move |plane, _, x, y| {
        match (plane, x < 32, y < 32) {
            (0, true, true) => codes[0],
            (0, false, true) => codes[1],
            (0, false, false) => codes[2],
            (0, true, false) => codes[3],
            _ => 128,
        }
    })
}

#[test]
fn a_picture_is_turned_clockwise_then_mirrored_as_it_is_seen() {
    let frame = quarters([40, 80, 120, 160]);
    let none = PictureSettings::default();
    let seen = |settings| {
        let drawn = drawn(&frame, settings);
        [(10, 10), (50, 10), (50, 50), (10, 50)].map(|(x, y)| luma(&drawn, x, y))
    };
    assert_eq!(seen(none), [40, 80, 120, 160]);
    let right = PictureSettings { rotation: Rotation::Right, ..none };
    assert_eq!(seen(right), [160, 40, 80, 120]);
    assert_eq!(seen(PictureSettings { rotation: Rotation::Half, ..none }), [120, 160, 40, 80]);
    assert_eq!(seen(PictureSettings { rotation: Rotation::Left, ..none }), [80, 120, 160, 40]);
    assert_eq!(seen(PictureSettings { mirror: true, ..none }), [80, 40, 160, 120]);
    assert_eq!(seen(PictureSettings { flip: true, ..none }), [160, 120, 80, 40]);
    assert_eq!(seen(PictureSettings { mirror: true, ..right }), [40, 160, 120, 80]);
    // What is cut off is cut off as it is seen.
    let crop = Crop { left: 0.5, bottom: 0.5, ..Crop::NONE };
    assert_eq!(seen(PictureSettings { crop, ..right }), [40; 4]);
}

#[test]
fn brightness_contrast_and_gamma_are_those_of_their_formula() {
    let frame = quarters([16, 70, 126, 235]);
    let none = PictureSettings::default();
    for (brightness, contrast, gamma) in
        [(0.1, 1.0, 1.0), (0.0, 0.5, 1.0), (0.0, 2.0, 1.0), (0.0, 1.0, 2.2), (-0.1, 1.2, 0.6)]
    {
        let drawn = drawn(&frame, PictureSettings { brightness, contrast, gamma, ..none });
        for (code, (x, y)) in [(16_u8, (10, 10)), (70, (50, 10)), (126, (50, 50)), (235, (10, 50))]
        {
            let value = (f64::from(code) - 16.0) / 219.0;
            let value = (value - 0.5) * contrast + 0.5 + brightness;
            let value = if value > 0.0 { value.powf(1.0 / gamma) } else { value };
            let wanted = (16.0 + 219.0 * value).round().clamp(0.0, 255.0);
            assert_eq!(f64::from(luma(&drawn, x, y)), wanted, "{code}");
        }
    }
}

#[test]
fn what_is_keyed_is_transparent_and_the_rest_is_as_it_was() {
    let (green, skin) = (show::Colour::rgb(0, 255, 0), show::Colour::rgb(220, 160, 130));
    let frame = picture((64, 64), PixelFormat::PROGRAMME, 0, move |plane, _, x, _| {
        let half = if plane == 0 { 32 } else { 16 };
        let colour = if x < half { green } else { skin };
        colour.to_bt709()[plane]
    });
    let key = Some(ChromaKey::default());
    let drawn = drawn(&frame, PictureSettings { key, ..PictureSettings::default() });
    assert_eq!(luma(&drawn, 5, 30), 16, "the background is seen");
    assert!(luma(&drawn, 60, 30).abs_diff(skin.to_bt709()[0]) <= 1);
    let blue = drawn.plane(1);
    assert!(blue.data[15 * blue.stride + 30].abs_diff(skin.to_bt709()[1]) <= 1);
}

#[test]
fn pictures_with_any_settings_allocate_nothing_once_they_were_drawn() {
    let sizes = [(640, 360), (640, 360)];
    let frames: Vec<Frame> = (0..4_u64)
        .flat_map(|seed| sizes.map(|size| picture(size, PixelFormat::PROGRAMME, 0, natural(seed))))
        .collect();
    for (name, settings) in each() {
        let bus = bus(pane(Rect::new(0.1, 0.1, 0.6, 0.6)), settings);
        let mut compositor = CpuCompositor::new(640, 360, Arc::default());
        let mut held = [const { None }; 4];
        let mut second = |compositor: &mut CpuCompositor| {
            for (index, frame) in frames.iter().cycle().take(25).enumerate() {
                let sources = [(CAMERA, frame.clone())];
                let picture = Picture::One(Arc::clone(&bus));
                held[index % 4] = compositor.draw(FrameIndex(0), &picture, &sources);
            }
        };
        second(&mut compositor);
        let before = allocations::taken();
        second(&mut compositor);
        assert_eq!(allocations::taken() - before, 0, "{name}");
    }
}

#[test]
fn what_is_at_its_default_is_passed_on_uncopied() {
    let frame = picture((64, 36), PixelFormat::PROGRAMME, 0, natural(3));
    let same = |settings| drawn(&frame, settings).is_same(&frame);
    assert!(same(PictureSettings::default()));
    // What says what the source says as well is no change.
    let limited = Some(ColourRange::Limited);
    let matrix = Some(ColourMatrix::Bt709);
    assert!(same(PictureSettings { range: limited, matrix, ..PictureSettings::default() }));
    for (name, settings) in each() {
        assert!(!same(settings), "{name}");
    }
}

/// What a pane of 960x540 of a picture of 1920x1080 costs with each setting, as a multiple of what it costs without.
#[test]
fn what_settings_cost() {
    let spent = || {
        let stat = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
        stat.split(' ').next().unwrap().parse::<u64>().unwrap()
    };
    let frames: Vec<Frame> = (0..3)
        .map(|seed| picture((1_920, 1_080), PixelFormat::PROGRAMME, 0, natural(seed)))
        .collect();
    let cost = |settings, rect| {
        let bus = bus(pane(rect), settings);
        let mut compositor = CpuCompositor::new(1_920, 1_080, Arc::default());
        let mut run = |count| {
            let before = spent();
            for frame in frames.iter().cycle().take(count) {
                let sources = [(CAMERA, frame.clone())];
                let picture = Picture::One(Arc::clone(&bus));
                let _drawn = compositor.draw(FrameIndex(0), &picture, &sources);
            }
            (spent() - before) as f64 * 1e-6 / count as f64
        };
        run(6);
        (0..3).map(|_| run(12)).fold(f64::MAX, f64::min)
    };
    let quarter = Rect::new(0.1, 0.1, 0.5, 0.5);
    let plain = cost(PictureSettings::default(), quarter);
    println!("a pane without settings: {plain:.2} ms");
    for (name, settings) in each() {
        let with = cost(settings, quarter);
        println!("{name}: {with:.2} ms, {:.2} times", with / plain);
        // More than a frame at 25 a second would be no use; a busy machine may double what is measured.
        assert!(with < plain + 80.0, "{name}: {with:.2} ms");
    }
}

/// Pictures with an id each, of one pool, so that what waits takes nothing.
fn numbered(count: usize, size: (u32, u32)) -> Vec<Frame> {
    (0..count).map(|_| FramePool::new(size.0, size.1, 1).take().finish()).collect()
}

#[test]
fn a_delayed_picture_is_late_to_the_frame_and_never_missing() {
    let frames = numbered(200, (16, 16));
    let number = |shown: Option<&Frame>| {
        frames.iter().position(|frame| shown.is_some_and(|shown| shown.is_same(frame)))
    };
    let mut delay = PictureDelay::default();
    // On which frame which delay is set, in milliseconds, and which picture is shown: without one the newest.
    let set = |frame: usize| match frame {
        0..20 => 0,
        20..60 => 400,
        60..100 => 1_000,
        100..140 => 200,
        _ => 0,
    };
    for (at, frame) in frames.iter().enumerate() {
        delay.advance((FrameIndex(at as u64), FrameRate::R25), set(at), Some(frame));
        let shown = number(delay.picture());
        let wanted = match at {
            0..20 => None,
            // What was shown stays until what comes is due.
            20..30 => Some(20),
            30..60 => Some(at - 10),
            60..75 => Some(49),
            75..100 => Some(at - 25),
            100..140 => Some(at - 5),
            _ => None,
        };
        assert_eq!(shown, wanted, "frame {at}");
    }
}

#[test]
fn pictures_that_wait_take_no_more_than_their_bound_and_it_is_said() {
    let reached = Arc::default();
    let mut delay = PictureDelay::new(Arc::clone(&reached));
    // Each 1920x1080 at 60 a second: 300 of them would take 933 MB. They share their bytes' memory, which is not read.
    let frames = numbered(2, (1_920, 1_080));
    for at in 0..400_u64 {
        let frame = &frames[at as usize % 2];
        delay.advance((FrameIndex(at), FrameRate::R60), 5_000, Some(frame));
        assert!(delay.picture().is_some());
    }
    let said = reached.get().expect("not all of it fits");
    assert!((2_500..3_000).contains(&said), "{said} ms: 512 MiB are 172 pictures");
    delay.advance((FrameIndex(400), FrameRate::R60), 1_000, Some(&frames[0]));
    assert_eq!(reached.get(), None);
}

#[test]
fn sound_is_late_by_its_strip_and_its_source_together() {
    let mut show = full();
    show.sources[1].settings.sound_delay_millis = 5_000;
    let id = show.sources[1].id;
    let mut desk = Desk::new(show);
    desk.ask(CommandKind::Mix(engine::Mix::Delay(id, 5_000))).unwrap();
    let tick = desk.tick();
    let strip = tick.mix.strips.iter().find(|strip| strip.source == id).unwrap();
    assert_eq!(strip.delay_millis, StripPlan::MAX_DELAY_MILLIS);
}

#[test]
fn settings_follow_at_once_on_air_and_nothing_else_of_the_source_does() {
    let mut desk = Desk::new(full());
    desk.switch(Switch::LoadLayout(COLOUR)).unwrap();
    desk.switch(Switch::Cut).unwrap();
    let on_air = |desk: &mut Desk| match desk.tick().plan.pgm {
        Picture::One(bus) => bus.sources[0].clone(),
        Picture::Mix { .. } => panic!("a mix"),
    };
    let before = on_air(&mut desk);
    let mut settings = SourceSettings { sound_delay_millis: 40, ..SourceSettings::default() };
    settings.picture.brightness = 0.2;
    let kind = SourceKind::TestPattern { tag: 9 };
    let after = Source { settings, kind, ..before.clone() };
    desk.edit(Edit::Replace(Item::Source(after)));
    assert_eq!(on_air(&mut desk), Source { settings, ..before.clone() });
    desk.ask(CommandKind::Edit(EditCommand::Undo)).unwrap();
    assert_eq!(on_air(&mut desk), before);
}

#[test]
fn settings_have_ranges_and_defaults_are_not_written() {
    let show = full();
    assert!(!String::from_utf8(file::encode(&show)).unwrap().contains("settings"));
    let with = |change: &dyn Fn(&mut SourceSettings)| {
        let mut show = show.clone();
        change(&mut show.sources[0].settings);
        show
    };
    let place = |field| Place::Item(show.sources[0].id.into(), field);
    let none = SourceSettings::default();
    let picture = none.picture;
    let key = |key: ChromaKey| PictureSettings { key: Some(key), ..picture };
    let default = ChromaKey::default();
    let pictures = [
        ("brightness", PictureSettings { brightness: 1.1, ..picture }),
        ("contrast", PictureSettings { contrast: -0.1, ..picture }),
        ("saturation", PictureSettings { saturation: f64::NAN, ..picture }),
        ("gamma", PictureSettings { gamma: 0.2, ..picture }),
        ("crop", PictureSettings { crop: Crop { left: 1.0, ..Crop::NONE }, ..picture }),
        ("similarity", key(ChromaKey { similarity: 1.5, ..default })),
        ("smoothness", key(ChromaKey { smoothness: -1.0, ..default })),
        ("spill", key(ChromaKey { spill: 2.0, ..default })),
    ];
    for (field, picture) in pictures {
        let faults = with(&|settings| settings.picture = picture).check();
        assert_eq!((faults[0].place, faults[0].code), (place(field), "out_of_range"), "{field}");
    }
    let faults = with(&|settings| settings.picture_delay_millis = 5_001).check();
    assert_eq!((faults[0].place, faults[0].code), (place("picture delay"), "out_of_range"));
    let faults = with(&|settings| settings.sound_delay_millis = 5_001).check();
    assert_eq!((faults[0].place, faults[0].code), (place("sound delay"), "out_of_range"));
    let crop = Crop { left: 0.5, right: 0.5, ..Crop::NONE };
    let faults = with(&|settings| settings.picture.crop = crop).check();
    assert_eq!((faults[0].place, faults[0].code), (place("crop"), "cropped_away"));
    // What has no effect on a source is not in a show.
    let unheard = |index: usize, set: SourceSettings| {
        let mut show = show.clone();
        show.sources[index].settings = set;
        let faults = show.check();
        assert_eq!(show.sources[index].kind.nature().sound, index < 2, "as it was written for");
        let mut left = show.clone();
        let source = &mut left.sources[index];
        source.settings = source.settings.for_kind(&source.kind);
        assert_eq!(left.check(), []);
        faults.iter().map(|fault| (fault.place, fault.code)).collect::<Vec<_>>()
    };
    let bright = PictureSettings { brightness: 0.1, ..picture };
    let decoding = DecodingSettings { software: true, ..DecodingSettings::default() };
    let all = SourceSettings {
        picture: bright,
        picture_delay_millis: 40,
        sound_delay_millis: 40,
        channels: SoundChannels::Mono,
        decoding,
    };
    let at = |index: usize, fields: &[&'static str]| {
        let id = show.sources[index].id;
        let at = |field: &&'static str| (Place::Item(id.into(), field), "no_effect");
        fields.iter().map(at).collect::<Vec<_>>()
    };
    assert_eq!(unheard(0, all), [], "a film has it all");
    assert_eq!(unheard(1, all), at(1, &["decoding"]), "a pattern is not decoded");
    let of_still = ["picture delay", "sound delay", "channels", "decoding"];
    assert_eq!(unheard(2, all), at(2, &of_still));
    let full_range = PictureSettings { range: Some(ColourRange::Full), ..bright };
    let of_still = SourceSettings { picture: full_range, ..none };
    assert_eq!(unheard(2, of_still), at(2, &["picture settings"]));
    assert_eq!(
        unheard(3, SourceSettings { picture: bright, ..none }),
        at(3, &["picture settings"])
    );
    // Whatever is set is there again.
    for (name, picture) in each() {
        let decoding =
            DecodingSettings { deinterlace: Deinterlace::Always, software: true, rests: false };
        let channels = SoundChannels::Swapped;
        let all = SourceSettings { picture, picture_delay_millis: 7, channels, decoding, ..none };
        let show = with(&|settings| *settings = all);
        assert_eq!(show.check(), [], "{name}");
        assert_eq!(file::decode(&file::encode(&show)).unwrap(), show, "{name}");
    }
}

/// Records a pattern with these delays and commands; yields the recording.
fn recorded(folder: &Path, (picture, sound): (u32, u32), commands: &[[&str; 2]]) -> PathBuf {
    let path = pattern_show(folder, FrameRate::R25);
    let mut show = file::decode(&fs::read(&path).unwrap()).unwrap();
    let settings = &mut show.sources[0].settings;
    (settings.picture_delay_millis, settings.sound_delay_millis) = (picture, sound);
    fs::write(&path, file::encode(&show)).unwrap();
    let record = folder.join("out.mkv");
    let (show, file) = (path.to_str().unwrap(), record.to_str().unwrap());
    let commands = commands.iter().flat_map(|[at, what]| ["--at", *at, *what]);
    let arguments = ["run", show, "--offline", "--for", "6s", "--record", file];
    let arguments: Vec<&str> = arguments.into_iter().chain(commands).collect();
    let mut downstage = tests::downstage::Downstage::start(folder, &arguments);
    let ended = downstage.wait(tests::time::PATIENCE).expect("it ends");
    assert_eq!(ended.code(), Some(0), "{}", downstage.stderr());
    record
}

#[test]
fn delays_are_exact_to_a_frame_and_keep_clicks_from_their_flashes() {
    for (picture, sound, wanted) in [(200, 0, -200.0), (0, 160, 160.0), (200, 200, 0.0)] {
        let folder = tempfile::tempdir().unwrap();
        let record = recorded(folder.path(), (picture, sound), &[]);
        let offset = decode::click_against_flash(&record);
        let numbers = numbers_of(&record, &[Rect::FULL], &[5]);
        println!("picture {picture} ms, sound {sound} ms: {offset:?}");
        assert!((offset.mean_millis - wanted).abs() <= 10.0, "{offset:?}");
        let late = u64::from(picture) / 40;
        for (at, seen) in (0_u64..).zip(&numbers) {
            // The first picture stands until the second one is due.
            assert_eq!(seen[0], Some(at.saturating_sub(late)), "frame {at}");
        }
    }
}

#[test]
fn a_delay_that_is_changed_on_air_shows_each_frame_something() {
    let folder = tempfile::tempdir().unwrap();
    let commands = [
        ["2s", r#"settings source-1 {"picture_delay_millis":200}"#],
        ["4s", "settings source-1 {}"],
    ];
    let record = recorded(folder.path(), (0, 0), &commands);
    for (at, seen) in (0_u64..).zip(numbers_of(&record, &[Rect::FULL], &[5])) {
        let wanted = match at {
            50..55 => 50,
            55..100 => at - 5,
            _ => at,
        };
        assert_eq!(seen[0], Some(wanted), "frame {at}");
    }
}

#[test]
fn a_command_sets_all_of_a_source_or_says_what_is_wrong_with_it() {
    let set =
        |text: &str| studio::cli::show_commands::parse(text).map_err(|error| error.to_string());
    let wanted = SourceSettings { channels: SoundChannels::Mono, ..SourceSettings::default() };
    let edit = Box::new(Edit::Settings(SourceId(3), wanted));
    let said = set(r#"settings source-3 {"channels":"mono"}"#);
    assert_eq!(said, Ok(CommandKind::Edit(EditCommand::Do(edit))));
    for wrong in [r#"settings source-3 {"chanels":"mono"}"#, "settings source-3 quiet"] {
        assert!(set(wrong).unwrap_err().contains("Write: settings source-3 {"), "{wrong}");
    }
    let mut desk = Desk::new(full());
    let edit = Edit::Settings(SourceId(99), wanted);
    let asked = desk.ask(CommandKind::Edit(EditCommand::Do(Box::new(edit))));
    assert_eq!(asked, Err("not_found"));
}

#[test]
fn a_full_range_rgb_picture_is_turned_with_its_alpha() {
    let format = PixelFormat { layout: PixelLayout::Rgba, ..PixelFormat::RGBA };
    let frame = picture((64, 64), format, 0, |_, component, x, _| match component {
        3 if x < 32 => 0,
        3 => 255,
        _ => 255,
    });
    let settings = PictureSettings { rotation: Rotation::Right, ..PictureSettings::default() };
    let drawn = drawn(&frame, settings);
    assert_eq!((luma(&drawn, 30, 5), luma(&drawn, 30, 60)), (16, 235));
}
