//! A lease of a source: whoever uses one holds it, and leaves by dropping it.

use std::sync::Arc;

use engine::{Frame, Run};
use media::link::{AudioBlock, Channel, SourceLink};
use show::SourceId;

use super::source::{OpenSource, Token};
use super::status::SourceStatus;
use crate::problems::Problems;

/// One user's share of an open source: its own way to the pictures and to the sound, and its place among
/// the listeners that hear what is wrong. The source closes when its last lease leaves.
#[must_use = "a lease that is dropped has left its source"]
pub struct Lease {
    /// Nothing once it has left.
    source: Option<(Arc<OpenSource>, Token)>,
    /// The source's state.
    pub status: Arc<SourceStatus>,
    /// This lease's pictures.
    pub video: Arc<Channel<Frame>>,
    /// This lease's sound.
    pub audio: Arc<Channel<AudioBlock>>,
    /// The link of a source that keeps its own pace, which has its map to the studio's clock.
    pub pushed: Option<Arc<SourceLink>>,
}

impl Lease {
    pub(super) fn new(source: Arc<OpenSource>, id: SourceId, problems: &Arc<Problems>) -> Self {
        let token = source.control.listen(id, Arc::clone(problems));
        Self {
            status: Arc::clone(&source.control.status),
            video: source.link.video.subscribe(),
            audio: source.link.audio.subscribe(),
            pushed: source.pushed.then(|| Arc::clone(&source.link)),
            source: Some((source, token)),
        }
    }

    /// Says how the source is to run. A source that waits for a take has one lease and no other.
    pub fn set_run(&self, run: Run) {
        if let Some((source, _)) = &self.source {
            source.control.set_run(run);
        }
    }

    /// Leaves the source, once, and waits for nothing. What waits in the channels is kept until the
    /// lease is dropped, for a thread that may take the time to free it.
    pub fn leave(&mut self) {
        if let Some((source, token)) = self.source.take() {
            source.control.leave(token);
            source.link.video.unsubscribe(&self.video);
            source.link.audio.unsubscribe(&self.audio);
        }
    }

    /// Whether nobody reads the channels any more, so that dropping the lease frees them here.
    pub fn is_unread(&self) -> bool {
        Arc::strong_count(&self.video) == 1 && Arc::strong_count(&self.audio) == 1
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.leave();
    }
}
