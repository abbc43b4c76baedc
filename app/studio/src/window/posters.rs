//! The poster thread: makes small pictures of the sources that are not open, one after the other, and
//! again when a source changes. It may wait for disks, so it also measures the free space for recordings.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use compositor::{Prepared, Preparer};
use engine::{NeededFile, Prep, PrepKind};
use media::sound_track::SoundTrack;
use show::{
    AssetId, Background, Format, ItemId, OutputId, OutputKind, PictureSettings, Show, SourceKind,
};
use ui::{Thumbnail, TrackLook};

use crate::clock::Clock;
use crate::problems::Problem;
use crate::program::program_shared::ProgramShared;
use crate::sources::{MediaFile, origin};
use crate::storage::disk;
use crate::wakeup::Wakeup;
use crate::window::alone::Shown;
use crate::window::graphics_picture;
use crate::window::monitor_link::{MonitorLink, Posters};
use crate::window::thumbnails::Scaler;

/// How long a source may take to deliver its poster, in nanoseconds.
const TIMEOUT_NANOS: u64 = 8_000_000_000;
/// How often the free disk space is measured, in nanoseconds.
const SPACE_INTERVAL: u64 = 5_000_000_000;
/// How often the show is checked for changes.
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// What a poster shows; when it changes the poster is made again.
#[derive(Clone, Debug, PartialEq)]
enum Subject {
    /// A source that must be opened.
    Opened {
        kind: SourceKind,
        files: Vec<MediaFile>,
        format: Format,
    },
    /// The path of a picture, and what is set for it.
    Picture(String, PictureSettings),
    Colour(show::Colour),
    /// The graphics of a scene, as a show of their own.
    Graphics(Box<Show>),
}

/// What is known of an item once its poster was made.
struct Made {
    /// Its picture; `None` for an audio file.
    picture: Option<Arc<Thumbnail>>,
    tracks: Vec<TrackLook>,
}

/// The state of the poster thread.
pub struct PosterMaker {
    shared: Arc<ProgramShared>,
    clock: Clock,
    folder: PathBuf,
    scaler: Scaler,
    prepared: Arc<Prepared>,
    preparer: Preparer,
    made: BTreeMap<ItemId, Subject>,
    posters: Posters,
}

impl PosterMaker {
    /// For a program's show, whose relative paths start from `folder`.
    pub fn new(shared: Arc<ProgramShared>, clock: Clock, folder: PathBuf) -> Self {
        let prepared = Arc::new(Prepared::default());
        Self {
            shared,
            clock,
            folder,
            scaler: Scaler::new(Arc::clone(&prepared)),
            prepared,
            preparer: Preparer::default(),
            made: BTreeMap::new(),
            posters: Posters::default(),
        }
    }

    /// Makes missing posters until `stop`, and publishes each in `link`.
    pub fn run(mut self, link: &MonitorLink, stop: &AtomicBool) {
        let wakeup = Wakeup::default();
        let mut measured = None;
        let mut seen: Option<Arc<Show>> = None;
        while !stop.load(Ordering::Acquire) {
            let show = Arc::clone(&self.shared.snapshot.load().show);
            let now = self.clock.now();
            if measured.is_none_or(|at| now > at + SPACE_INTERVAL) {
                measured = Some(now);
                link.space.store(Arc::new(free_space(&show, &self.folder)));
            }
            if seen.as_ref().is_some_and(|seen| Arc::ptr_eq(seen, &show)) {
                // Polling is enough: a poster is not urgent.
                wakeup.wait_for(POLL_INTERVAL);
                continue;
            }
            if self.next(&show, stop) {
                link.posters.store(Arc::new(self.posters.clone()));
            } else {
                seen = Some(show);
            }
        }
    }

    /// Makes the next poster, or evicts those that are not in the show any more; false if there was nothing
    /// to do.
    fn next(&mut self, show: &Show, stop: &AtomicBool) -> bool {
        let wanted = subjects(show, &self.folder);
        let gone = |id: &ItemId| !wanted.iter().any(|(wanted, _)| wanted == id);
        let old: Vec<ItemId> = self.made.keys().copied().filter(gone).collect();
        for id in &old {
            self.made.remove(id);
            self.posters.pictures.remove(id);
            self.posters.faults.remove(id);
            self.set_tracks(*id, Vec::new());
        }
        let missing = wanted.into_iter().find(|(id, what)| self.made.get(id) != Some(what));
        let Some((id, what)) = missing else { return !old.is_empty() };
        self.posters.pictures.remove(&id);
        self.posters.faults.remove(&id);
        match self.make(&what, stop) {
            Ok(Made { picture, tracks }) => {
                picture.map(|picture| self.posters.pictures.insert(id, picture));
                self.set_tracks(id, tracks);
            }
            // Cancelled by the end of the thread: not a problem of the source.
            Err(_) if stop.load(Ordering::Acquire) => {}
            Err(fault) => _ = self.posters.faults.insert(id, fault),
        }
        self.made.insert(id, what);
        true
    }

    /// Sets the sound tracks of a source; what is no source has none.
    fn set_tracks(&mut self, id: ItemId, tracks: Vec<TrackLook>) {
        let ItemId::Source(id) = id else { return };
        if self.posters.tracks.get(&id).map_or(&[][..], Vec::as_slice) != tracks {
            let all = Arc::make_mut(&mut self.posters.tracks);
            match tracks.is_empty() {
                true => all.remove(&id),
                false => all.insert(id, tracks),
            };
        }
    }

    /// Makes a poster.
    fn make(&mut self, what: &Subject, stop: &AtomicBool) -> Result<Made, Problem> {
        let alone = |picture| Made { picture, tracks: Vec::new() };
        let poster = match what {
            Subject::Colour(colour) => {
                return Ok(alone(self.scaler.draw(Shown::Colour(*colour), None)));
            }
            Subject::Picture(path, settings) => return self.picture(path, settings).map(alone),
            Subject::Graphics(graphics) => return self.graphics(graphics).map(alone),
            Subject::Opened { kind, files, format } => {
                let deadline = self.clock.now() + TIMEOUT_NANOS;
                let cancelled = || stop.load(Ordering::Acquire) || self.clock.now() > deadline;
                let opener = origin::opener(kind, files, *format);
                opener.map(|opener| opener.poster(&cancelled)).transpose()?.flatten()
            }
        };
        let Some(poster) = poster else { return Ok(alone(None)) };
        let (frame, length) = (poster.picture.as_ref(), poster.length);
        let length = length.map(|nanos| nanos / 1_000_000);
        let picture = frame.and_then(|frame| self.scaler.draw(Shown::Frame(frame), length));
        Ok(Made { picture, tracks: poster.tracks.into_iter().map(track).collect() })
    }

    fn graphics(&mut self, graphics: &Show) -> Result<Option<Arc<Thumbnail>>, Problem> {
        for prep in graphics_picture::on_black(graphics).preps() {
            // One that cannot be prepared is left out on air, too, and is said there.
            if let Ok(ready) = self.preparer.prepare(prep, &self.folder) {
                self.prepared.insert(prep.key, ready)?;
            }
        }
        let drawn = graphics_picture::draw(graphics, &self.prepared);
        let _evicted = self.prepared.retain(|_| false);
        Ok(drawn.map(Arc::new))
    }

    fn picture(
        &mut self,
        path: &str,
        settings: &PictureSettings,
    ) -> Result<Option<Arc<Thumbnail>>, Problem> {
        let prep = Prep::new(PrepKind::Picture { path: path.to_owned() });
        let ready = self.preparer.prepare(&prep, &self.folder)?;
        let Some(size) = ready.size() else { return Ok(None) };
        self.prepared.insert(prep.key, ready)?;
        let drawn = self.scaler.draw_as(Shown::Prepared(&prep, size), None, settings);
        // The full-size picture is not needed any more.
        let _evicted = self.prepared.retain(|_| false);
        Ok(drawn)
    }
}

/// A sound track as the desk shows it.
fn track(SoundTrack { language, title, channels, codec }: SoundTrack) -> TrackLook {
    TrackLook { language, title, channels, codec }
}

/// The free disk space of each recording, in bytes.
fn free_space(show: &Show, folder: &Path) -> BTreeMap<OutputId, u64> {
    let recordings = show.outputs.iter().filter_map(|output| match &output.kind {
        OutputKind::Record { path } => Some((output.id, folder.join(path))),
        OutputKind::Rtmp { .. } => None,
    });
    // Where the system does not report it nothing is shown.
    recordings.filter_map(|(id, path)| Some((id, disk::free_space(&path).ok()?))).collect()
}

/// The subjects of all posters: all sources but the live ones, the background pictures of layouts, and the
/// graphics of scenes.
fn subjects(show: &Show, folder: &Path) -> Vec<(ItemId, Subject)> {
    let path = |id: AssetId| show.asset(id).map(|asset| asset.path.clone());
    let mut all: Vec<(ItemId, Subject)> = Vec::new();
    for source in &show.sources {
        let subject = match &source.kind {
            SourceKind::Still { asset } => {
                path(*asset).map(|path| Subject::Picture(path, source.settings.picture))
            }
            SourceKind::Colour { colour } => Some(Subject::Colour(*colour)),
            // A live source has pictures only while it is open.
            kind if kind.nature().pace.is_pushed() => None,
            kind => {
                let files = NeededFile::all(source, |id| show.asset(id));
                let files = files.iter().map(|file| MediaFile::of(file, folder)).collect();
                Some(Subject::Opened { kind: kind.clone(), files, format: show.format })
            }
        };
        all.extend(subject.map(|subject| (source.id.into(), subject)));
    }
    for layout in &show.layouts {
        if let Background::Picture { asset, .. } = layout.background
            && let Some(path) = path(asset)
        {
            all.push((asset.into(), Subject::Picture(path, PictureSettings::default())));
        }
    }
    for scene in &show.scenes {
        let graphics = graphics_picture::graphics(scene, show);
        all.extend(graphics.map(|it| (scene.id.into(), Subject::Graphics(Box::new(it)))));
    }
    all.dedup_by_key(|(id, _)| *id);
    all
}
