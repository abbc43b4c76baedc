//! The dialog in which a Wayland desktop has a screen or a window chosen: it is open for as long as somebody takes.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use media::source::screen::portal::{PortalError, PortalScreens};
use ui::{Reason, ScreenDialogLook, ScreenDialogState};

use super::screens;
use crate::threads;

/// For how long what was chosen stays shared before a source shows it.
const KEPT: Duration = Duration::from_secs(120);

/// The dialog, one at a time: another question takes the place of one that is not answered.
pub struct ScreenDialog {
    look: ScreenDialogLook,
    /// The name of what is chosen again, if it is not something new.
    again: Option<String>,
    /// Whether the last question is still one.
    is_wanted: Arc<AtomicBool>,
    answer: Sender<Answer>,
    answers: Receiver<Answer>,
}

/// The number of a question, and what was chosen: its name, and whether it is kept.
type Answer = (u64, Result<(String, bool), PortalError>);

impl Default for ScreenDialog {
    fn default() -> Self {
        // One that nobody waits for any more may be there as well.
        let (answer, answers) = bounded(4);
        let (look, again) = (ScreenDialogLook::default(), None);
        Self { look, again, is_wanted: Arc::default(), answer, answers }
    }
}

impl ScreenDialog {
    /// Opens it, for something new or for what this name means. Returns at once; false if no thread can be started.
    #[must_use]
    pub fn open(
        &mut self,
        portal: &Arc<PortalScreens>,
        again: Option<String>,
        pointer: bool,
    ) -> bool {
        self.is_wanted.store(false, Ordering::Release);
        self.is_wanted = Arc::new(AtomicBool::new(true));
        let asked = self.look.asked + 1;
        let key = again.clone().unwrap_or_else(new_key);
        let (portal, answer) = (Arc::clone(portal), self.answer.clone());
        let is_wanted = Arc::clone(&self.is_wanted);
        let thread = threads::spawn("screen-dialog", move || {
            let chosen = portal.choose(&key, pointer, &|| is_wanted.load(Ordering::Acquire));
            let is_chosen = chosen.is_ok();
            // Whoever asked may have ended.
            let _sent = answer.try_send((asked, chosen.map(|is_kept| (key.clone(), is_kept))));
            if is_chosen {
                portal.keep_chosen(&key, KEPT);
            }
        });
        if thread.is_ok() {
            self.look = ScreenDialogLook { asked, state: ScreenDialogState::Open };
            self.again = again;
        }
        thread.is_ok()
    }

    /// What the desk is shown of it.
    pub fn look(&self) -> ScreenDialogLook {
        self.look.clone()
    }

    /// Takes its answer. Once for what was chosen again: its name, or why nothing was chosen.
    pub fn take_again(&mut self) -> Option<Result<String, Reason>> {
        let (asked, answer) = self.answers.try_recv().ok()?;
        if asked != self.look.asked {
            return None;
        }
        let again = self.again.take();
        let (state, answer) = match answer {
            Ok((key, is_kept)) => {
                (ScreenDialogState::Chosen { key: key.clone(), is_kept }, Ok(key))
            }
            Err(error) => {
                let reason = screens::reason(error);
                (ScreenDialogState::Failed(reason.clone()), Err(reason))
            }
        };
        self.look.state = state;
        again.map(|_| answer)
    }
}

impl Drop for ScreenDialog {
    fn drop(&mut self) {
        self.is_wanted.store(false, Ordering::Release);
    }
}

/// A name that nothing else has.
pub fn new_key() -> String {
    format!("{:016x}", RandomState::new().build_hasher().finish())
}
