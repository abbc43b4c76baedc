//! The whole desk: where each panel is, and what happens when one fails.

use std::panic::{AssertUnwindSafe, catch_unwind};

use egui::{Align2, Id, Rect, Ui, pos2, vec2};
use egui_wgpu::{CallbackResources, wgpu};
use engine::Frame;

use crate::action::Action;
use crate::bins::Bins;
use crate::control::{self, Tone, cut_bottom, cut_left, cut_right, cut_top, write};
use crate::look::Look;
use crate::marks::Marks;
use crate::mixer::Mixer;
use crate::monitor::{self, Which};
use crate::on_air::OnAir;
use crate::panel::Panel;
use crate::switching::Switching;
use crate::words::{Language, Words};
use crate::{keys, status, theme, thumbnails, top};

/// Heights and widths of the desk at 100 %, in points.
const TOP: f32 = 36.0;
const STATUS: f32 = 24.0;
const MIXER: f32 = 166.0;
const BINS: f32 = 184.0;
const SWITCHING: f32 = 116.0;
const ON_AIR: f32 = 236.0;
/// What a monitor's name takes above it.
const HEAD: f32 = 28.0;

/// The desk and what it keeps between frames.
pub struct Desk {
    words: Words,
    switching: Switching,
    bins: Bins,
    on_air: OnAir,
    mixer: Mixer,
    /// What is drawn over the monitors.
    pub marks: Marks,
    /// A monitor that fills the window.
    alone: Option<Which>,
    /// Panels that failed, and are closed until they are opened again.
    broken: [bool; PANELS],
    toast: Option<(String, f32)>,
    /// Whether it is asked if the window is to be closed while something goes out.
    closing: bool,
}

const PANELS: usize = 6;
/// How long a toast stays, in seconds.
const TOAST: f32 = 5.0;

impl Desk {
    /// A desk that speaks this language.
    pub fn new(language: Language) -> Self {
        Self {
            words: Words::new(language),
            switching: Switching::default(),
            bins: Bins::default(),
            on_air: OnAir::default(),
            mixer: Mixer::default(),
            marks: Marks::default(),
            alone: None,
            broken: [false; PANELS],
            toast: None,
            closing: false,
        }
    }

    /// Asks whether the window is to be closed, which would end what goes out.
    pub fn ask_to_close(&mut self) {
        self.closing = true;
    }

    /// Makes what the monitors need on this device; once, before the first frame.
    pub fn prepare(
        device: &wgpu::Device,
        target: wgpu::TextureFormat,
        resources: &mut CallbackResources,
    ) {
        monitor::prepare(device, target, resources);
        thumbnails::prepare(device, target, resources);
    }

    /// Draws the desk and yields what was asked.
    pub fn draw(&mut self, ui: &mut Ui, look: &Look) -> Vec<Action> {
        let mut actions = keys::pressed(ui, look);
        let whole = ui.max_rect();
        if let Some(which) = self.alone {
            self.full(ui, whole, which, look);
            return actions;
        }
        let mut rest = whole;
        let bar = cut_top(&mut rest, TOP);
        let line = cut_bottom(&mut rest, STATUS);
        let mixer = cut_bottom(&mut rest, MIXER);
        let high = monitors_height(rest, look);
        let mut upper = cut_top(&mut rest, high);
        let bins = rest;
        for y in [bar.bottom(), upper.bottom(), mixer.top(), line.top()] {
            seam(ui, [pos2(whole.left(), y), pos2(whole.right(), y)]);
        }
        let asked = top::draw(ui, bar, look, &self.words, &mut actions);
        status::draw(ui, line, look, &self.words);
        let on_air = cut_right(&mut upper, ON_AIR);
        let wide = (upper.width() - SWITCHING) / 2.0;
        let pvw = cut_left(&mut upper, wide);
        let pgm = cut_right(&mut upper, wide);
        self.panel(0, ui, pvw, |desk, ui, rect| desk.bus(ui, rect, Which::Pvw, look));
        self.panel(1, ui, pgm, |desk, ui, rect| desk.bus(ui, rect, Which::Pgm, look));
        let out = &mut actions;
        self.panel(2, ui, upper, |desk, ui, rect| {
            let panel = &mut Panel { look, words: &desk.words, actions: out };
            desk.switching.draw(ui, rect, panel);
        });
        self.panel(3, ui, on_air, |desk, ui, rect| {
            let panel = &mut Panel { look, words: &desk.words, actions: out };
            desk.on_air.draw(ui, rect, panel);
        });
        let (mut left, mut right) = (bins, bins);
        left.max.x = bins.center().x;
        right.min.x = bins.center().x;
        self.panel(4, ui, left, |desk, ui, rect| {
            let panel = &mut Panel { look, words: &desk.words, actions: out };
            desk.bins.scenes(ui, rect, panel);
            desk.bins.sources(ui, right, look, &desk.words);
        });
        self.panel(5, ui, mixer, |desk, ui, rect| {
            let panel = &mut Panel { look, words: &desk.words, actions: out };
            desk.mixer.draw(ui, rect, panel);
        });
        self.toast(ui, line, look);
        self.close_card(ui, whole, out);
        if let Some(language) = asked.language {
            self.words = Words::new(language);
        }
        actions
    }

    /// Draws a panel. One that fails becomes a card, and the rest of the desk goes on.
    fn panel(
        &mut self,
        index: usize,
        ui: &mut Ui,
        rect: Rect,
        draw: impl FnOnce(&mut Self, &mut Ui, Rect),
    ) {
        if self.broken[index] {
            let card = Rect::from_center_size(rect.center(), vec2(rect.width().min(240.0), 70.0));
            let mut card = card;
            let line = cut_top(&mut card, 30.0);
            let said = self.words.get("panel-broke");
            write(ui, line, Align2::CENTER_CENTER, &said, (theme::BODY, theme::ATTENTION));
            let label = self.words.get("reopen");
            let id = Id::unique(("broken", index));
            let button = cut_top(&mut card, theme::TARGET);
            let tone = (Tone::Attention, theme::BODY);
            if control::button(ui, button, id, &label, tone).clicked() {
                self.broken[index] = false;
            }
            return;
        }
        let drawn = catch_unwind(AssertUnwindSafe(|| draw(self, ui, rect)));
        self.broken[index] = drawn.is_err();
    }

    fn bus(&mut self, ui: &Ui, rect: Rect, which: Which, look: &Look) {
        let (tag, items, frame, colour) = match which {
            Which::Pvw => ("pvw", &look.snapshot.pvw, &look.pvw, theme::NEXT),
            Which::Pgm => ("pgm", &look.snapshot.pgm, &look.pgm, theme::ON_AIR),
        };
        let mut rect = rect.shrink2(vec2(6.0, 0.0));
        rect.max.y -= 6.0;
        let mut head = cut_top(&mut rect, HEAD).shrink2(vec2(2.0, 5.0));
        let mark = cut_left(&mut head, 40.0);
        cut_left(&mut head, 8.0);
        ui.painter().rect_filled(mark, theme::PICTURE_RADIUS, colour);
        let label = self.words.get(tag);
        write(ui, mark, Align2::CENTER_CENTER, &label, (theme::DETAIL, theme::GROUND));
        let show = &look.snapshot.show;
        let scene = items.scene.and_then(|id| show.scene(id)).map(|scene| scene.name.as_str());
        let layout = items.layout.and_then(|id| show.layout(id)).map(|l| l.name.as_str());
        let name = scene.or(layout).unwrap_or("");
        let at = Align2::LEFT_CENTER;
        let written = write(ui, head, at, name, (theme::BODY, theme::TEXT));
        head.min.x = written.right() + 8.0;
        if let (Some(_), Some(layout)) = (scene, layout) {
            let said = self.words.with("layout-and", "name", layout);
            write(ui, head, at, &said, (theme::DETAIL, theme::QUIET));
        }
        let is_empty = items.layout.is_none();
        self.screen(ui, rect, which, (frame, colour, is_empty), look);
    }

    /// The picture with its frame; a double click makes it fill the window.
    fn screen(
        &mut self,
        ui: &Ui,
        rect: Rect,
        which: Which,
        (frame, colour, is_empty): (&Option<Frame>, egui::Color32, bool),
        look: &Look,
    ) {
        let place = monitor::fitted(rect, look.snapshot.show.format.raster.size());
        let (full, empty) = match which {
            Which::Pvw => ("pvw-full", "nothing-next"),
            Which::Pgm => ("pgm-full", "nothing-on-air"),
        };
        match frame {
            Some(frame) if !is_empty => {
                monitor::draw(ui, place, which, frame);
                self.marks.draw(ui, place, which, look, &self.words);
            }
            _ => {
                ui.painter().rect_filled(place, 0.0, theme::WELL);
                let said = self.words.get(empty);
                write(ui, place, Align2::CENTER_CENTER, &said, (theme::BODY, theme::QUIET));
            }
        }
        let stroke = egui::Stroke::new(2.0, colour);
        ui.painter().rect_stroke(place, 0.0, stroke, egui::StrokeKind::Outside);
        let id = Id::unique(("monitor", full));
        let response = ui.interact(place, id, egui::Sense::click());
        let name = self.words.get(full);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &name));
        if response.double_clicked() {
            self.alone = if self.alone.is_some() { None } else { Some(which) };
        }
    }

    fn full(&mut self, ui: &Ui, whole: Rect, which: Which, look: &Look) {
        let (frame, colour) = match which {
            Which::Pvw => (&look.pvw, theme::NEXT),
            Which::Pgm => (&look.pgm, theme::ON_AIR),
        };
        self.screen(ui, whole.shrink(3.0), which, (frame, colour, false), look);
        if ui.input(|input| input.key_pressed(egui::Key::Escape)) {
            self.alone = None;
        }
    }

    fn close_card(&mut self, ui: &Ui, whole: Rect, actions: &mut Vec<Action>) {
        if !self.closing {
            return;
        }
        let card = Rect::from_center_size(whole.center(), vec2(380.0, 118.0));
        // What lies under it must not be met by a hand that aims at the card.
        ui.interact(card, Id::unique("close card"), egui::Sense::click_and_drag());
        let inside = egui::StrokeKind::Inside;
        let edge = theme::line(theme::ON_AIR);
        ui.painter().rect(card, theme::RADIUS, theme::RAISED, edge, inside);
        let mut rest = card.shrink(14.0);
        let at = Align2::LEFT_CENTER;
        let (title, detail) = (self.words.get("close-title"), self.words.get("close-detail"));
        write(ui, cut_top(&mut rest, 22.0), at, &title, (theme::LARGE, theme::TEXT));
        write(ui, cut_top(&mut rest, 20.0), at, &detail, (theme::DETAIL, theme::QUIET));
        let mut buttons = cut_bottom(&mut rest, 30.0);
        let end = cut_right(&mut buttons, 210.0);
        cut_right(&mut buttons, 8.0);
        let id = Id::unique("close");
        let (_, held) = control::hold(ui, end, id.with("end"), &self.words.get("close-end"));
        if held {
            actions.push(Action::Close);
        }
        let (stay, look) = (self.words.get("close-stay"), (Tone::Strong, theme::BODY));
        let clicked = control::button(ui, buttons, id.with("stay"), &stay, look).clicked();
        if clicked || ui.input(|input| input.key_pressed(egui::Key::Escape)) {
            self.closing = false;
        }
    }

    fn toast(&mut self, ui: &Ui, line: Rect, look: &Look) {
        if let Some(said) = &look.toast {
            self.toast = Some((said.clone(), TOAST));
        }
        let Some((said, left)) = &mut self.toast else { return };
        *left -= ui.input(|input| input.stable_dt.min(0.5));
        let wide = line.width().min(560.0);
        let place =
            Rect::from_center_size(pos2(line.center().x, line.top() - 22.0), vec2(wide, 30.0));
        let inside = egui::StrokeKind::Inside;
        let edge = theme::line(theme::ATTENTION);
        ui.painter().rect(place, theme::RADIUS, theme::ATTENTION_GROUND, edge, inside);
        let text = (theme::BODY, theme::ATTENTION);
        write(ui, place.shrink(8.0), Align2::CENTER_CENTER, said, text);
        let response = ui.interact(place, Id::unique("toast"), egui::Sense::hover());
        let said: &str = said;
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Status, true, said));
        if *left <= 0.0 {
            self.toast = None;
        }
    }
}

/// Monitors first, then the bins: as high as their pictures can be.
fn monitors_height(rest: Rect, look: &Look) -> f32 {
    let (width, height) = look.snapshot.show.format.raster.size();
    let wide = (rest.width() - ON_AIR - SWITCHING) / 2.0 - 12.0;
    let high = wide * height as f32 / width as f32 + HEAD + 8.0;
    high.min(rest.height() - BINS).max(rest.height() * 0.4)
}

fn seam(ui: &Ui, ends: [egui::Pos2; 2]) {
    ui.painter().line_segment(ends, theme::line(theme::GROUND));
}
