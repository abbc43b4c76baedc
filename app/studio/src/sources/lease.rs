//! A lease of a source: each user of an open source holds one, and releases it by dropping it.

use std::sync::Arc;

use engine::{Frame, Run};
use media::link::{AudioBlock, Channel, SourceLink};
use show::SourceId;

use super::source::{OpenSource, Token};
use super::status::SourceStatus;
use crate::problems::Problems;

/// One user's lease of an open source: its own channels for pictures and sound, and a subscription to the
/// source's problems. The source closes when its last lease is released.
#[must_use = "a lease that is dropped has left its source"]
pub struct Lease {
    /// `None` once it was released.
    source: Option<(Arc<OpenSource>, Token)>,
    /// The source's state.
    pub status: Arc<SourceStatus>,
    /// This lease's pictures.
    pub video: Arc<Channel<Frame>>,
    /// This lease's sound.
    pub audio: Arc<Channel<AudioBlock>>,
    /// The link of a live source, which has its map to the studio's clock; `None` for any other.
    pub pushed: Option<Arc<SourceLink>>,
}

impl Lease {
    pub(super) fn new(source: Arc<OpenSource>, id: SourceId, problems: &Arc<Problems>) -> Self {
        let token = source.control.add_listener(id, Arc::clone(problems));
        Self {
            status: Arc::clone(&source.control.status),
            video: source.link.video.subscribe(),
            audio: source.link.audio.subscribe(),
            pushed: source.pushed.then(|| Arc::clone(&source.link)),
            source: Some((source, token)),
        }
    }

    /// Sets how the source should run. A source that starts on its take has only one lease.
    pub fn set_run(&self, run: Run) {
        if let Some((source, _)) = &self.source {
            source.control.set_run(run);
        }
    }

    /// Releases the source, once, without blocking. What waits in the channels is kept until the lease is
    /// dropped, by a thread that has the time to free it.
    pub fn leave(&mut self) {
        if let Some((source, token)) = self.source.take() {
            source.control.remove_listener(token);
            source.link.video.unsubscribe(&self.video);
            source.link.audio.unsubscribe(&self.audio);
        }
    }

    /// Whether nothing reads the channels any more, so that dropping the lease frees them.
    pub fn is_unread(&self) -> bool {
        Arc::strong_count(&self.video) == 1 && Arc::strong_count(&self.audio) == 1
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.leave();
    }
}
