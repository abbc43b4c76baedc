//! What should run for a program, to be compared with what does run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use show::{Layout, Opens, Pace, Show, Source, SourceId, SourceKind, StripMode, WhenHidden};

use crate::deliver::OutputNeed;
use crate::mixer::LiveMixer;
use crate::needed_file::NeededFile;
use crate::play::Films;
use crate::retries::Retries;
use crate::switcher::Switcher;
use crate::{BusItems, FrameIndex, Pinned, Prep, Seek};

/// Everything that should run for one program. As long as it does not change, its pointer stays the
/// same.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Needs {
    /// Sources to be open, by id.
    pub sources: Vec<SourceNeed>,
    /// Sources that nothing shows and a take could bring next, the likeliest first: to be open as far as
    /// there is room. Only in real time, where a take would have to wait for them.
    pub candidates: Vec<SourceNeed>,
    /// Pictures and texts to be ready.
    pub preps: Vec<Prep>,
    /// Outputs to run.
    pub outputs: Vec<OutputNeed>,
}

/// A source that should be open.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceNeed {
    /// The source; on PGM as it was pinned.
    pub source: Source,
    /// The files it plays, in their order.
    pub files: Vec<NeededFile>,
    /// How it runs.
    pub run: Run,
    /// Its last seek: it is opened anew there.
    pub seek: Option<Seek>,
    /// How often the operator asked that it is tried again at once while it is lost.
    pub retries: u32,
    /// Whether a bus shows it, or is about to.
    pub is_shown: bool,
    /// Whether it was something else until now, and on air: what is open goes on until this one has a picture.
    pub replaces: bool,
    /// What it is in the show, if that is something else than what is on air, and takes long to open: it is opened beside
    /// what is on air, so that it can follow at once.
    pub coming: Option<Source>,
}

impl SourceNeed {
    fn new(
        (source, files): (Source, Vec<NeededFile>),
        run: Run,
        seek: Option<Seek>,
        retries: u32,
    ) -> Self {
        Self { source, files, run, seek, retries, is_shown: false, replaces: false, coming: None }
    }

    /// Whether what is open for the one is right for the other, too.
    pub fn opens_the_same(&self, other: &Self) -> bool {
        self.is_of_the_same(other) && self.seek == other.seek
    }

    fn is_of_the_same(&self, other: &Self) -> bool {
        let is_same = self.source.kind == other.source.kind && self.files == other.files;
        is_same && self.source.settings.decoding == other.source.settings.decoding
    }

    /// The number of its last seek; 0 without one.
    pub fn seek_number(&self) -> u32 {
        self.seek.map_or(0, |seek| seek.number)
    }
}

/// How a source runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Run {
    /// Independently of takes.
    Free,
    /// Independently of takes, but paused: by the operator, or since nothing shows it.
    Paused,
    /// Held at its in point for the take of this number.
    Cued(u32),
    /// For the take of this number, since this frame, which shows its in point.
    Since(u32, FrameIndex),
}

/// The takes of the files that start on their take.
#[derive(Clone, Debug, Default)]
pub struct Takes(BTreeMap<SourceId, Take>);

#[derive(Clone, Debug, Default)]
struct Take {
    /// The number of the present take.
    number: u32,
    /// The frame since which it is on PGM.
    since: Option<FrameIndex>,
    /// What has been on PGM since then, and the files it plays.
    what: Option<(SourceKind, Vec<NeededFile>)>,
    /// Another file took its place on PGM, and starts there once it is cued.
    is_replaced: bool,
}

impl Take {
    /// It is over: the next one begins anew.
    fn end(&mut self) {
        *self = Self { number: self.number + 1, ..Self::default() };
    }
}

impl Takes {
    /// Records what is on PGM, or on its way to it, on frame `n`; returns the sources that started
    /// on it. What has taken the place of another file on PGM starts once it `is_cued`.
    pub fn advance(
        &mut self,
        n: FrameIndex,
        switcher: &Switcher,
        is_cued: impl Fn(SourceId) -> bool,
    ) -> Vec<SourceId> {
        let buses: Vec<&Arc<Pinned>> = switcher.on_air().collect();
        for (id, take) in &mut self.0 {
            if take.what.is_some() && !buses.iter().any(|bus| bus.shows(*id)) {
                take.end();
            }
        }
        let (mut started, mut known) = (Vec::new(), BTreeSet::new());
        let on_air =
            buses.iter().flat_map(|bus| bus.sources.iter().map(move |source| (bus, source)));
        // As it is pinned on the first of them.
        for (bus, source) in on_air.filter(|(_, source)| known.insert(source.id)) {
            let files = bus.films(source);
            let take = self.0.entry(source.id).or_default();
            let is_same =
                |(kind, old): &(SourceKind, Vec<NeededFile>)| *kind == source.kind && *old == files;
            let starts_here = source.starts_on_take();
            if take.what.as_ref().is_some_and(|what| !is_same(what)) {
                take.end();
                take.is_replaced = starts_here;
            }
            if take.what.is_none() {
                take.what = Some((source.kind.clone(), files));
            }
            if starts_here && take.since.is_none() && (!take.is_replaced || is_cued(source.id)) {
                (take.since, take.is_replaced) = (Some(n), false);
                started.push(source.id);
            }
        }
        started
    }

    fn run(&self, source: &Source) -> Run {
        if !source.starts_on_take() {
            return Run::Free;
        }
        match self.0.get(&source.id) {
            None => Run::Cued(0),
            Some(Take { number, since: None, .. }) => Run::Cued(*number),
            Some(Take { number, since: Some(start), .. }) => Run::Since(*number, *start),
        }
    }
}

impl Needs {
    /// Open are the sources on air and those that wait to be (PVW, and what a batch that waits is about
    /// to take; what PGM goes back to after a film), those that are always open (a connection takes seconds, a
    /// take does not wait), that which stands in for PGM and those whose strip is on. Prepared are the
    /// graphics of the whole show, so that each can be keyed at once, and the pictures of the buses.
    pub fn new(
        show: &Show,
        switcher: &Switcher,
        (waiting, back): (&[&Pinned], Option<&Pinned>),
        mixer: &LiveMixer,
        (takes, films, retries): (&Takes, &Films, &Retries),
        outputs: impl Iterator<Item = OutputNeed>,
        pending: Vec<Prep>,
    ) -> Self {
        let mut needs = Self { outputs: outputs.collect(), preps: pending, ..Self::default() };
        let mut known = BTreeSet::new();
        let mut source = |source: &Source,
                          files: &dyn Fn() -> Vec<NeededFile>,
                          (is_shown, is_hidden): (bool, bool)| {
            if known.insert(source.id) {
                let (source, files) = (source.clone(), files());
                let run = match run(&source, (takes, films)) {
                    run if is_hidden => while_hidden(run, &source),
                    run => run,
                };
                let seek = films.seek(&source);
                let retries = retries.of(source.id);
                let need = SourceNeed::new((source, files), run, seek, retries);
                needs.sources.push(SourceNeed { is_shown, ..need });
            }
        };
        let on_air = switcher.on_air().map(Arc::as_ref);
        let buses: Vec<&Pinned> = on_air.chain(waiting.iter().copied()).collect();
        for bus in &buses {
            bus.sources.iter().for_each(|item| source(item, &|| bus.films(item), (true, false)));
        }
        if let Some(bus) = back {
            bus.sources.iter().for_each(|item| source(item, &|| bus.films(item), (true, true)));
        }
        for item in &show.sources {
            let always = mixer.values().strip(item.id).mode == StripMode::On && item.has_audio();
            let stands_in = show.standby.is_some_and(|standby| standby.source == item.id);
            if always || stands_in || item.kind.nature().opens == Opens::Always {
                let files = || NeededFile::all(item, |id| show.asset(id));
                source(item, &files, (stands_in, stands_in && !always));
            }
        }
        needs.sources.sort_by_key(|need| need.source.id);
        let mut keys: BTreeSet<_> = needs.preps.iter().map(|prep| prep.key).collect();
        let canvas = show.format.raster.size();
        let graphics = show.components.iter().filter_map(|component| {
            Prep::of_component(component, canvas, |id| show.asset(id).cloned())
        });
        let standby = show
            .standby
            .map(|standby| Pinned::new(BusItems::default(), Some(standby.layout()), show));
        let buses = buses.into_iter().chain(back).chain(&standby);
        let preps = buses.flat_map(|bus| bus.preps().cloned()).chain(graphics);
        needs.preps.extend(preps.filter(|prep| keys.insert(prep.key)));
        needs
    }

    /// Adds the other sources of the show that have to be opened: those of scenes first, then those of
    /// layouts. Each runs as while nothing shows it.
    pub fn add_candidates(
        &mut self,
        show: &Show,
        (takes, films, retries): (&Takes, &Films, &Retries),
    ) {
        let mut known: BTreeSet<SourceId> =
            self.sources.iter().map(|need| need.source.id).collect();
        let of_scenes = show.scenes.iter().filter_map(|scene| show.layout(scene.layout));
        let of_layouts = of_scenes.chain(&show.layouts).flat_map(Layout::sources);
        for id in of_layouts.chain(show.sources.iter().map(|source| source.id)) {
            let Some(source) = show.source(id).filter(|_| known.insert(id)) else { continue };
            let nature = source.kind.nature();
            if nature.pace == Pace::Composed {
                continue;
            }
            let seek = films.seek(source);
            let run = while_hidden(run(source, (takes, films)), source);
            let files = NeededFile::all(source, |id| show.asset(id));
            let (source, retries) = (source.clone(), retries.of(id));
            self.candidates.push(SourceNeed::new((source, files), run, seek, retries));
        }
    }

    /// Says which of them take the place of something else on air, and what comes next in the place of others.
    pub fn note_replacements(&mut self, old: &Self, show: &Show, switcher: &Switcher) {
        let needs = self.sources.iter_mut();
        for need in needs.filter(|need| switcher.shows(need.source.id)) {
            need.replaces = old.source(need.source.id).is_some_and(|old| {
                let is_sought = need.is_of_the_same(old) && need.seek != old.seek;
                if need.opens_the_same(old) { old.replaces } else { !is_sought }
            });
            let coming = show.source(need.source.id);
            let coming = coming.filter(|coming| {
                let is_slow = coming.kind.nature().opens == Opens::Always;
                let of = |source: &Source| (source.kind.clone(), source.settings.decoding);
                is_slow && of(coming) != of(&need.source)
            });
            need.coming = coming.cloned();
        }
    }

    /// The source of this id, needed or a candidate.
    pub fn source(&self, id: SourceId) -> Option<&SourceNeed> {
        self.sources.iter().chain(&self.candidates).find(|need| need.source.id == id)
    }
}

/// How a source runs while nothing shows it, which would run like this if a bus showed it.
fn while_hidden(shown: Run, source: &Source) -> Run {
    match shown {
        Run::Free if source.kind.nature().hidden == WhenHidden::Pause => Run::Paused,
        run => run,
    }
}

/// How a source runs while a bus shows it.
fn run(source: &Source, (takes, films): (&Takes, &Films)) -> Run {
    match takes.run(source) {
        _ if films.is_paused(source) => Run::Paused,
        Run::Since(..) if films.left_its_take(source) => Run::Free,
        run => run,
    }
}
