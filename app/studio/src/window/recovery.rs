//! What a crash left behind: looked for once, shown to the operator, and restored or discarded.

use std::sync::Arc;

use show::Show;
use ui::{Notice, RecoveryChoice, RecoveryLook};

use crate::clock;
use crate::production::Production;
use crate::storage::recovery::{LeftBehind, Recovery};

/// What was left behind, if anything was.
#[derive(Default)]
pub struct RecoveryOffer {
    left: Option<(Box<LeftBehind>, Option<Show>)>,
    look: Option<Arc<RecoveryLook>>,
}

impl RecoveryOffer {
    /// Offers this, with the show as it is in its file, until it is decided on.
    pub fn set(&mut self, left: Option<(Box<LeftBehind>, Option<Show>)>) {
        self.look = left.as_ref().map(|(left, _)| Arc::new(look(left)));
        self.left = left;
    }

    /// What the operator is shown.
    pub fn look(&self) -> Option<Arc<RecoveryLook>> {
        self.look.clone()
    }

    /// Does what the operator decided; true if another program runs now.
    pub fn perform(
        &mut self,
        choice: RecoveryChoice,
        production: &mut Production,
        notices: &mut Vec<Notice>,
    ) -> bool {
        let Some((left, saved)) = self.left.take() else { return false };
        let look = self.look.take();
        let name = left.recovery.show.name.clone();
        if choice == RecoveryChoice::Discard {
            match left.discard() {
                Ok(()) => notices.push(Notice::Done("told-recovery-discarded", String::new())),
                Err(error) => {
                    tracing::warn!("what was left behind cannot be removed: {error}");
                }
            }
            return false;
        }
        match production.recover(left, saved.clone(), choice == RecoveryChoice::GoOnAir) {
            Ok(()) => {
                notices.push(Notice::Done("told-recovered", name));
                true
            }
            Err((left, error)) => {
                (self.left, self.look) = (Some((left, saved)), look);
                notices.push(Notice::Error("told-open-failed", format!("{error:#}")));
                false
            }
        }
    }
}

fn look(left: &LeftBehind) -> RecoveryLook {
    let Recovery { wall_millis, path, is_changed, show, pgm, outputs, .. } = &left.recovery;
    let scene = pgm.scene.and_then(|id| show.scene(id)).map(|scene| scene.name.clone());
    let layout = pgm.layout.and_then(|id| show.layout(id)).map(|layout| layout.name.clone());
    let outputs = outputs.iter().filter_map(|id| show.output(*id));
    RecoveryLook {
        show: show.name.clone(),
        path: path.clone(),
        time: clock::local_date_time(wall_millis.cast_signed()),
        is_changed: *is_changed,
        pgm: scene.or(layout),
        outputs: outputs.map(|output| output.name.clone()).collect(),
        recordings: left.recordings.clone(),
    }
}
