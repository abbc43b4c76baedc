//! A source on air is replaced by another address or another film: what was on air goes on until the first good picture of
//! the other.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use compositor::Backend;
use engine::{CommandKind, EditCommand, FrameIndex, SourceState, Switch};
use show::{
    Asset, AssetId, AssetKind, Edit, Feed, FileEnd, Format, FrameRate, Item, LayoutId, PlayFile,
    Raster, Show, SourceId, SourceKind, Template,
};
use studio::program::session::{Options, Session};
use tests::air::{self, Number, Watched};
use tests::canary::{Fault, real_time};
use tests::fake::{Fakes, Life};
use tests::time::{self, PATIENCE};
use tests::{media as made, shows};

const LD25: Format = Format { raster: Raster::Ld, rate: FrameRate::R25 };
const ONE: &str = "rtmp://one.test/live";
const OTHER: &str = "rtmp://other.test/live";
const SOURCE: SourceId = SourceId(10);
const LAYOUT: LayoutId = LayoutId(30);

fn live(url: &str) -> SourceKind {
    SourceKind::Live { url: url.to_owned(), latency_millis: 200 }
}

/// The film of a tag.
fn film(tag: u8, end: FileEnd) -> SourceKind {
    SourceKind::File(PlayFile::whole(AssetId(u32::from(tag)), end))
}

/// A programme in real time that shows this source alone.
fn start(fakes: &Arc<Fakes>, kind: SourceKind) -> (Session, Show) {
    media::init().expect("GStreamer");
    let mut show = Show::new("Replaced", LD25);
    for tag in 1..=2_u8 {
        let path = made::small_film(tag).to_str().expect("UTF-8").to_owned();
        let (id, kind) = (AssetId(u32::from(tag)), AssetKind::Media);
        show.assets.push(Asset { id, path, kind, hash: None });
    }
    show.sources.push(shows::source(SOURCE.0, kind));
    show.layouts.push(Template::Single.layout(LAYOUT, "One", &[Feed::Source(SOURCE)]));
    let take = CommandKind::Switch(Switch::TakeLayout(LAYOUT));
    let script = vec![(FrameIndex(0), shows::command(take))];
    let options = Options { script, backend: Some(Backend::Cpu), ..Options::default() };
    let session = Session::start(&fakes.studio(), show.clone(), options).expect("it starts");
    session.shared.watched.store(true, Ordering::Relaxed);
    let begun = time::wait_for(PATIENCE, || {
        let states = &session.shared.snapshot.load().sources;
        (states.get(&SOURCE) == Some(&SourceState::Live)).then_some(())
    });
    assert!(begun.is_some(), "it is not on air");
    time::sleep(Duration::from_millis(500));
    (session, show)
}

fn command(session: &Session, kind: CommandKind) {
    let command = engine::Command { program: session.program, ..shows::command(kind) };
    session.commands.send(command).expect("it runs");
}

/// Makes the source another one in the show.
fn edit(session: &Session, kind: SourceKind) {
    let edit = Edit::Replace(Item::Source(shows::source(SOURCE.0, kind)));
    command(session, CommandKind::Edit(EditCommand::Do(Box::new(edit))));
}

fn update(session: &Session) {
    command(session, CommandKind::Switch(Switch::Update));
}

fn pause(millis: u64) {
    time::sleep(Duration::from_millis(millis));
}

/// The frames since which each of the tags is on PGM: never black, and the pictures of each follow one another.
fn changes(seen: &Watched, lap: u64) -> Result<Vec<(u8, u64)>, Fault> {
    let mut changes: Vec<(u8, u64)> = Vec::new();
    let mut before: Option<(u64, Number)> = None;
    for frame in &seen.frames {
        let n = frame.frame.0;
        let Some((tag, number)) = frame.first() else {
            return Err(format!("black on {n}, after {before:?}").into());
        };
        if let Some((last, (of, shown))) = before
            && of == tag
        {
            // One that was not looked at is nobody's fault.
            let stood = (number + lap - shown) % lap + 2 < n - last;
            if stood {
                return Err(Fault::Late(format!("{number} of {tag} on {n}, {shown} on {last}")));
            }
        } else {
            changes.push((tag, n));
        }
        before = Some((n, (tag, number)));
    }
    Ok(changes)
}

fn tags(changes: &[(u8, u64)]) -> Vec<u8> {
    changes.iter().map(|(tag, _)| *tag).collect()
}

/// An address that answers at once, and one that takes two seconds.
#[test]
fn another_address_is_on_air_from_its_first_picture_on() {
    real_time("another address", LD25.rate, |_| {
        let fakes = Arc::new(Fakes::default());
        fakes.add(ONE, LD25, 1);
        let other = fakes.add(OTHER, LD25, 2);
        let (session, show) = start(&fakes, live(ONE));
        let mut asked = 0;
        let seen = air::watch(&session, &show, || {
            edit(&session, live(OTHER));
            // It is opened before it is wanted.
            pause(1_000);
            asked = session.shared.counts.frames.load(Ordering::Relaxed);
            update(&session);
            pause(500);
            other.set(Life::Silent);
            edit(&session, live(ONE));
            update(&session);
            pause(1_000);
            edit(&session, live(OTHER));
            update(&session);
            pause(2_000);
            other.set(Life::Sends);
            pause(1_500);
        });
        drop(session.finish());
        let changes = changes(&seen, u64::MAX / 2)?;
        let waited = changes.get(1).map(|(_, at)| at - asked);
        println!("{changes:?}, waited {waited:?} frames");
        if tags(&changes) != [1, 2, 1, 2] || waited.is_none_or(|waited| waited > 4) {
            return Err(Fault::Late(format!("{changes:?}, {waited:?}")));
        }
        Ok(())
    });
}

/// What does not answer is said, and what is on air stays.
#[test]
fn an_address_that_does_not_answer_leaves_on_air_what_is_there() {
    real_time("an address that does not answer", LD25.rate, |_| {
        let fakes = Arc::new(Fakes::default());
        fakes.add(ONE, LD25, 1);
        let other = fakes.add(OTHER, LD25, 2);
        other.set(Life::Refuses);
        let (session, show) = start(&fakes, live(ONE));
        let (mut state, mut told) = (None, None);
        let seen = air::watch(&session, &show, || {
            edit(&session, live(OTHER));
            update(&session);
            pause(1_500);
            state = session.shared.snapshot.load().sources.get(&SOURCE).copied();
            told = session.problems.all().into_iter().find(|(place, _)| *place == SOURCE.into());
            edit(&session, live(ONE));
            update(&session);
            pause(500);
        });
        let left = other.opened() - other.closed();
        let cleared = session.problems.all().is_empty();
        drop(session.finish());
        let changes = changes(&seen, u64::MAX / 2)?;
        if tags(&changes) != [1] || state != Some(SourceState::Live) || told.is_none() || !cleared {
            return Err(format!("{changes:?}, {state:?}, {told:?}, {left}, {cleared}").into());
        }
        Ok(())
    });
}

/// Films that loop, and films that begin on their take, which do so here.
#[test]
fn another_film_is_on_air_from_its_first_picture_on() {
    real_time("another film", LD25.rate, |_| {
        for end in [FileEnd::Loop, FileEnd::Once] {
            let fakes = Arc::new(Fakes::default());
            let (session, show) = start(&fakes, film(1, end));
            let seen = air::watch(&session, &show, || {
                edit(&session, film(2, end));
                pause(300);
                update(&session);
                pause(1_000);
            });
            drop(session.finish());
            let changes = changes(&seen, 150)?;
            let begins = seen.frames.iter().filter_map(air::Seen::first).find(|(tag, _)| *tag == 2);
            println!("{end:?}: {changes:?}, begins with {begins:?}");
            if tags(&changes) != [1, 2] || begins.is_none_or(|(_, number)| number > 2) {
                return Err(format!("{end:?}: {changes:?}, begins with {begins:?}").into());
            }
        }
        Ok(())
    });
}

/// A source that would be in the way is closed first; its last picture stays meanwhile.
#[test]
fn what_is_in_the_way_is_closed_first_and_its_picture_stays() {
    real_time("in the way", LD25.rate, |_| {
        let fakes = Arc::new(Fakes::default());
        let one = fakes.add("srt://host:9000", LD25, 1);
        let other = fakes.add("srt://host:9000?latency=500", LD25, 2);
        other.set(Life::Silent);
        let (session, show) = start(&fakes, live("srt://host:9000"));
        let mut closed = 0;
        let seen = air::watch(&session, &show, || {
            edit(&session, live("srt://host:9000?latency=500"));
            update(&session);
            pause(700);
            closed = one.closed();
            other.set(Life::Sends);
            pause(1_000);
        });
        drop(session.finish());
        let black = seen.frames.iter().filter(|frame| frame.first().is_none()).count();
        let last = seen.frames.last().and_then(air::Seen::first);
        if black > 0 || closed != 1 || last.is_none_or(|(tag, _)| tag != 2) {
            return Err(format!("{black} black, {closed} closed, {last:?}").into());
        }
        Ok(())
    });
}
