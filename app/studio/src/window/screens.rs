//! Lists the screens and windows of this computer for the dialog of a source: the X server may take seconds to answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, Sender, bounded};
use media::source::screen::{self, ScreenOffers};
use ui::{Reason, ScreensLook};

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
            let found = screen::offers(None);
            // One that was not taken yet is as good.
            let _sent = answer.try_send(match found {
                Ok(offers) => Ok(shown(offers)),
                Err(error) => {
                    Err(reasons::problem(&media::source::OpenError::Screen(error).into()))
                }
            });
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

fn shown(offers: ScreenOffers) -> ScreensLook {
    let ScreenOffers { desktop, monitors, windows } = offers;
    ScreensLook {
        desktop,
        monitors: monitors.into_iter().map(|monitor| (monitor.name, monitor.size)).collect(),
        windows: windows.into_iter().map(|window| (window.class, window.title)).collect(),
    }
}
