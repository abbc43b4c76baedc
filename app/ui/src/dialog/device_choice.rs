//! Which camera or microphone a source is.

use egui::{ComboBox, Response, RichText, Role, Ui, WidgetInfo};
use show::{CameraMode, CameraSource, DEVICE_LATENCY_MILLIS, Device, MicrophoneSource, Side};

use crate::action::Action;
use crate::devices_look::{CameraLook, MicrophoneLook};
use crate::look::Look;
use crate::reason::Reason;
use crate::theme;
use crate::translations::Translations;
use crate::widgets::form::Form;

/// How wide a choice is: as wide as a line of text.
const WIDTH: f32 = 270.0;
/// How often it is asked what is connected, in seconds.
const ASKED: f64 = 1.0;

/// Asks what is connected, whenever that may have changed while it is looked at.
#[derive(Clone, Copy, Debug, Default)]
struct Asking(Option<f64>);

impl Asking {
    fn ask(&mut self, ui: &Ui, actions: &mut Vec<Action>) {
        let now = ui.input(|input| input.time);
        if self.0.is_none_or(|last| now >= last + ASKED) {
            // The first time the system is asked anew.
            actions.push(Action::ListDevices { fresh: self.0.is_none() });
            self.0 = Some(now);
        }
        ui.ctx().request_repaint_after_secs(ASKED as f32);
    }
}

/// What is chosen of a camera in a dialog.
#[derive(Clone, Debug)]
pub struct CameraChoice {
    device: Option<Device>,
    mode: Option<CameraMode>,
    latency_millis: u32,
    /// The microphone that is added with a new camera.
    microphone: Option<Device>,
    asking: Asking,
}

impl Default for CameraChoice {
    fn default() -> Self {
        let asking = Asking::default();
        let latency_millis = DEVICE_LATENCY_MILLIS;
        Self { device: None, mode: None, latency_millis, microphone: None, asking }
    }
}

impl CameraChoice {
    /// As a source has it.
    pub fn of(source: &CameraSource) -> Self {
        let CameraSource { device, mode, latency_millis } = source.clone();
        Self { device: Some(device), mode, latency_millis, ..Self::default() }
    }

    /// The source that is chosen, if any is.
    pub fn source(&self) -> Option<CameraSource> {
        let Self { mode, latency_millis, .. } = *self;
        self.device.clone().map(|device| CameraSource { device, mode, latency_millis })
    }

    /// The microphone that is added with it.
    pub fn microphone(&self) -> Option<MicrophoneSource> {
        let device = self.microphone.clone()?;
        MicrophoneChoice { device: Some(device), ..MicrophoneChoice::default() }.source()
    }

    /// The rows of its dialog; a name for the source if another was chosen. `microphone` is what could be added with
    /// it.
    pub fn rows(
        &mut self,
        ui: &mut Ui,
        form: &Form<'_>,
        (look, microphone): (&Look, Option<&Device>),
        actions: &mut Vec<Action>,
    ) -> Option<String> {
        self.asking.ask(ui, actions);
        let words = form.words;
        let cameras = look.cameras.as_deref();
        let found = cameras.and_then(|all| all.as_ref().ok()).map_or(&[][..], Vec::as_slice);
        let all = found.iter().map(|camera| &camera.device);
        let chosen = choose(ui, form, "camera-device", &mut self.device, all);
        if chosen.is_some() {
            self.mode = None;
        }
        say(ui, words, cameras.and_then(|all| all.as_ref().err()));
        let of_device = |camera: &&CameraLook| Some(&camera.device) == self.device.as_ref();
        let modes = found.iter().find(of_device).map_or(&[][..], |camera| &camera.modes);
        form.row(ui, "camera-mode", "rate", |ui| mode_list(ui, words, &mut self.mode, modes));
        let row = ("latency", "latency");
        form.number(ui, row, &mut self.latency_millis, 0..=5_000, "ms");
        if let Some(microphone) = microphone {
            let label = words.with("camera-with-microphone", "name", microphone.name.clone());
            let mut is_with = self.microphone.is_some();
            if form.check_named(ui, label, &mut is_with).changed() {
                self.microphone = is_with.then(|| microphone.clone());
            }
        }
        chosen
    }
}

/// What is chosen of a microphone in a dialog.
#[derive(Clone, Debug)]
pub struct MicrophoneChoice {
    device: Option<Device>,
    pair: u32,
    side: Side,
    latency_millis: u32,
    asking: Asking,
}

impl Default for MicrophoneChoice {
    fn default() -> Self {
        let (side, asking) = (Side::Both, Asking::default());
        Self { device: None, pair: 1, side, latency_millis: DEVICE_LATENCY_MILLIS, asking }
    }
}

impl MicrophoneChoice {
    /// As a source has it.
    pub fn of(source: &MicrophoneSource) -> Self {
        let MicrophoneSource { device, pair, side, latency_millis } = source.clone();
        Self { device: Some(device), pair, side, latency_millis, asking: Asking::default() }
    }

    /// The source that is chosen, if any is.
    pub fn source(&self) -> Option<MicrophoneSource> {
        let Self { pair, side, latency_millis, .. } = *self;
        self.device.clone().map(|device| MicrophoneSource { device, pair, side, latency_millis })
    }

    /// The rows of its dialog; a name for the source if another was chosen.
    pub fn rows(
        &mut self,
        ui: &mut Ui,
        form: &Form<'_>,
        look: &Look,
        actions: &mut Vec<Action>,
    ) -> Option<String> {
        self.asking.ask(ui, actions);
        let words = form.words;
        let microphones = look.microphones.as_deref();
        let found = microphones.and_then(|all| all.as_ref().ok()).map_or(&[][..], Vec::as_slice);
        let all = found.iter().map(|microphone| &microphone.device);
        let chosen = choose(ui, form, "microphone-device", &mut self.device, all);
        if chosen.is_some() {
            (self.pair, self.side) = (1, Side::Both);
        }
        say(ui, words, microphones.and_then(|all| all.as_ref().err()));
        let sides = [
            (Side::Both, words.get("side-both")),
            (Side::Left, words.get("side-left")),
            (Side::Right, words.get("side-right")),
        ];
        form.choice(ui, "side", &mut self.side, &sides);
        let of_device = |one: &&MicrophoneLook| Some(&one.device) == self.device.as_ref();
        let channels = found.iter().find(of_device).map_or(2, |one| one.channels);
        let last = channels.div_ceil(2).clamp(self.pair.max(1), MicrophoneSource::MAX_PAIR);
        if last > 1 {
            let unit = words.get("pair-unit");
            form.number(ui, ("pair", "channels"), &mut self.pair, 1..=last, &unit);
        }
        let row = ("latency", "latency");
        form.number(ui, row, &mut self.latency_millis, 0..=5_000, "ms");
        chosen
    }
}

/// The microphone that is taken where none is chosen: the system's own choice, which is listed first.
pub fn first_microphone(look: &Look) -> Option<&Device> {
    let microphones = look.microphones.as_deref()?.as_ref().ok()?;
    Some(&microphones.first()?.device)
}

/// Says why nothing is listed.
fn say(ui: &mut Ui, words: &Translations, reason: Option<&Reason>) {
    if let Some(reason) = reason {
        let said = RichText::new(words.reason(reason));
        ui.label(said.size(theme::DETAIL).color(theme::ATTENTION));
    }
}

/// The list of devices: the first is chosen until another is, and one that is not connected stays in it while it is
/// chosen. The name of one that was just chosen.
fn choose<'a>(
    ui: &mut Ui,
    form: &Form<'_>,
    key: &str,
    chosen: &mut Option<Device>,
    connected: impl Iterator<Item = &'a Device>,
) -> Option<String> {
    let before = chosen.clone();
    let mut all: Vec<&Device> = connected.collect();
    if chosen.is_none() {
        *chosen = all.first().map(|device| (*device).clone());
    }
    let kept = chosen.clone().filter(|kept| all.iter().all(|device| device.id != kept.id));
    all.extend(&kept);
    form.row(ui, key, "device", |ui| device_list(ui, form.words, key, chosen, &all));
    let is_other = chosen.as_ref().map(|now| &now.id) != before.as_ref().map(|before| &before.id);
    chosen.as_ref().filter(|_| is_other).map(|now| now.name.clone())
}

fn device_list(
    ui: &mut Ui,
    words: &Translations,
    key: &str,
    chosen: &mut Option<Device>,
    all: &[&Device],
) -> Response {
    let shown = |device: &Device| match device.name.is_empty() {
        true => device.id.clone(),
        false => device.name.clone(),
    };
    let now = chosen.as_ref().map_or_else(|| words.get("no-device"), shown);
    list(ui, key, &words.get(key), now, |ui| {
        for device in all {
            let is_chosen = chosen.as_ref().is_some_and(|chosen| chosen.id == device.id);
            if ui.selectable_label(is_chosen, shown(device)).clicked() {
                *chosen = Some((*device).clone());
            }
        }
    })
}

fn mode_list(
    ui: &mut Ui,
    words: &Translations,
    chosen: &mut Option<CameraMode>,
    modes: &[CameraMode],
) -> Response {
    let shown = |mode: Option<CameraMode>| match mode {
        None => words.get("camera-mode-best"),
        Some(CameraMode { width, height, rate_millihertz }) => {
            let rate = f64::from(rate_millihertz) / 1_000.0;
            format!("{width} × {height}, {rate} fps")
        }
    };
    let mut all: Vec<Option<CameraMode>> = vec![None];
    all.extend(modes.iter().copied().map(Some));
    if !all.contains(chosen) {
        all.push(*chosen);
    }
    list(ui, "camera-mode", &words.get("camera-mode"), shown(*chosen), |ui| {
        for mode in all {
            if ui.selectable_label(*chosen == mode, shown(mode)).clicked() {
                *chosen = mode;
            }
        }
    })
}

/// A list that opens, with its name for who does not see it.
fn list(
    ui: &mut Ui,
    salt: &str,
    label: &str,
    now: String,
    entries: impl FnOnce(&mut Ui),
) -> Response {
    let combo = ComboBox::from_id_salt(salt).selected_text(&now).width(WIDTH);
    let combo = combo.truncate().show_ui(ui, entries);
    combo.response.widget_info(|| WidgetInfo {
        current_text_value: Some(now.clone()),
        ..WidgetInfo::labeled(Role::ComboBox, true, label)
    });
    combo.response
}
