//! What a crash left behind: looked for once, shown to the operator, and restored or discarded.

use std::sync::Arc;

use show::Show;
use ui::{Notice, RecoveryChoice, RecoveryLook};

use super::opening_show::{Opened, OpeningShow};
use crate::clock;
use crate::production::Production;
use crate::storage::known_files::KnownFiles;
use crate::storage::recovery::{LeftBehind, Recovery, UnreadableJournal};

/// What was left behind, if anything was.
#[derive(Default)]
pub struct RecoveryOffer {
    left: Option<(Box<LeftBehind>, Option<Box<Show>>)>,
    /// What this build cannot read.
    unreadable: Vec<UnreadableJournal>,
    look: Option<Arc<RecoveryLook>>,
}

impl RecoveryOffer {
    /// Offers what was found.
    pub fn find(
        &mut self,
        left: Option<(Box<LeftBehind>, Option<Box<Show>>)>,
        unreadable: Vec<UnreadableJournal>,
    ) {
        self.unreadable = unreadable;
        self.offer(left);
    }

    /// Offers this, with the show as it is in its file, until it is decided on.
    pub fn offer(&mut self, left: Option<(Box<LeftBehind>, Option<Box<Show>>)>) {
        self.left = left;
        let left = self.left.as_ref().map(|(left, saved)| look(left, saved.as_deref()));
        let unreadable = self.unreadable.iter().map(|journal| journal.path.clone()).collect();
        let is_any = left.is_some() || !self.unreadable.is_empty();
        let look = RecoveryLook { unreadable, ..left.unwrap_or_default() };
        self.look = is_any.then(|| Arc::new(look));
    }

    /// What the operator is shown.
    pub fn look(&self) -> Option<Arc<RecoveryLook>> {
        self.look.clone()
    }

    /// Does what the operator decided.
    pub fn perform(
        &mut self,
        choice: RecoveryChoice,
        production: &mut Production,
        known: &KnownFiles,
        (opening, notices): (&mut OpeningShow, &mut Vec<Notice>),
    ) {
        let Some((left, saved)) = self.left.take() else {
            if choice == RecoveryChoice::Discard {
                let discarded = self.unreadable.drain(..).try_for_each(UnreadableJournal::discard);
                told(discarded, notices);
            }
            return self.offer(None);
        };
        self.offer(None);
        let name = left.recovery.show.name.clone();
        if choice == RecoveryChoice::Discard {
            return told(left.discard(), notices);
        }
        known.note_restored(&left.recovery, saved.as_deref());
        let begun =
            production.recover(left, saved.as_deref().cloned(), choice == RecoveryChoice::GoOnAir);
        if let Some(again) = opening.begin(begun, Opened::LeftBehind(name, saved), notices) {
            self.offer(Some(again));
        }
    }
}

fn told(discarded: std::io::Result<()>, notices: &mut Vec<Notice>) {
    match discarded {
        Ok(()) => notices.push(Notice::Done("told-recovery-discarded", String::new())),
        Err(error) => tracing::warn!("what was left behind cannot be removed: {error}"),
    }
}

fn look(left: &LeftBehind, saved: Option<&Show>) -> RecoveryLook {
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
        is_file_changed: saved.is_some_and(|saved| left.recovery.is_file_changed(saved)),
        unreadable: Vec::new(),
    }
}
