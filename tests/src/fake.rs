//! Live sources whose lives a test writes itself: no server, no pipeline.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use engine::FrameIndex;
use media::link::{AudioBlock, SourceLink, Timed};
use media::pattern::Pattern;
use media::source::live::{ClockRecovery, Latency};
use media::source::{OpenError, Opener, Opening, Origin, SourceError, SourceEvent, SourceHost};
use media::stream::Stream;
use show::{CameraSource, Format, ScreenArea, ScreenSource, SourceKind};
use studio::program::session::Studio;
use studio::sources::origin;
use studio::storage::secrets::Secrets;

use crate::time;

/// What a fake does from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// Sends a numbered picture and its sound each frame, from where the numbers stood.
    Sends,
    /// Sends sound at which whoever reads it panics.
    BadSound,
    /// Opens and sends nothing, or no more.
    Silent,
    /// Breaks, and breaks again whenever it is opened.
    Broken,
    /// Ends, as a stream does whose sender leaves; it ends again whenever it is opened.
    Ends,
    /// Cannot be opened.
    Refuses,
    /// Whoever wants to open it panics.
    BadOpener,
    /// Does not return from being opened.
    HangsOpening,
    /// Does not return from being closed.
    HangsClosing,
}

/// One fake source.
pub struct Fake {
    format: Format,
    tag: u8,
    life: Mutex<Life>,
    /// The next picture's number.
    next: AtomicU64,
    opened: AtomicU32,
    closed: AtomicU32,
    /// Lets everything go that hangs.
    released: AtomicBool,
}

impl Fake {
    /// Makes it live like this from now on.
    pub fn set(&self, life: Life) {
        *self.life.lock().expect("no panic while it is held") = life;
    }

    fn life(&self) -> Life {
        *self.life.lock().expect("no panic while it is held")
    }

    /// How often it was opened, or was tried to be.
    pub fn opened(&self) -> u32 {
        self.opened.load(Ordering::Acquire)
    }

    /// How often it was closed.
    pub fn closed(&self) -> u32 {
        self.closed.load(Ordering::Acquire)
    }

    fn hang(&self) {
        while !self.released.load(Ordering::Acquire) {
            time::sleep(Duration::from_millis(5));
        }
    }
}

/// All fakes of a test, by the URL of the live source, the id of the camera, or the name of the monitor, that each
/// stands in for.
#[derive(Default)]
pub struct Fakes(Mutex<BTreeMap<String, Arc<Fake>>>);

impl Fakes {
    /// A fake that stands in for this URL, camera or monitor: pictures of a test pattern with this tag.
    pub fn add(&self, url: &str, format: Format, tag: u8) -> Arc<Fake> {
        let fake = Arc::new(Fake {
            format,
            tag,
            life: Mutex::new(Life::Sends),
            next: AtomicU64::new(0),
            opened: AtomicU32::new(0),
            closed: AtomicU32::new(0),
            released: AtomicBool::new(false),
        });
        let mut all = self.0.lock().expect("no panic while it is held");
        all.insert(url.to_owned(), Arc::clone(&fake));
        fake
    }

    /// A studio in which these stand in for their URLs, and all else is opened as it is.
    pub fn studio(self: &Arc<Self>) -> Studio {
        let fakes = Arc::clone(self);
        Studio::with_kinds(
            Secrets::default(),
            Arc::new(move |kind, files, format| {
                let fake = match kind {
                    SourceKind::Live { url, latency_millis } => {
                        let all = fakes.0.lock().expect("no panic while it is held");
                        all.get(url).cloned().zip(Some(*latency_millis))
                    }
                    SourceKind::Camera(CameraSource { device, latency_millis, .. }) => {
                        let all = fakes.0.lock().expect("no panic while it is held");
                        all.get(&device.id).cloned().zip(Some(*latency_millis))
                    }
                    SourceKind::Screen(ScreenSource {
                        area: ScreenArea::Monitor { name }, ..
                    }) => {
                        let all = fakes.0.lock().expect("no panic while it is held");
                        all.get(name).cloned().zip(Some(0))
                    }
                    _ => None,
                };
                match fake {
                    Some((fake, _)) if fake.life() == Life::BadOpener => {
                        panic!("a fault on purpose")
                    }
                    Some((fake, latency)) => {
                        let latency = i64::from(latency) * 1_000_000;
                        Some(Box::new(FakeOpener(fake, latency)))
                    }
                    None => origin::opener(kind, files, format),
                }
            }),
        )
    }
}

impl Drop for Fakes {
    fn drop(&mut self) {
        for fake in self.0.get_mut().expect("no panic while it is held").values() {
            fake.released.store(true, Ordering::Release);
        }
    }
}

/// A fake, and its latency in nanoseconds.
struct FakeOpener(Arc<Fake>, i64);

impl Opener for FakeOpener {
    fn open(
        &self,
        Opening { take, .. }: Opening,
        link: &Arc<SourceLink>,
        host: SourceHost,
    ) -> Result<Box<dyn Origin>, OpenError> {
        let fake = Arc::clone(&self.0);
        fake.opened.fetch_add(1, Ordering::AcqRel);
        match fake.life() {
            Life::Refuses => return Err(OpenError::Refused),
            Life::HangsOpening => fake.hang(),
            _ => {}
        }
        let pattern = Pattern::new(fake.format, fake.tag);
        let (link, start) = (Arc::clone(link), time::now());
        let clock = ClockRecovery::new(take, Latency { target: self.1, segmented: false });
        Ok(Box::new(FakeOrigin { fake, pattern, link, host, clock, take, sent: 0, start }))
    }

    fn name(&self) -> String {
        format!("fake {}", self.0.tag)
    }
}

struct BadSound;

impl AsRef<[f32]> for BadSound {
    fn as_ref(&self) -> &[f32] {
        panic!("a fault on purpose");
    }
}

struct FakeOrigin {
    fake: Arc<Fake>,
    pattern: Pattern,
    link: Arc<SourceLink>,
    host: SourceHost,
    clock: ClockRecovery,
    take: u32,
    sent: u64,
    start: Instant,
}

impl Origin for FakeOrigin {
    fn next(&mut self, wait: Duration) -> Option<SourceEvent> {
        let rate = self.fake.format.rate;
        match self.fake.life() {
            Life::Broken => {
                let (name, reason) = ("fake".to_owned(), "it broke".to_owned());
                return Some(SourceEvent::Broke(SourceError::Broke { name, reason }));
            }
            Life::Ends => return Some(SourceEvent::Ended),
            Life::Sends | Life::BadSound | Life::HangsClosing => {}
            Life::Silent | Life::Refuses | Life::BadOpener | Life::HangsOpening => {
                time::sleep(wait);
                return None;
            }
        }
        let due = self.start + Duration::from_nanos(FrameIndex(self.sent).nanos(rate));
        let left = due.saturating_duration_since(time::now());
        time::sleep(left.min(wait));
        if left > wait {
            return None;
        }
        let pts = i64::try_from(FrameIndex(self.sent).nanos(rate)).expect("a short test");
        let number = self.fake.next.fetch_add(1, Ordering::AcqRel);
        let mut sound = Vec::new();
        self.pattern.sound(number, &mut sound);
        let take = self.take;
        self.clock.observe(Stream::Picture, pts, self.host.now());
        self.clock.observe(Stream::Sound, pts, self.host.now());
        self.link.map.store(Arc::new(self.clock.map().expect("something has come")));
        self.host.tell_arrival();
        let sound: AudioBlock = match self.fake.life() {
            Life::BadSound => Arc::new(BadSound),
            _ => Arc::new(sound),
        };
        self.link.audio.push(Timed { take, pts, what: Some(sound) });
        self.link.video.push(Timed { take, pts, what: Some(self.pattern.picture(number)) });
        self.sent += 1;
        None
    }

    fn cue(&mut self, _take: u32) {}

    fn roll(&mut self) {}
}

impl Drop for FakeOrigin {
    fn drop(&mut self) {
        if self.fake.life() == Life::HangsClosing {
            self.fake.hang();
        }
        self.fake.closed.fetch_add(1, Ordering::AcqRel);
    }
}
