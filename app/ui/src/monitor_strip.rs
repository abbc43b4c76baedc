//! The monitor's strip in the mixer: its level, mute, and the sound device it is heard on. None of it is
//! in the programme.

use egui::{Id, Rect, Role, Ui, WidgetInfo};

use crate::action::{Action, MonitorChange};
use crate::look::MonitorLook;
use crate::panel::Panel;
use crate::widgets::button::{self, Tone};
use crate::widgets::fader::{MeterReading, StripLayout, title};
use crate::{command_button, theme};

/// How wide the strip is.
pub const WIDE: f32 = 112.0;

/// Draws it.
pub fn draw(ui: &mut Ui, place: Rect, readings: &[MeterReading; 2], panel: &mut Panel<'_>) {
    let (monitor, words) = (&panel.look.monitor, panel.words);
    let mut strip = StripLayout::new(place, 10.0);
    let name = words.get("monitor");
    title(ui, strip.title, &name, theme::OPTION_LINE);
    let id = Id::unique("monitor strip");
    if let Some(level) = strip.level(ui, id, readings, monitor.level, (&name, words)) {
        panel.actions.push(Action::Listen(MonitorChange::Level(level)));
    }
    let mute = strip.buttons.left(24.0);
    strip.buttons.left(3.0);
    let letters = words.get("mute");
    command_button::toggle(ui, mute, "sound.mute-monitor", &letters, Tone::Attention, panel);
    device(ui, strip.buttons.rest(), id.with("device"), panel);
}

/// The device, or that there is none; a click offers others.
fn device(ui: &Ui, place: Rect, id: Id, panel: &mut Panel<'_>) {
    let Panel { look, words, actions, .. } = panel;
    let MonitorLook { device, devices, fault, .. } = &look.monitor;
    let chosen = device.clone().unwrap_or_else(|| words.get("device-default"));
    let fault = fault.as_ref().map(|fault| words.reason(fault));
    let (label, tone) = match fault {
        Some(_) => (words.get("device-none"), Tone::Attention),
        None => (chosen.clone(), Tone::Plain),
    };
    let response = button::button(ui, place, id, &label, (tone, theme::SMALL));
    let name = words.with("device", "name", label.as_str());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    if response.clicked() {
        actions.push(Action::Listen(MonitorChange::ListDevices));
    }
    egui::Popup::menu(&response).show(|ui| {
        ui.set_max_width(320.0);
        if let Some(fault) = &fault {
            ui.colored_label(theme::ATTENTION, fault);
        }
        if ui.selectable_label(device.is_none(), words.get("device-default")).clicked() {
            actions.push(Action::Listen(MonitorChange::Device(None)));
        }
        for name in devices {
            if ui.selectable_label(device.as_ref() == Some(name), name).clicked() {
                actions.push(Action::Listen(MonitorChange::Device(Some(name.clone()))));
            }
        }
    });
    response.on_hover_text(fault.unwrap_or(chosen));
}
