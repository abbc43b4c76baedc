//! Takes, judged by what was recorded: what a take names is on PGM on the very frame its event names,
//! picture and sound.

use std::path::Path;

use engine::{
    Command, CommandKind, Deliver, EditCommand, EventKind, FrameIndex, Issuer, ProgramId, Switch,
};
use media::pattern::{self, CELLS};
use show::{
    Asset, AssetId, AssetKind, Colour, EncodeProfile, Feed, FileEnd, Format, FrameRate, LayoutId,
    Output, OutputId, OutputKind, PlayFile, Preset, Raster, Show, Source, SourceId, SourceKind,
    Strip, StripMode, Template, Transition, TransitionKind,
};
use studio::program::program_shared::ProgramEvent;
use studio::program::session::{Options, Session, Studio};
use tests::canary::{Fault, real_time};
use tests::decode::{self, Seen};
use tests::numbers::{self, Area, Luma, Reading};
use tests::order::every_number;
use tests::{media as made, shows, signals};

const LD25: Format = Format { raster: Raster::Ld, rate: FrameRate::R25 };

/// What can be taken. Each has a source and a layout of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Item {
    /// The test pattern's picture of this number, as a PNG.
    Still { tag: u8, number: u64 },
    /// Always running, whether seen or not.
    Pattern { tag: u8 },
    /// A film that starts on its take, at this frame.
    File { tag: u8, first: u64 },
    /// A flat colour.
    Flat(Colour),
}

/// Films begin two frames before a second: when it clicks, the sound has opened, and a number is
/// told from that of another in point.
const ITEMS: [Item; 8] = [
    Item::Still { tag: 9, number: 777_777 },
    Item::Pattern { tag: 1 },
    Item::File { tag: 5, first: 23 },
    Item::Flat(Colour::rgb(20, 60, 30)),
    Item::Pattern { tag: 2 },
    Item::File { tag: 6, first: 48 },
    Item::Flat(Colour::rgb(240, 220, 235)),
    Item::Still { tag: 10, number: 5 },
];

/// How many frames after its take a film of [`ITEMS`] flashes and clicks.
const FLASH_AFTER: u64 = 2;

fn source_id(item: usize) -> SourceId {
    SourceId(20 + item as u32)
}

fn layout_id(item: usize) -> LayoutId {
    LayoutId(40 + item as u32)
}

/// A show of all [`ITEMS`] and a recording.
fn show_of(folder: &Path) -> Show {
    let mut show = Show::new("Takes", LD25);
    for (index, item) in ITEMS.into_iter().enumerate() {
        let file = AssetId(60 + index as u32);
        let mut asset = |path: &Path, kind| {
            let path = path.to_str().unwrap().to_owned();
            show.assets.push(Asset { id: file, path, kind, hash: None });
        };
        let kind = match item {
            Item::Still { tag, number } => {
                let path = folder.join(format!("still-{tag}.png"));
                still(&path, tag, number);
                asset(&path, AssetKind::Picture);
                SourceKind::Still { asset: file }
            }
            Item::Pattern { tag } => SourceKind::TestPattern { tag },
            Item::File { tag, first } => {
                asset(&made::small_film(tag), AssetKind::Media);
                let (end, in_millis) = (FileEnd::Once, first * 40);
                let (out_millis, start) = (None, None);
                SourceKind::File(PlayFile {
                    asset: file,
                    end,
                    in_millis,
                    out_millis,
                    start,
                    track: None,
                    hidden: show::WhenHidden::Pause,
                })
            }
            Item::Flat(colour) => SourceKind::Colour { colour },
        };
        if matches!(item, Item::Pattern { .. }) {
            // The mixer keeps it running, and dropped_events.
            let strip = Strip::new(source_id(index));
            show.mixer.strips.push(Strip { mode: StripMode::On, mute: true, ..strip });
        }
        let source = shows::source(source_id(index).0, kind);
        show.sources.push(Source { id: source_id(index), ..source });
        let feed = Feed::Source(source_id(index));
        show.layouts.push(Template::Single.layout(layout_id(index), "Full", &[feed]));
    }
    let profile =
        EncodeProfile { video_kbps: 8_000, preset: Preset::Ultrafast, ..Default::default() };
    let (bus, sei) = Default::default();
    let kind = OutputKind::Record { path: "out.mkv".to_owned() };
    show.outputs.push(Output { id: RECORDING, name: "Out".to_owned(), kind, profile, bus, sei });
    show
}

const RECORDING: OutputId = OutputId(9);

fn still(path: &Path, tag: u8, number: u64) {
    let mut command = std::process::Command::new("ffmpeg");
    command.args(["-hide_banner", "-loglevel", "error", "-y", "-f", "rawvideo"]);
    command.args(["-pix_fmt", "yuv420p", "-s", "640x360", "-i", "pipe:0", "-frames:v", "1"]);
    command.arg(path);
    let picture = pattern::Pattern::new(LD25, tag).picture(number);
    made::run_with_pictures(command, std::iter::once(picture));
}

/// A take as it is asked for.
#[derive(Clone, Copy, Debug)]
struct Take {
    item: usize,
    /// The length of the mix; 1 is a cut.
    frames: u32,
}

/// Takes of random items, half of them cuts and half mixes of up to `longest` frames, each with a
/// dwell from this range before the next; and the frame after the last.
fn script(
    count: usize,
    longest: u64,
    dwell: std::ops::Range<u64>,
) -> (Vec<Take>, Vec<(FrameIndex, Command)>, u64) {
    let mut random = signals::noise();
    let mut below = move |most: u64| ((random() + 1.0) / 2.0 * most as f64) as u64 % most;
    let mut script = Vec::new();
    let mut add = |frame, kind| {
        let (program, origin) = (ProgramId(0), Issuer::CommandLine);
        script.push((FrameIndex(frame), Command { program, origin, gesture: None, kind }));
    };
    add(0, CommandKind::Deliver(Deliver::Start(RECORDING)));
    let (mut frame, mut takes) = (15, Vec::<Take>::new());
    for index in 0..count {
        let before = takes.last().map(|take| take.item);
        // The first is a still, by which the frames of the recording are counted.
        let item = match before {
            None => 0,
            Some(before) => (before + 1 + below(ITEMS.len() as u64 - 1) as usize) % ITEMS.len(),
        };
        let frames = if index % 2 == 0 { 1 } else { 2 + below(longest - 1) as u32 };
        takes.push(Take { item, frames });
        add(frame, CommandKind::Switch(Switch::LoadLayout(layout_id(item))));
        frame += dwell.start + below(dwell.end - dwell.start);
        let take = if frames == 1 {
            CommandKind::Switch(Switch::Cut)
        } else {
            let transition = Transition { kind: TransitionKind::Mix, frames };
            let edit = EditCommand::Do(Box::new(show::Edit::Transition(transition)));
            let auto = CommandKind::Switch(Switch::Auto);
            CommandKind::Batch(vec![CommandKind::Edit(edit), auto])
        };
        add(frame, take);
        frame += u64::from(frames);
    }
    (takes, script, frame + 20)
}

/// The frame of each take, and how many frames were encoded as the one before.
type Taken = (Vec<(u64, LayoutId)>, u64);

/// Runs a script and yields the frame of each take, as its event says.
fn frames_of_takes(folder: &Path, options: Options) -> Result<Taken, Fault> {
    media::init().unwrap();
    let folder_of_show = folder.to_owned();
    let options = Options { folder: folder_of_show, ..options };
    let studio = Studio::default();
    let mut session = Session::start(&studio, show_of(folder), options).unwrap();
    let (mut taken, mut troubles) = (Vec::new(), Vec::new());
    let mut hear = |event| match event {
        ProgramEvent::Event(event) => match event.kind {
            EventKind::Taken(items) => taken.push((event.frame.0, items.layout.unwrap())),
            EventKind::Rejected(rejection) => troubles.push(format!("{rejection}")),
            _ => {}
        },
        ProgramEvent::Refused(command, rejection) => {
            troubles.push(format!("{command:?}: {rejection}"));
        }
        ProgramEvent::Entry(_) => {}
    };
    while session.beat() {
        let wait = std::time::Duration::from_millis(if session.is_offline() { 0 } else { 20 });
        if let Ok(event) = session.events.recv_timeout(wait) {
            hear(event);
        }
        session.events.try_iter().for_each(&mut hear);
    }
    let (events, notes) = (session.events.clone(), session.problems.all());
    let mut line = studio::program::stats::line(&session, &studio.clock);
    let shared = std::sync::Arc::clone(&session.shared);
    session.finish();
    line.count_to_the_end(&shared);
    let repeated = line.repeated;
    events.try_iter().for_each(&mut hear);
    // A file that is not cued within its half a second refuses its take: in real time that is late.
    let said = format!("{troubles:?}, {notes:?}");
    match troubles.is_empty() && notes.is_empty() {
        true => Ok((taken, repeated)),
        false if notes.is_empty() => Err(Fault::Late(said)),
        false => Err(Fault::Wrong(said)),
    }
}

/// What a recorded picture shows: what its bars read, and how bright each of their cells is.
#[derive(Clone, Copy)]
struct Bars {
    reading: Reading,
    cells: [[f64; CELLS]; 2],
}

fn bars(luma: &Luma<'_>) -> Bars {
    let mean = |bar: usize, cell: usize| {
        let (wide, high) = (luma.width / CELLS, luma.height / 10);
        let (left, top) = (cell * wide, bar * (luma.height - high));
        let rows = top + high / 4..top + high * 3 / 4;
        let columns = left + wide / 4..left + wide * 3 / 4;
        let count = (rows.len() * columns.len()) as f64;
        let rows = rows.map(|row| &luma.data[row * luma.stride..][columns.clone()]);
        rows.flatten().map(|value| f64::from(*value)).sum::<f64>() / count
    };
    let cells = [0, 1].map(|bar| std::array::from_fn(|cell| mean(bar, cell)));
    Bars { reading: numbers::read(luma, Area::whole(luma)), cells }
}

/// An item on a bus since a frame.
#[derive(Clone, Copy, Debug)]
struct Side {
    item: Item,
    since: u64,
}

impl Side {
    /// Tag and number on a frame; `starts` has the frame on which each pattern was at 0.
    fn number(self, n: u64, starts: &[Option<u64>; 16]) -> Option<(u8, u64)> {
        match self.item {
            Item::Still { tag, number } => Some((tag, number)),
            Item::Pattern { tag } => Some((tag, n - starts[usize::from(tag)]?)),
            Item::File { tag, first } => Some((tag, first + n - self.since)),
            Item::Flat(_) => None,
        }
    }

    fn cells(self, n: u64, starts: &[Option<u64>; 16]) -> Option<[f64; CELLS]> {
        if let Item::Flat(colour) = self.item {
            return Some([f64::from(colour.to_bt709()[0]); CELLS]);
        }
        let (tag, number) = self.number(n, starts)?;
        Some(pattern::cells(tag, number).map(|on| if on { 235.0 } else { 16.0 }))
    }
}

/// The most codes by which a cell may differ: what encoding does to flat patches.
const MOST_NOISE: f64 = 3.0;

/// What was measured.
#[derive(Debug, Default)]
struct Figures {
    frames: usize,
    in_a_mix: usize,
    worst: f64,
    clicks: usize,
    click_mean_millis: f64,
    click_worst_millis: f64,
}

/// Judges every frame of the recording by the takes.
fn judge(path: &Path, takes: &[Take], taken: &[(u64, LayoutId)]) -> Result<Figures, String> {
    assert_eq!(takes.len(), taken.len(), "each take has its event");
    let seen = decode::pictures(path, |luma| bars(&luma));
    let reads = |bars: &Bars, tag| bars.reading.both().is_some_and(|(seen, _)| seen == tag);
    let first =
        seen.iter().position(|seen| reads(&seen.what, 9)).ok_or("the first take is missing")?;
    // A recording's frame r is the programme's r + offset.
    let offset = taken[0].0.checked_sub(first as u64).ok_or("the first take is late")?;
    let mut figures = Figures::default();
    let mut starts = [None; 16];
    for (index, take) in takes.iter().enumerate().skip(1) {
        let since = |index: usize| Side { item: ITEMS[takes[index].item], since: taken[index].0 };
        let (from, to, frames) = (since(index - 1), since(index), u64::from(take.frames));
        assert_eq!(taken[index].1, layout_id(take.item), "take {index} names its layout");
        let end = taken.get(index + 1).map_or(to.since + frames, |next| next.0);
        for n in to.since..end {
            let place = format!("take {index} ({:?} to {:?}), frame {n}", from.item, to.item);
            let bars = &seen.get((n - offset) as usize).ok_or(format!("{place}: missing"))?.what;
            let part = (n + 1 - to.since).min(frames) as f64 / frames as f64;
            if part == 1.0 {
                learn(bars, to.item, n, &mut starts);
                let expected = to.number(n, &starts);
                if bars.reading.both() != expected {
                    return Err(format!("{place}: {:?} instead of {expected:?}", bars.reading));
                }
            } else {
                figures.in_a_mix += 1;
            }
            // A pattern that has not been alone on air yet cannot be foretold.
            let sides = (from.cells(n, &starts), to.cells(n, &starts));
            let (Some(before), Some(after)) = sides else { continue };
            let worst = furthest(bars, &before, &after, part);
            if worst > MOST_NOISE {
                return Err(format!("{place}: {worst} codes from {part} of the mix"));
            }
            figures.worst = figures.worst.max(worst);
            figures.frames += 1;
        }
    }
    judge_sound(path, (takes, taken), (&seen, offset), &mut figures)?;
    Ok(figures)
}

/// The first time a pattern is seen alone says when it began.
fn learn(bars: &Bars, item: Item, n: u64, starts: &mut [Option<u64>; 16]) {
    if let Item::Pattern { tag } = item
        && let Some((seen, number)) = bars.reading.both()
        && seen == tag
    {
        let start = &mut starts[usize::from(tag)];
        *start = start.or(n.checked_sub(number));
    }
}

fn furthest(bars: &Bars, before: &[f64; CELLS], after: &[f64; CELLS], part: f64) -> f64 {
    let differences = bars.cells.iter().flat_map(|bar| {
        let expected = before.iter().zip(after).map(|(from, to)| from + (to - from) * part);
        bar.iter().zip(expected).map(|(seen, expected)| (seen - expected).abs())
    });
    differences.fold(0.0, f64::max)
}

/// A film that was cut to clicks on the frame on which it flashes.
fn judge_sound(
    path: &Path,
    (takes, taken): (&[Take], &[(u64, LayoutId)]),
    (seen, offset): (&[Seen<Bars>], u64),
    figures: &mut Figures,
) -> Result<(), String> {
    let sound = decode::sound(path);
    let clicks: Vec<i64> =
        decode::clicks(&sound.samples).into_iter().map(|at| sound.time(at)).collect();
    let is_film = |take: &Take| matches!(ITEMS[take.item], Item::File { .. });
    let cuts = takes.iter().zip(taken).filter(|(take, _)| take.frames == 1 && is_film(take));
    let flashes: Vec<i64> =
        cuts.map(|(_, (n, _))| seen[(n + FLASH_AFTER - offset) as usize].pts).collect();
    let compared = decode::offset(&flashes, &clicks);
    figures.clicks = compared.seconds;
    figures.click_mean_millis = compared.mean_millis;
    figures.click_worst_millis = compared.worst_millis;
    if compared.mean_millis.abs() > 3.0 || compared.worst_millis.abs() > 5.0 {
        return Err(format!("picture and sound are apart: {compared:?}"));
    }
    Ok(())
}

#[test]
fn a_thousand_takes_are_on_air_on_the_frame_their_event_names() {
    let folder = tempfile::tempdir().unwrap();
    let (takes, script, frames) = script(1_000, 7, 4..7);
    let asked: Vec<u64> = script
        .iter()
        .filter(|(_, command)| is_take(&command.kind))
        .map(|(frame, _)| frame.0)
        .collect();
    let options = Options { offline: true, script, frames: Some(frames), ..Options::default() };
    let (taken, _) = frames_of_takes(folder.path(), options).unwrap();
    // Outside real time every frame waits for what is being cued: no take waits.
    assert_eq!(taken.iter().map(|(frame, _)| *frame).collect::<Vec<_>>(), asked);
    let figures = judge(&folder.path().join("out.mkv"), &takes, &taken).unwrap();
    println!("1,000 takes: {figures:?}");
    assert!(figures.clicks >= 80 && figures.in_a_mix >= 1_000, "{figures:?}");
}

fn is_take(kind: &CommandKind) -> bool {
    matches!(kind, CommandKind::Switch(Switch::Cut) | CommandKind::Batch(_))
}

#[test]
fn a_hundred_takes_in_real_time_are_on_air_on_the_frame_their_event_names() {
    real_time("100 takes", LD25.rate, |_| {
        let folder = tempfile::tempdir().unwrap();
        let (takes, script, frames) = script(100, 6, 8..12);
        let options = Options { script, frames: Some(frames), ..Options::default() };
        let (taken, repeated) = frames_of_takes(folder.path(), options)?;
        if taken.len() != takes.len() {
            return Err(format!("{} of {} takes were made", taken.len(), takes.len()).into());
        }
        let figures = judge(&folder.path().join("out.mkv"), &takes, &taken);
        // Where frames were left out, and said to be, all that follows is to be seen elsewhere.
        let figures = figures.map_err(|fault| match repeated {
            0 => Fault::Wrong(fault),
            _ => Fault::Late(format!("{fault}; {repeated} frames were repeated")),
        })?;
        println!("100 takes in real time: {figures:?}");
        Ok(())
    });
}

/// Nine test patterns on PGM, PVW empty.
fn nine_patterns() -> Show {
    let mut show = Show::new("Nine", shows::HD25);
    let feeds: Vec<Feed> = (0..9).map(|tag| Feed::Source(SourceId(10 + tag))).collect();
    for tag in 0..9 {
        let kind = SourceKind::TestPattern { tag };
        show.sources.push(shows::source(10 + u32::from(tag), kind));
    }
    show.layouts.push(Template::NineUp.layout(LayoutId(40), "Nine", &feeds));
    let profile = EncodeProfile { preset: Preset::Ultrafast, ..Default::default() };
    let (bus, sei) = Default::default();
    let kind = OutputKind::Record { path: "out.mkv".to_owned() };
    show.outputs.push(Output { id: RECORDING, name: "Out".to_owned(), kind, profile, bus, sei });
    show
}

/// Twenty new texts in Chinese, Japanese and Korean, a PNG of 9 MB, and a scene of them on PVW.
fn much_for_pvw(picture: &Path) -> CommandKind {
    let path = picture.to_str().unwrap().to_owned();
    let asset = Asset { id: AssetId(60), path, kind: AssetKind::Picture, hash: None };
    let mut items = vec![show::Item::Asset(asset)];
    for number in 0..20 {
        let words = format!("{number} 港口今夜直播 みなとの夜 항구의 밤 {number}");
        items.push(show::Item::Component(shows::text(100 + number, &words)));
    }
    let kind = show::ComponentKind::Image { asset: AssetId(60), height: None };
    items.push(show::Item::Component(show::Component { kind, ..shows::text(120, "") }));
    let components = (100..121).map(show::ComponentId).collect();
    let (id, name, layout) = (show::SceneId(130), "Much".to_owned(), LayoutId(40));
    items.push(show::Item::Scene(show::Scene { id, name, layout, components }));
    let edits = items.into_iter().map(|item| EditCommand::Do(Box::new(show::Edit::Add(item))));
    let load = CommandKind::Switch(Switch::LoadScene(id));
    CommandKind::Batch(edits.map(CommandKind::Edit).chain([load]).collect())
}

#[test]
fn texts_and_pictures_for_pvw_take_no_frame_from_pgm() {
    let picture = made::kept("noise-9.png", |path| made::noise_png(path, 1_700));
    real_time("much for PVW", shows::HD25.rate, |_| {
        media::init().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let command = |frame, kind| {
            let (program, origin) = (ProgramId(0), Issuer::CommandLine);
            (FrameIndex(frame), Command { program, origin, gesture: None, kind })
        };
        let start = [
            CommandKind::Deliver(Deliver::Start(RECORDING)),
            CommandKind::Switch(Switch::LoadLayout(LayoutId(40))),
            CommandKind::Switch(Switch::Cut),
        ];
        let script = vec![
            command(0, CommandKind::Batch(start.to_vec())),
            command(75, much_for_pvw(&picture)),
        ];
        let (folder_of_show, frames) = (folder.path().to_owned(), Some(200));
        let options = Options { folder: folder_of_show, script, frames, ..Options::default() };
        let studio = Studio::default();
        let mut session = Session::start(&studio, nine_patterns(), options).unwrap();
        while session.beat() {
            let _heard = session.events.recv_timeout(std::time::Duration::from_millis(20));
        }
        let mut line = studio::program::stats::line(&session, &studio.clock);
        let shared = std::sync::Arc::clone(&session.shared);
        let snapshot = shared.snapshot.load_full();
        session.finish();
        line.count_to_the_end(&shared);
        println!("much for PVW: {line}, {} ready", snapshot.prepared.len());
        let ready = |state: &&engine::PrepState| **state == engine::PrepState::Ready;
        assert_eq!(snapshot.prepared.values().filter(ready).count(), 21);
        // Each pane of each frame has its number, the next of the last.
        let places = Template::NineUp.places();
        let panes: Vec<show::Rect> = places.into_iter().map(|(rect, _)| rect).collect();
        let tags: Vec<u8> = (0..9).collect();
        let seen = crate::end_to_end::numbers_of(&folder.path().join("out.mkv"), &panes, &tags);
        let checked = every_number(&seen, &[None; 9], line.repeated)?;
        if checked < 190 || line.late > 0 {
            return Err(Fault::Late(format!("{checked} frames, {line}")));
        }
        Ok(())
    });
}
