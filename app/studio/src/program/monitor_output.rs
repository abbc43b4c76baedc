//! The operator's monitor: the device that plays the monitor mix, and its level. Opening, closing and
//! listing devices may take seconds, so a thread of its own does it and hands devices to the audio thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use audio::{Monitor, MonitorError, MonitorFader};
use crossbeam_queue::ArrayQueue;
use show::Db;
use ui::MonitorChange;

use crate::wakeup::Wakeup;

/// How long a device that was replaced is kept open to play out, in blocks: longer than the buffers between
/// the mixer and the device.
const LEAVING: u32 = 12;
/// Devices that may wait to be closed; there is never more than one that was replaced and one that failed.
const RETIRED: usize = 4;
/// How often the idle thread checks for work.
const LOOK: Duration = Duration::from_millis(50);

/// The device that plays the monitor mix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum MonitorDevice {
    /// The system's default.
    #[default]
    Default,
    /// A device by its name.
    Named(String),
}

/// A device that is to be closed.
struct Retired {
    /// Closed by its drop.
    _monitor: Monitor,
    /// It failed while it played.
    failed: bool,
}

/// The state of the devices. Only the thread changes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Devices {
    /// The open device.
    pub open: Option<MonitorDevice>,
    /// The names of all devices that can play, as last listed.
    pub names: Vec<String>,
    /// Why the wanted device does not play.
    pub fault: Option<MonitorFault>,
}

/// Why the monitor does not play.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MonitorFault {
    /// The device was lost while it played.
    #[error("the sound device is gone. Choose another for the monitor.")]
    Gone,
    /// The device cannot be opened.
    #[error(transparent)]
    Open(#[from] MonitorError),
}

/// The monitor's state, shared by the audio thread, the device thread and the operator.
pub struct MonitorOutput {
    /// The wanted device; `None` until one is chosen.
    wanted: ArcSwap<Option<MonitorDevice>>,
    /// A device was chosen since the last check, even the same one: a failed one is retried.
    chosen_again: AtomicBool,
    /// Whether the devices should be listed.
    look: AtomicBool,
    /// The level in dB, as the bits of an `f32`.
    level: AtomicU32,
    mute: AtomicBool,
    devices: ArcSwap<Devices>,
    /// New devices for the audio thread, and those that it gives back to be closed.
    opened: ArrayQueue<Monitor>,
    retired: ArrayQueue<Retired>,
    /// The highest peaks, left and right, as the bits of `f32`s.
    peak: [AtomicU32; 2],
    wakeup: Wakeup,
}

impl Default for MonitorOutput {
    /// Muted, with no device.
    fn default() -> Self {
        Self {
            wanted: ArcSwap::default(),
            chosen_again: AtomicBool::new(false),
            look: AtomicBool::new(false),
            level: AtomicU32::new(0.0_f32.to_bits()),
            mute: AtomicBool::new(true),
            devices: ArcSwap::default(),
            opened: ArrayQueue::new(1),
            retired: ArrayQueue::new(RETIRED),
            peak: [AtomicU32::new(0), AtomicU32::new(0)],
            wakeup: Wakeup::default(),
        }
    }
}

impl MonitorOutput {
    /// Chooses a device, which is opened a moment later; one that failed is retried.
    pub fn choose(&self, device: MonitorDevice) {
        self.wanted.store(Arc::new(Some(device)));
        self.chosen_again.store(true, Ordering::Release);
        self.wakeup.wake();
    }

    /// The device that was chosen, if one was.
    pub fn chosen(&self) -> Option<MonitorDevice> {
        self.wanted.load().as_ref().clone()
    }

    /// Requests a new list of devices.
    pub fn look(&self) {
        self.look.store(true, Ordering::Release);
        self.wakeup.wake();
    }

    /// Applies a change by the operator.
    pub fn ask(&self, listen: &MonitorChange) {
        match listen {
            MonitorChange::Level(level) => self.set_level(*level),
            MonitorChange::Mute(mute) => self.set_mute(*mute),
            MonitorChange::Device(None) => self.choose(MonitorDevice::Default),
            MonitorChange::Device(Some(name)) => self.choose(MonitorDevice::Named(name.clone())),
            MonitorChange::ListDevices => self.look(),
        }
    }

    /// Sets the level.
    pub fn set_level(&self, level: Db) {
        self.level.store(level.0.to_bits(), Ordering::Relaxed);
    }

    /// The level.
    pub fn level(&self) -> Db {
        Db(f32::from_bits(self.level.load(Ordering::Relaxed)))
    }

    /// Mutes or unmutes. Unmuting chooses the system's default device if none was chosen yet.
    pub fn set_mute(&self, mute: bool) {
        self.mute.store(mute, Ordering::Relaxed);
        if !mute {
            self.choose(self.chosen().unwrap_or_default());
        }
    }

    /// Whether it is muted.
    pub fn is_muted(&self) -> bool {
        self.mute.load(Ordering::Relaxed)
    }

    /// The state of the devices.
    pub fn devices(&self) -> Arc<Devices> {
        self.devices.load_full()
    }

    /// The highest peaks since the last call, left and right, as amplitudes, after the level and before
    /// mute. For one reader only.
    pub fn take_peak(&self) -> [f32; 2] {
        self.peak.each_ref().map(|peak| f32::from_bits(peak.swap(0, Ordering::Relaxed)))
    }

    /// Wakes the thread, so that it notices a stop.
    pub fn wake(&self) {
        self.wakeup.wake();
    }

    /// Opens and closes devices until `stop`.
    pub fn run(&self, stop: &AtomicBool) {
        while !stop.load(Ordering::Acquire) {
            self.turn();
            self.wakeup.wait_for(LOOK);
        }
        while self.opened.pop().is_some() || self.retired.pop().is_some() {}
    }

    fn turn(&self) {
        while let Some(retired) = self.retired.pop() {
            if retired.failed {
                self.change(|devices| {
                    (devices.open, devices.fault) = (None, Some(MonitorFault::Gone));
                });
            }
        }
        if self.look.swap(false, Ordering::AcqRel) {
            let names = audio::devices();
            self.change(|devices| devices.names.clone_from(&names));
        }
        let again = self.chosen_again.swap(false, Ordering::AcqRel);
        let Some(wanted) = self.chosen() else { return };
        if !again || self.devices.load().open.as_ref() == Some(&wanted) {
            return;
        }
        let name = match &wanted {
            MonitorDevice::Default => None,
            MonitorDevice::Named(name) => Some(name.as_str()),
        };
        match Monitor::open(name) {
            Ok(monitor) => {
                // Closes a device that the audio thread has not taken yet.
                drop(self.opened.force_push(monitor));
                self.change(|devices| {
                    (devices.open, devices.fault) = (Some(wanted.clone()), None);
                });
            }
            // The device that plays goes on.
            Err(error) => self.change(|devices| devices.fault = Some(error.into())),
        }
    }

    fn change(&self, change: impl FnOnce(&mut Devices)) {
        let mut devices = Devices::clone(&self.devices.load());
        change(&mut devices);
        self.devices.store(Arc::new(devices));
    }
}

/// The audio thread's end: plays the mix, and never opens or closes a device or waits.
#[derive(Default)]
pub struct MonitorFeed {
    fader: MonitorFader,
    block: Vec<f32>,
    monitor: Option<Monitor>,
    /// A device that was replaced, and how many blocks it is still kept.
    leaving: Option<(Monitor, u32)>,
}

impl MonitorFeed {
    /// Plays a block of the monitor mix, interleaved stereo.
    pub fn play(&mut self, mix: &[f32], monitor: &MonitorOutput) {
        let (block, peak) = self.fader.apply(mix, monitor.level().amplitude(), monitor.is_muted());
        for (shown, peak) in monitor.peak.iter().zip(peak) {
            // The bits of non-negative floats compare like the floats.
            shown.fetch_max(peak.to_bits(), Ordering::Relaxed);
        }
        let new = monitor.opened.pop();
        if new.is_some()
            && let Some(mut old) = self.monitor.take()
        {
            self.block.clear();
            self.block.extend_from_slice(block);
            audio::fade(&mut self.block, false);
            old.play(&self.block);
            if let Some((older, _)) = self.leaving.replace((old, LEAVING)) {
                retire(older, false, monitor);
            }
        }
        match (new, &mut self.monitor) {
            (Some(mut new), _) => {
                self.block.clear();
                self.block.extend_from_slice(block);
                audio::fade(&mut self.block, true);
                new.play(&self.block);
                self.monitor = Some(new);
            }
            (None, Some(monitor)) => monitor.play(block),
            (None, None) => {}
        }
        if let Some(failed) = self.monitor.take_if(|monitor| monitor.failed()) {
            retire(failed, true, monitor);
        }
        if let Some((_, left)) = &mut self.leaving {
            *left -= 1;
        }
        if let Some((old, _)) = self.leaving.take_if(|(_, left)| *left == 0) {
            retire(old, false, monitor);
        }
    }
}

/// Gives a device back to be closed. There is always room: the other thread checks every 50 ms.
fn retire(device: Monitor, failed: bool, output: &MonitorOutput) {
    drop(output.retired.push(Retired { _monitor: device, failed }));
    output.wakeup.wake();
}
