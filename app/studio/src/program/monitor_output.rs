//! The operator's monitor: which device the monitor mix is heard on, and how loud. To open, close or look
//! for a device may take seconds, so a thread of its own does it and hands the device over.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use audio::{Monitor, MonitorError, MonitorFader};
use crossbeam_queue::ArrayQueue;
use show::Db;
use ui::MonitorChange;

use crate::wakeup::Wakeup;

/// How long a device that is left still plays what it was given, in blocks: longer than what lies
/// between the mixer and the device.
const LEAVING: u32 = 12;
/// Devices that may wait to be closed; there is never more than one that is left and one that fails.
const RETIRED: usize = 4;
/// How often a thread that has nothing to do looks whether something came.
const LOOK: Duration = Duration::from_millis(50);

/// Where the monitor mix is heard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum MonitorDevice {
    /// The system's own choice.
    #[default]
    Default,
    /// A device by its name.
    Named(String),
}

/// A device that is not played on any more.
struct Retired {
    /// For its drop.
    _monitor: Monitor,
    /// It was the one that played, and has gone.
    failed: bool,
}

/// What is known of devices; changed by the thread alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Devices {
    /// The one that is open.
    pub open: Option<MonitorDevice>,
    /// Names of all that can play, since somebody asked.
    pub names: Vec<String>,
    /// Why nothing is heard that should be.
    pub fault: Option<MonitorFault>,
}

/// Why nothing is heard on the monitor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MonitorFault {
    /// The device has gone while it played.
    #[error("the sound device is gone. Choose another for the monitor.")]
    Gone,
    /// It does not open.
    #[error(transparent)]
    Open(#[from] MonitorError),
}

/// What the audio thread, the thread of devices and the operator share.
pub struct MonitorOutput {
    /// What is wanted; nothing until somebody wants to hear.
    wanted: ArcSwap<Option<MonitorDevice>>,
    /// The device was chosen again: one that failed is retried.
    chosen_again: AtomicBool,
    /// Whether names of devices are asked for.
    look: AtomicBool,
    /// The level in dB, as its bits, and whether it is muted.
    level: AtomicU32,
    mute: AtomicBool,
    devices: ArcSwap<Devices>,
    /// What the audio thread takes over, and what it gives back to be closed.
    opened: ArrayQueue<Monitor>,
    retired: ArrayQueue<Retired>,
    /// Greatest samples, left and right, as bits.
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
    /// Chooses a device; it opens a moment later, and what failed is tried again.
    pub fn choose(&self, device: MonitorDevice) {
        self.wanted.store(Arc::new(Some(device)));
        self.chosen_again.store(true, Ordering::Release);
        self.wakeup.wake();
    }

    /// The device that was chosen, if one was.
    pub fn chosen(&self) -> Option<MonitorDevice> {
        self.wanted.load().as_ref().clone()
    }

    /// Has the names of devices looked up.
    pub fn look(&self) {
        self.look.store(true, Ordering::Release);
        self.wakeup.wake();
    }

    /// Does what the operator asks.
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

    /// Mutes, or not: then, if no device was chosen yet, the system's own is.
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

    /// What is known of devices.
    pub fn devices(&self) -> Arc<Devices> {
        self.devices.load_full()
    }

    /// Greatest samples since this was asked last, left and right, as amplitude, behind the level and
    /// before mute. For one reader.
    pub fn take_peak(&self) -> [f32; 2] {
        self.peak.each_ref().map(|peak| f32::from_bits(peak.swap(0, Ordering::Relaxed)))
    }

    /// Wakes the thread, so that it sees that it should stop.
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
                // One that the audio thread has not taken yet is closed here.
                drop(self.opened.force_push(monitor));
                self.change(|devices| {
                    (devices.open, devices.fault) = (Some(wanted.clone()), None);
                });
            }
            // What plays goes on: nothing is heard of a choice that cannot be.
            Err(error) => self.change(|devices| devices.fault = Some(error.into())),
        }
    }

    fn change(&self, change: impl FnOnce(&mut Devices)) {
        let mut devices = Devices::clone(&self.devices.load());
        change(&mut devices);
        self.devices.store(Arc::new(devices));
    }
}

/// The audio thread's end: it never opens, closes or waits.
#[derive(Default)]
pub struct MonitorFeed {
    fader: MonitorFader,
    block: Vec<f32>,
    monitor: Option<Monitor>,
    /// A device that is left, and for how many blocks still.
    leaving: Option<(Monitor, u32)>,
}

impl MonitorFeed {
    /// Plays a block of the monitor mix, interleaved stereo.
    pub fn play(&mut self, mix: &[f32], monitor: &MonitorOutput) {
        let (block, peak) = self.fader.apply(mix, monitor.level().amplitude(), monitor.is_muted());
        for (shown, peak) in monitor.peak.iter().zip(peak) {
            // Bits of numbers that are not negative stand in the order of the numbers.
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

/// Gives a device back to be closed. There is always room: the other thread looks each 50 ms.
fn retire(device: Monitor, failed: bool, output: &MonitorOutput) {
    drop(output.retired.push(Retired { _monitor: device, failed }));
    output.wakeup.wake();
}
