//! A source that is opened for a dialog: its newest picture, and how loud it is.

use std::io;
use std::path::Path;
use std::sync::Arc;

use engine::{Frame, NeededFile, Run, Seek, SourceNeed, SourceState};
use media::link::{AudioBlock, Channel, Timed};
use media::source::Opening;
use show::{Format, Source, SourceId};

use crate::problems::{Problem, Problems};
use crate::sources::{Lease, SourceHub};

/// A lease of a source, read as it comes.
pub struct PreviewLease {
    lease: Lease,
    id: SourceId,
    problems: Arc<Problems>,
    is_pushed: bool,
    clock: Playing,
    next_picture: Option<Timed<Frame>>,
    next_sound: Option<Timed<AudioBlock>>,
    picture: Option<Frame>,
    peak: Option<[f32; 2]>,
}

impl PreviewLease {
    /// Opens a source, or shares it if it is open; `None` if its kind needs no opening. A file is never shared: it is
    /// played on its own.
    ///
    /// # Errors
    /// A thread cannot be started.
    pub fn open(
        hub: &SourceHub,
        (source, files): (Source, Vec<NeededFile>),
        (format, folder): (Format, &Path),
    ) -> io::Result<Option<Self>> {
        let is_pushed = source.kind.nature().pace.is_pushed();
        let seek = (!is_pushed).then_some(Seek { number: 1, at_millis: 0 });
        let id = source.id;
        let need = SourceNeed {
            source,
            files,
            run: Run::Free,
            seek,
            retries: 0,
            is_shown: true,
            replaces: false,
            coming: None,
        };
        let problems = Arc::<Problems>::default();
        let lease = hub.lease((&need, Opening::default()), format, folder, &problems)?;
        Ok(lease.map(|lease| Self {
            lease,
            id,
            problems,
            is_pushed,
            clock: Playing::default(),
            next_picture: None,
            next_sound: None,
            picture: None,
            peak: None,
        }))
    }

    /// Whether it comes by itself, as a camera's pictures do: then somebody else may need it open.
    pub fn is_pushed(&self) -> bool {
        self.is_pushed
    }

    /// Whether somebody else has it open as well.
    pub fn is_shared(&self) -> bool {
        self.lease.is_shared()
    }

    /// Its state; `None` before it was first opened.
    pub fn state(&self) -> Option<SourceState> {
        self.lease.status.get().map(|(state, _)| state)
    }

    /// What is wrong with it.
    pub fn problem(&self) -> Option<Problem> {
        self.problems.all().remove(&self.id.into())
    }

    /// Its newest picture.
    pub fn picture(&self) -> Option<&Frame> {
        self.picture.as_ref()
    }

    /// The greatest samples since this was last asked; `None` before any sound.
    pub fn take_peak(&mut self) -> Option<[f32; 2]> {
        let peak = self.peak?;
        self.peak = Some([0.0; 2]);
        Some(peak)
    }

    /// Takes what has come, or of a file what is due at `now`, in nanoseconds.
    pub fn drain(&mut self, now: u64) {
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        let Self { lease, clock, picture, peak, .. } = self;
        let due = |take, pts, clock: &mut Playing| match self.is_pushed {
            true => true,
            false => clock.is_due((take, pts), now),
        };
        read(
            &lease.video,
            &mut self.next_picture,
            |take, pts| due(take, pts, clock),
            |new| {
                *picture = Some(new);
            },
        );
        read(
            &lease.audio,
            &mut self.next_sound,
            |take, pts| due(take, pts, clock),
            |block| {
                let peak = peak.get_or_insert([0.0; 2]);
                for pair in (*block).as_ref().as_chunks::<2>().0 {
                    peak.iter_mut().zip(pair).for_each(|(peak, new)| *peak = peak.max(new.abs()));
                }
            },
        );
    }
}

/// Takes from a channel what is due; what is not waits in `next`.
fn read<T>(
    channel: &Channel<T>,
    next: &mut Option<Timed<T>>,
    mut is_due: impl FnMut(u32, i64) -> bool,
    mut take: impl FnMut(T),
) {
    // No more than a queue holds: a source that is faster than this must not keep it here.
    for _ in 0..=media::link::MAX_BLOCKS {
        let Some(item) = next.take().or_else(|| channel.pop()) else { return };
        if !is_due(item.take, item.pts) {
            *next = Some(item);
            return;
        }
        item.what.into_iter().for_each(&mut take);
    }
}

/// When a file's pictures and sound are due: from its first one on.
#[derive(Default)]
struct Playing {
    /// The take, and the time of its time 0 on the studio's clock.
    since: Option<(u32, i64)>,
}

impl Playing {
    fn is_due(&mut self, (take, pts): (u32, i64), now: i64) -> bool {
        let known = self.since.filter(|(known, _)| *known == take);
        let (_, origin) = *self.since.insert(known.unwrap_or((take, now - pts)));
        pts <= now - origin
    }
}
