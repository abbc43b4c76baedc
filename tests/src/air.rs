//! What a program in real time shows, frame by frame, with the numbers of all its sources.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use engine::{BusItems, EventKind, Frame, FrameIndex, Rejection};
use show::{Feed, Layout, LayoutId, Show, SourceId};
use studio::program::program_shared::{ProgramEvent, ProgramShared};
use studio::program::session::Session;
use studio::program::view::ProgramView;

use crate::numbers::{self, Area, Luma};
use crate::time;

/// The tag and the number of a pattern.
pub type Number = (u8, u64);

/// What a layout shows in an area, whatever source or graphic that is.
#[derive(Clone, Debug)]
pub struct Mark {
    /// The layout.
    pub layout: LayoutId,
    /// Where.
    pub area: Area,
    /// What is seen there.
    pub expected: Expected,
}

/// What is seen in an area.
#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    /// This pattern.
    Number(Number),
    /// A mean of Y' in this range.
    Luma(std::ops::RangeInclusive<f64>),
}

/// A frame that was seen on PGM.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The frame.
    pub frame: FrameIndex,
    /// What is read in each area that is a pane of some layout.
    areas: Vec<(Area, Option<Number>)>,
    /// What is read at each mark: the number and the mean of Y'.
    marks: Vec<(Option<Number>, f64)>,
    /// What each open source shows on it; none if that is no pattern.
    pub sources: BTreeMap<SourceId, Option<Number>>,
}

/// A run that was watched.
pub struct Watched {
    /// The frames that were seen, in order.
    pub frames: Vec<Seen>,
    /// What PGM had from which frame on.
    pub taken: Vec<(FrameIndex, BusItems)>,
    /// What was refused or given up.
    pub refused: Vec<Rejection>,
}

impl Seen {
    /// Whether nothing was read in any pane.
    pub fn is_black(&self) -> bool {
        self.areas.iter().all(|(_, number)| number.is_none())
    }

    /// What is read in the first pane of all layouts.
    pub fn first(&self) -> Option<Number> {
        self.areas.first().and_then(|(_, number)| *number)
    }
}

fn read(picture: &Frame, area: Option<Area>) -> Option<Number> {
    let luma = Luma::of(picture);
    numbers::read(&luma, area.unwrap_or_else(|| Area::whole(&luma))).both()
}

fn look(view: &ProgramView, areas: &[Area], marks: &[Mark]) -> Seen {
    let numbers = view.pictures.iter().map(|(id, picture)| (*id, read(picture, None)));
    let areas = areas.iter().map(|area| (*area, read(&view.pgm, Some(*area))));
    let luma = Luma::of(&view.pgm);
    let marks = marks.iter().map(|mark| (read(&view.pgm, Some(mark.area)), luma.mean(mark.area)));
    let (areas, marks) = (areas.collect(), marks.collect());
    Seen { frame: view.frame, areas, marks, sources: numbers.collect() }
}

/// Watches a program of this show while something is done to it.
pub fn watch(session: &Session, show: &Show, act: impl FnOnce()) -> Watched {
    watch_marks(session, show, &[], act)
}

/// As [`watch`], and reads PGM at these marks.
pub fn watch_marks(session: &Session, show: &Show, marks: &[Mark], act: impl FnOnce()) -> Watched {
    let mut areas: Vec<Area> = Vec::new();
    for (_, area) in show.layouts.iter().flat_map(|layout| panes(layout, show)) {
        if !areas.contains(&area) {
            areas.push(area);
        }
    }
    let (shared, is_over): (&ProgramShared, _) = (&session.shared, AtomicBool::new(false));
    shared.watched.store(true, Ordering::Relaxed);
    let frames = thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut all: Vec<Seen> = Vec::new();
            while !is_over.load(Ordering::Acquire) {
                if let Some(view) = shared.view.load_full()
                    && all.last().is_none_or(|last| last.frame != view.frame)
                {
                    all.push(look(&view, &areas, marks));
                }
                time::sleep(Duration::from_millis(4));
            }
            all
        });
        act();
        is_over.store(true, Ordering::Release);
        watcher.join().expect("the watcher does not panic")
    });
    let (mut taken, mut refused) = (Vec::new(), Vec::new());
    for event in session.events.try_iter() {
        match event {
            ProgramEvent::Event(event) => match event.kind {
                EventKind::Taken(items) => taken.push((event.frame, items)),
                EventKind::Rejected(rejection) => refused.push(rejection),
                _ => {}
            },
            ProgramEvent::Refused(_, rejection) => refused.push(rejection),
            ProgramEvent::Entry(_) => {}
        }
    }
    Watched { frames, taken, refused }
}

impl Watched {
    /// What PGM had on a frame.
    pub fn layout(&self, frame: FrameIndex) -> Option<LayoutId> {
        self.taken.iter().rev().find(|(from, _)| *from <= frame)?.1.layout
    }

    /// The layouts that PGM had, one after the other.
    pub fn order(&self) -> Vec<LayoutId> {
        self.taken.iter().filter_map(|(_, items)| items.layout).collect()
    }

    /// Every frame on which a layout on PGM does not show what its marks say.
    pub fn unmet(&self, marks: &[Mark]) -> Vec<String> {
        let mut unmet = Vec::new();
        for seen in &self.frames {
            let on_air = self.layout(seen.frame);
            for (mark, (number, luma)) in marks.iter().zip(&seen.marks) {
                let is_met = match &mark.expected {
                    Expected::Number(expected) => *number == Some(*expected),
                    Expected::Luma(range) => range.contains(luma),
                };
                if on_air == Some(mark.layout) && !is_met {
                    unmet.push(format!(
                        "{} in {}: {number:?}, {luma:.0}",
                        seen.frame.0, mark.layout
                    ));
                }
            }
        }
        unmet
    }

    /// Every frame on which a pane of PGM does not show its source's number: black, or another's.
    pub fn wrong(&self, show: &Show, tags: &BTreeMap<SourceId, u8>) -> Vec<String> {
        let mut wrong = Vec::new();
        for seen in &self.frames {
            let Some(layout) = self.layout(seen.frame).and_then(|id| show.layout(id)) else {
                continue;
            };
            let of_layout = panes(layout, show).filter_map(|(id, area)| {
                let read = seen.areas.iter().find(|(other, _)| *other == area);
                let shown = read.and_then(|(_, number)| *number);
                let own = seen.sources.get(&id).copied().flatten();
                let tag = *tags.get(&id)?;
                let is_right = shown.is_some_and(|(of, _)| of == tag) && shown == own;
                (!is_right).then(|| {
                    format!(
                        "{} in {}: {shown:?} for {id}, which has {own:?}",
                        seen.frame.0, layout.id
                    )
                })
            });
            wrong.extend(of_layout);
        }
        wrong
    }
}

/// The sources of a layout with their panes.
fn panes<'a>(layout: &'a Layout, show: &'a Show) -> impl Iterator<Item = (SourceId, Area)> {
    layout.panes.iter().filter_map(|pane| match pane.feed {
        Feed::Source(id) => Some((id, Area::pane(pane.rect, show.format.raster.size()))),
        Feed::Empty => None,
    })
}
