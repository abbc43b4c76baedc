//! Lists the cameras and microphones of this computer for the dialog of a source: a sound server may take its time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, Sender, bounded};
use media::source::device::{self, CameraOffer, DeviceOffers, MicrophoneOffer};
use show::Device;
use ui::{CameraLook, MicrophoneLook, Reason};

use super::reasons;
use crate::threads;

/// What was found of a kind, or why there is none.
type Found<T> = Arc<Result<Vec<T>, Reason>>;
/// Cameras and microphones.
type Both = (Option<Found<CameraLook>>, Option<Found<MicrophoneLook>>);

/// Asks what is connected, and keeps what was said last.
pub struct DeviceLister {
    answer: Sender<Both>,
    answers: Receiver<Both>,
    /// Whether it is being asked: then another question has the same answer.
    is_asked: Arc<AtomicBool>,
    last: Both,
}

impl Default for DeviceLister {
    fn default() -> Self {
        let (answer, answers) = bounded(1);
        Self { answer, answers, is_asked: Arc::default(), last: (None, None) }
    }
}

impl DeviceLister {
    /// Asks what is connected, the system anew if `is_fresh`. Returns at once; false if no thread can be started.
    #[must_use]
    pub fn list(&self, is_fresh: bool) -> bool {
        if self.is_asked.swap(true, Ordering::AcqRel) {
            return true;
        }
        let (answer, is_asked) = (self.answer.clone(), Arc::clone(&self.is_asked));
        let thread = threads::spawn("devices", move || {
            // One that was not taken yet is as good.
            let _sent = answer.try_send(shown(device::offers(is_fresh)));
            is_asked.store(false, Ordering::Release);
        });
        if thread.is_err() {
            self.is_asked.store(false, Ordering::Release);
        }
        thread.is_ok()
    }

    /// What was listed last.
    pub fn last(&mut self) -> Both {
        if let Ok(found) = self.answers.try_recv() {
            self.last = found;
        }
        self.last.clone()
    }
}

fn shown(offers: DeviceOffers) -> Both {
    let camera =
        |CameraOffer { id, name, modes }| CameraLook { device: Device { id, name }, modes };
    let microphone = |MicrophoneOffer { id, name, channels }| MicrophoneLook {
        device: Device { id, name },
        channels,
    };
    let DeviceOffers { cameras, microphones } = offers;
    let cameras = cameras.map(|all| all.into_iter().map(camera).collect());
    let microphones = microphones.map(|all| all.into_iter().map(microphone).collect());
    let reason = |error| reasons::device_error(&error);
    (Some(Arc::new(cameras.map_err(reason))), Some(Arc::new(microphones.map_err(reason))))
}
