//! Takes of what is kept open although nothing shows it: PGM is never black nor another's, and what was left
//! goes on from there.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use compositor::Backend;
use engine::{CommandKind, FrameIndex, Play, Switch};
use show::{
    Asset, AssetId, AssetKind, CameraSource, Device, Feed, FileEnd, Format, FrameRate, LayoutId,
    PlayFile, Raster, ScreenArea, ScreenSource, Show, SourceId, SourceKind, Start, Template,
    WhenHidden,
};
use studio::program::session::{Options, Session};
use studio::sources::WarmBudget;
use tests::air::{self, Watched};
use tests::canary::{Fault, real_time};
use tests::fake::Fakes;
use tests::numbers::{self, Area, Luma};
use tests::time;
use tests::{media as made, shows};

pub const LD25: Format = Format { raster: Raster::Ld, rate: FrameRate::R25 };
/// The pictures of a small film.
const LAP: u64 = 150;

pub struct Stand {
    pub show: Show,
    pub fakes: Arc<Fakes>,
    pub tags: BTreeMap<SourceId, u8>,
}

impl Stand {
    pub fn new() -> Self {
        Self { show: Show::new("Warm", LD25), fakes: Arc::default(), tags: BTreeMap::new() }
    }

    /// Adds a source, alone in the layout whose number is greater by 100; the number of that.
    pub fn add(&mut self, kind: SourceKind) -> u32 {
        let number = 10 + self.show.sources.len() as u32;
        self.show.sources.push(shows::source(number, kind));
        let feed = [Feed::Source(SourceId(number))];
        let layout = Template::Single.layout(LayoutId(100 + number), number.to_string(), &feed);
        self.show.layouts.push(layout);
        100 + number
    }

    pub fn film(&mut self, tag: u8, start: Start, hidden: WhenHidden) -> u32 {
        let (asset, path) = (AssetId(300 + u32::from(tag)), made::small_film(tag));
        let path = path.to_str().unwrap().to_owned();
        self.show.assets.push(Asset { id: asset, path, kind: AssetKind::Media, hash: None });
        let end = if start == Start::Free { FileEnd::Loop } else { FileEnd::Once };
        let (start, in_millis, out_millis) = (Some(start), 0, None);
        let play = PlayFile { asset, end, in_millis, out_millis, start, track: None, hidden };
        let layout = self.add(SourceKind::File(play));
        self.tags.insert(SourceId(layout - 100), tag);
        layout
    }

    pub fn live(&mut self, tag: u8) -> u32 {
        let url = format!("rtmp://camera-{tag}.test/live");
        self.fakes.add(&url, LD25, tag);
        let layout = self.add(SourceKind::Live { url, latency_millis: 100 });
        self.tags.insert(SourceId(layout - 100), tag);
        layout
    }

    pub fn camera(&mut self, tag: u8) -> u32 {
        let id = format!("camera-{tag}");
        self.fakes.add(&id, LD25, tag);
        let device = Device { id, name: String::new() };
        let camera = CameraSource { device, mode: None, latency_millis: 80 };
        let layout = self.add(SourceKind::Camera(camera));
        self.tags.insert(SourceId(layout - 100), tag);
        layout
    }

    pub fn screen(&mut self, tag: u8) -> u32 {
        let name = format!("monitor-{tag}");
        self.fakes.add(&name, LD25, tag);
        let area = ScreenArea::Monitor { name };
        let screen = ScreenSource { area, cursor: false, rate: None };
        let layout = self.add(SourceKind::Screen(screen));
        self.tags.insert(SourceId(layout - 100), tag);
        layout
    }

    /// Starts it with this layout on air.
    pub fn start(&self, first: u32, warm: WarmBudget) -> Session {
        media::init().unwrap();
        let take = CommandKind::Switch(Switch::TakeLayout(LayoutId(first)));
        let script = vec![(FrameIndex(0), shows::command(take))];
        let options = Options { script, backend: Some(Backend::Cpu), ..Options::default() };
        let studio = self.fakes.studio().keeping(warm);
        Session::start(&studio, self.show.clone(), options).unwrap()
    }

    /// Takes these layouts, each after so many milliseconds, and watches.
    fn watch(&self, session: &Session, takes: &[(u64, u32)]) -> Watched {
        air::watch(session, &self.show, || {
            for (pause, layout) in takes {
                time::sleep(Duration::from_millis(*pause));
                let kind = CommandKind::Switch(Switch::TakeLayout(LayoutId(*layout)));
                let command = engine::Command { program: session.program, ..shows::command(kind) };
                session.commands.send(command).unwrap();
            }
            time::sleep(Duration::from_millis(600));
        })
    }
}

/// What is wrong on PGM; black is allowed while the first layout is being opened.
pub fn black_or_wrong(stand: &Stand, seen: &mut Watched) -> Result<(), Fault> {
    let first = seen.frames.iter().position(|frame| !frame.is_black()).unwrap_or(0);
    seen.frames.drain(..first);
    let wrong = seen.wrong(&stand.show, &stand.tags);
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!("{} of {} frames: {wrong:?}", wrong.len(), seen.frames.len()).into())
}

/// The numbers of a looping film never go back nor jump: from one frame to the next it stands or goes on
/// by one. Yields the films that did otherwise.
pub fn jumps(seen: &Watched, films: &[SourceId]) -> Vec<String> {
    let mut jumps = Vec::new();
    for id in films {
        let mut last: Option<(u64, u64)> = None;
        for frame in &seen.frames {
            let Some((_, number)) = frame.sources.get(id).copied().flatten() else { continue };
            if let Some((before, old)) = last {
                let (frames, gone) = (frame.frame.0 - before, (number + LAP - old) % LAP);
                if gone > frames {
                    jumps.push(format!("{id} on {}: {old}, then {number}", frame.frame.0));
                }
            }
            last = Some((frame.frame.0, number));
        }
    }
    jumps
}

/// Frames from a take until it is on air, of those that were waited for.
fn waited(seen: &Watched, expected: usize) -> Result<(), Fault> {
    let order = seen.order();
    if order.len() == expected && seen.refused.is_empty() {
        return Ok(());
    }
    Err(Fault::Late(format!("{} of {expected} takes; {:?}", order.len(), seen.refused)))
}

#[test]
fn three_looping_films_in_turn_are_never_black_and_go_on_where_they_were_left() {
    real_time("three films in turn", LD25.rate, |_| {
        let mut stand = Stand::new();
        let films = [1, 2, 3].map(|tag| stand.film(tag, Start::Free, WhenHidden::Pause));
        for budget in [WarmBudget::default(), WarmBudget::NONE] {
            let session = stand.start(films[0], budget);
            let takes: Vec<(u64, u32)> = (1..=9).map(|n| (800, films[n % 3])).collect();
            let mut seen = stand.watch(&session, &takes);
            drop(session.finish());
            black_or_wrong(&stand, &mut seen)?;
            let jumps = jumps(&seen, &films.map(|layout| SourceId(layout - 100)));
            if !jumps.is_empty() {
                return Err(format!("{budget:?}: {jumps:?}").into());
            }
            waited(&seen, 10)?;
        }
        Ok(())
    });
}

/// The frames since which a film is on PGM, with the numbers that it showed there.
fn stays(seen: &Watched, layout: u32) -> Vec<Vec<(u64, u64)>> {
    let mut stays: Vec<Vec<(u64, u64)>> = Vec::new();
    let mut was_there = false;
    for frame in &seen.frames {
        let is_there = seen.layout(frame.frame) == Some(LayoutId(layout));
        let number = frame.sources.get(&SourceId(layout - 100)).copied().flatten();
        if let (true, Some((_, number))) = (is_there, number) {
            if !was_there {
                stays.push(Vec::new());
            }
            stays.last_mut().unwrap().push((frame.frame.0, number));
        }
        was_there = is_there;
    }
    stays
}

/// A film that is set to play on is where it would be by now, kept open or closed meanwhile; one that
/// starts on its take begins at its in point each time.
#[test]
fn a_film_plays_on_where_so_set_and_one_that_starts_on_its_take_begins() {
    real_time("films that play on", LD25.rate, |_| {
        for budget in [WarmBudget::default(), WarmBudget::NONE] {
            let mut stand = Stand::new();
            let others = [1, 2].map(|tag| stand.film(tag, Start::Free, WhenHidden::Pause));
            let plays_on = stand.film(3, Start::Free, WhenHidden::PlayOn);
            let cued = stand.film(4, Start::OnTake, WhenHidden::Pause);
            let session = stand.start(plays_on, budget);
            let [one, two] = others;
            let order = [one, two, one, plays_on, cued, two, one, cued, two];
            let mut seen = stand.watch(&session, &order.map(|layout| (700, layout)));
            drop(session.finish());
            black_or_wrong(&stand, &mut seen)?;
            waited(&seen, 10)?;
            let [first, again] = &stays(&seen, plays_on)[..] else {
                return Err(Fault::Late("not two stays".to_owned()));
            };
            // Closed, it is a little late: it takes as long to open.
            let ((left, last), (back, number)) = (*first.last().unwrap(), again[0]);
            let (gone, shown) = (back - left, (number + LAP - last) % LAP);
            let slack = if budget == WarmBudget::NONE { 12 } else { 1 };
            if shown > gone || shown + slack < gone {
                return Err(format!("{budget:?}: {shown} pictures after {gone} frames").into());
            }
            for stay in stays(&seen, cued) {
                if stay[0].1 > 1 {
                    return Err(format!("{budget:?}: begins with {}", stay[0].1).into());
                }
            }
        }
        Ok(())
    });
}

/// A film that was left for some seconds is opened anew where it stands, so that it holds less.
#[test]
fn a_film_that_is_left_for_long_goes_on_where_it_was() {
    real_time("a film that is left", LD25.rate, |_| {
        let mut stand = Stand::new();
        let [one, two, three] =
            [1, 2, 3].map(|tag| stand.film(tag, Start::Free, WhenHidden::Pause));
        let session = stand.start(one, WarmBudget::default());
        let channel = || {
            let wiring = session.shared.wiring.load();
            let wired = wiring.sources.iter().find(|wired| wired.id == SourceId(one - 100))?;
            Some(Arc::clone(&wired.video))
        };
        let before = time::wait_for(time::PATIENCE, channel).unwrap();
        let mut after = None;
        let mut seen = air::watch(&session, &stand.show, || {
            for (pause, layout) in [(900, two), (500, three), (5_000, one), (700, two)] {
                time::sleep(Duration::from_millis(pause));
                after = if layout == one { channel() } else { after.take() };
                let kind = CommandKind::Switch(Switch::TakeLayout(LayoutId(layout)));
                let command = engine::Command { program: session.program, ..shows::command(kind) };
                session.commands.send(command).unwrap();
            }
            time::sleep(Duration::from_millis(500));
        });
        drop(session.finish());
        black_or_wrong(&stand, &mut seen)?;
        let jumps = jumps(&seen, &[SourceId(one - 100)]);
        if !jumps.is_empty() {
            return Err(format!("{jumps:?}").into());
        }
        waited(&seen, 5)?;
        match after {
            Some(after) if !Arc::ptr_eq(&before, &after) => Ok(()),
            _ => Err(Fault::Late("it was not opened anew".to_owned())),
        }
    });
}

/// The number that PGM shows on each frame outside real time, none if it is black.
fn offline(stand: &Stand, takes: &[(u64, Switch)], frames: u64) -> Vec<Option<u64>> {
    media::init().unwrap();
    let script = takes
        .iter()
        .map(|(frame, switch)| (FrameIndex(*frame), shows::command(CommandKind::Switch(*switch))));
    let options = Options {
        offline: true,
        script: script.collect(),
        backend: Some(Backend::Cpu),
        ..Options::default()
    };
    let mut session = Session::start(&stand.fakes.studio(), stand.show.clone(), options).unwrap();
    session.shared.watched.store(true, Ordering::Relaxed);
    let number = |session: &Session| {
        let view = session.shared.view.load_full()?;
        let luma = Luma::of(&view.pgm);
        Some(numbers::read(&luma, Area::whole(&luma)).both()?.1)
    };
    let shown = (0..frames).map(|_| {
        assert!(session.beat());
        number(&session)
    });
    let shown = shown.collect();
    drop(session.finish());
    shown
}

/// Nothing is kept open there, and a film goes on from the very picture.
#[test]
fn outside_real_time_a_film_goes_on_exactly_where_it_was_left() {
    for (hidden, away) in [(WhenHidden::Pause, 0), (WhenHidden::PlayOn, 17)] {
        let mut stand = Stand::new();
        let film = stand.film(1, Start::Free, hidden);
        let others = [2, 3].map(|tag| stand.film(tag, Start::Free, WhenHidden::Pause));
        let [one, two] = others.map(|layout| Switch::TakeLayout(LayoutId(layout)));
        let film = LayoutId(film);
        let back = [(45, Switch::LoadLayout(film)), (50, Switch::Cut)];
        let takes = [(0, Switch::TakeLayout(film)), (10, one), (29, two)];
        let shown = offline(&stand, &[&takes[..], &back].concat(), 60);
        assert_eq!(shown, offline(&stand, &[&takes[..], &back].concat(), 60), "{hidden:?}");
        // It is on a bus up to frame 28, and again from frame 46 on, as it is opened on frame 45.
        let at_nine = shown[9].expect("it is on PGM");
        let wanted = |frame: u64| Some(at_nine + (28 - 9) + (frame - 45) + away);
        for frame in 50..60 {
            assert_eq!(shown[frame as usize], wanted(frame), "{hidden:?}, frame {frame}");
        }
    }
}

/// The numbers that a film goes to instead of the next one, of those that were seen on PGM.
fn seeks(seen: &Watched, film: SourceId) -> Vec<u64> {
    let numbers: Vec<(u64, u64)> = seen
        .frames
        .iter()
        .filter_map(|frame| Some((frame.frame.0, frame.sources.get(&film).copied()??.1)))
        .collect();
    let is_seek = |pair: &&[(u64, u64)]| {
        let [(before, old), (frame, new)] = pair else { return false };
        new < old || new - old > frame - before
    };
    numbers.windows(2).filter(is_seek).map(|pair| pair[1].1).collect()
}

#[test]
fn a_film_that_is_sought_on_air_keeps_its_picture_until_the_other_is_there() {
    real_time("seeks on air", LD25.rate, |_| {
        for start in [Start::Free, Start::OnTake] {
            let mut stand = Stand::new();
            let layout = stand.film(4, start, WhenHidden::Pause);
            let film = SourceId(layout - 100);
            let session = stand.start(layout, WarmBudget::default());
            let plays = [
                (1_000, Play::Seek(film, 4_000)),
                (800, Play::Restart(film)),
                (800, Play::Pause(film, true)),
                (400, Play::Seek(film, 3_000)),
                (600, Play::Pause(film, false)),
            ];
            let mut seen = air::watch(&session, &stand.show, || {
                for (pause, play) in plays {
                    time::sleep(Duration::from_millis(pause));
                    let kind = CommandKind::Play(play);
                    let command =
                        engine::Command { program: session.program, ..shows::command(kind) };
                    session.commands.send(command).unwrap();
                }
                time::sleep(Duration::from_millis(600));
            });
            drop(session.finish());
            black_or_wrong(&stand, &mut seen)?;
            let seeks = seeks(&seen, film);
            if seeks != [100, 0, 75] {
                return Err(Fault::Late(format!("{start:?}: {seeks:?}, {:?}", seen.refused)));
            }
        }
        Ok(())
    });
}
