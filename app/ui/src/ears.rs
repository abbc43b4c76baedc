//! The operator's own strip: what is heard on the monitor, how loud, and on which device.

use egui::{Id, Rect, Role, Ui, WidgetInfo, vec2};

use crate::action::{Action, Listen};
use crate::control::{self, Tone, cut_bottom, cut_left, cut_top};
use crate::fader::{Needle, meters_and_fader, number, title};
use crate::look::MonitorLook;
use crate::panel::Panel;
use crate::theme;

/// How wide the strip is.
pub const WIDE: f32 = 112.0;

/// Draws it.
pub fn draw(ui: &mut Ui, place: Rect, needles: &[Needle; 2], panel: &mut Panel<'_>) {
    let Panel { look, words, actions } = panel;
    let monitor = &look.monitor;
    let mut rect = place.shrink2(vec2(10.0, 4.0));
    let name = words.get("monitor");
    title(ui, cut_top(&mut rect, 22.0), &name, theme::OPTION_LINE);
    let mut keys = cut_bottom(&mut rect, 20.0);
    cut_bottom(&mut rect, 5.0);
    let id = Id::unique("monitor strip");
    let value = cut_bottom(&mut rect, 20.0);
    let typed = number(ui, value, id.with("value"), monitor.level, &name);
    let moved = meters_and_fader(ui, rect, id, needles, monitor.level, &name);
    if let Some(level) = typed.or(moved) {
        actions.push(Action::Listen(Listen::Level(level)));
    }
    let (letters, tip) = (words.get("mute"), words.get("monitor-mute"));
    let on = (monitor.mute, Tone::OnAir);
    let mute = cut_left(&mut keys, 24.0);
    cut_left(&mut keys, 3.0);
    let response = control::toggle(ui, mute, id.with("mute"), (&letters, &tip), on);
    if response.clicked() {
        actions.push(Action::Listen(Listen::Mute(!monitor.mute)));
    }
    response.on_hover_text(tip);
    device(ui, keys, id.with("device"), panel);
}

/// Which device it is heard on, or that there is none; a click offers others.
fn device(ui: &Ui, place: Rect, id: Id, panel: &mut Panel<'_>) {
    let Panel { look, words, actions } = panel;
    let MonitorLook { device, devices, fault, .. } = &look.monitor;
    let chosen = device.clone().unwrap_or_else(|| words.get("device-default"));
    let fault = fault.as_ref().map(|fault| words.reason(fault));
    let (label, tone) = match fault {
        Some(_) => (words.get("device-none"), Tone::Attention),
        None => (chosen.clone(), Tone::Plain),
    };
    let response = control::button(ui, place, id, &label, (tone, theme::SMALL));
    let name = words.with("device", "name", label.as_str());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    if response.clicked() {
        actions.push(Action::Listen(Listen::Look));
    }
    egui::Popup::menu(&response).show(|ui| {
        ui.set_max_width(320.0);
        if let Some(fault) = &fault {
            ui.colored_label(theme::ATTENTION, fault);
        }
        if ui.selectable_label(device.is_none(), words.get("device-default")).clicked() {
            actions.push(Action::Listen(Listen::Device(None)));
        }
        for name in devices {
            if ui.selectable_label(device.as_ref() == Some(name), name).clicked() {
                actions.push(Action::Listen(Listen::Device(Some(name.clone()))));
            }
        }
    });
    response.on_hover_text(fault.unwrap_or(chosen));
}
