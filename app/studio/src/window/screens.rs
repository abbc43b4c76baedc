//! Lists the screens and windows of this computer for the dialog of a source: the X server, or on Wayland the desktop's
//! portal, may take seconds to answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, Sender, bounded};
use media::source::OpenError;
use media::source::screen::portal::{self, PortalError, PortalOffers};
use media::source::screen::{self, ScreenError, ScreenOffers};
use ui::{Reason, ScreensLook, SharedLook};

use super::reasons;
use crate::threads;

/// What was found, or why nothing can be.
type Found = Result<ScreensLook, Reason>;

/// Asks the X server, and keeps what it said last.
pub struct ScreenLister {
    answer: Sender<Found>,
    answers: Receiver<Found>,
    /// Whether it is being asked: then another question has the same answer.
    is_asked: Arc<AtomicBool>,
    last: Option<Arc<Found>>,
}

impl Default for ScreenLister {
    fn default() -> Self {
        let (answer, answers) = bounded(1);
        Self { answer, answers, is_asked: Arc::default(), last: None }
    }
}

impl ScreenLister {
    /// Asks what there is. Returns at once; false if no thread can be started.
    #[must_use]
    pub fn list(&self) -> bool {
        if self.is_asked.swap(true, Ordering::AcqRel) {
            return true;
        }
        let (answer, is_asked) = (self.answer.clone(), Arc::clone(&self.is_asked));
        let thread = threads::spawn("screens", move || {
            // One that was not taken yet is as good.
            let _sent = answer.try_send(if portal::is_wayland() { shared() } else { listed() });
            is_asked.store(false, Ordering::Release);
        });
        if thread.is_err() {
            self.is_asked.store(false, Ordering::Release);
        }
        thread.is_ok()
    }

    /// What was listed last.
    pub fn last(&mut self) -> Option<Arc<Found>> {
        if let Ok(found) = self.answers.try_recv() {
            self.last = Some(Arc::new(found));
        }
        self.last.clone()
    }
}

/// Why a screen cannot be shown, in the operator's words.
pub fn reason(error: impl Into<ScreenError>) -> Reason {
    reasons::problem(&OpenError::Screen(error.into()).into())
}

fn listed() -> Found {
    screen::offers(None).map(shown).map_err(reason)
}

/// What a Wayland desktop shares, and windows of its X server if it has one: those are real.
fn shared() -> Found {
    let windows = screen::offers(None).map(shown).unwrap_or_default().windows;
    let shared = portal::offers(None).and_then(|offers| match offers {
        PortalOffers { monitors: false, windows: false, .. } => {
            Err(PortalError::NoScreens("it has neither monitors nor windows".to_owned()))
        }
        PortalOffers { pointer_shown, pointer_hidden, .. } => {
            Ok(SharedLook { pointer_shown, pointer_hidden })
        }
    });
    Ok(ScreensLook { windows, shared: Some(shared.map_err(reason)), ..ScreensLook::default() })
}

fn shown(offers: ScreenOffers) -> ScreensLook {
    let ScreenOffers { desktop, monitors, windows } = offers;
    ScreensLook {
        desktop,
        monitors: monitors.into_iter().map(|monitor| (monitor.name, monitor.size)).collect(),
        windows: windows.into_iter().map(|window| (window.class, window.title)).collect(),
        shared: None,
    }
}
