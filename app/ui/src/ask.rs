//! Asks before something is lost: a show that is not saved, a programme that is on air.

use egui::{Align2, Id, Key, Rect, Sense, Ui, vec2};

use crate::action::{Action, File, Open};
use crate::control::{self, Tone, cut_bottom, cut_right, cut_top, write};
use crate::look::OutputLook;
use crate::look::Told;
use crate::panel::Panel;
use crate::theme;

/// A wish that would lose something.
#[derive(Debug)]
pub struct Ask {
    wish: Action,
    step: Step,
}

/// What was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing yet.
    None,
    /// It is not to be done.
    Left,
    /// It is to be done.
    Given,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The show is not saved.
    Unsaved,
    /// It is being saved.
    Saving,
    /// Something goes out.
    OnAir,
}

impl Ask {
    /// What is to be asked before this wish; the wish itself if nothing would be lost.
    pub fn before(wish: Action, panel: &Panel<'_>) -> Result<Action, Self> {
        let (unsaved, runs) = risks(panel);
        match (unsaved, runs) {
            (true, _) => Err(Self { wish, step: Step::Unsaved }),
            (_, true) => Err(Self { wish, step: Step::OnAir }),
            _ => Ok(wish),
        }
    }

    /// What was asked about.
    pub fn wish(self) -> Action {
        self.wish
    }

    /// Draws it.
    pub fn draw(&mut self, ui: &mut Ui, whole: Rect, panel: &mut Panel<'_>) -> Answer {
        if self.step == Step::Saving {
            // It goes on when the file is written; a failure is told, and asked again.
            let failed = |told: &Told| matches!(told, Told::Wrong(..) | Told::Failed(_));
            if panel.look.told.iter().any(failed) {
                self.step = Step::Unsaved;
            } else if !panel.look.file.is_changed {
                return self.go_on(panel);
            }
            return Answer::None;
        }
        let card = Rect::from_center_size(whole.center(), vec2(440.0, 118.0));
        let layer = egui::LayerId::new(egui::Order::Foreground, Id::unique("ask"));
        let builder = egui::UiBuilder::new().max_rect(card).layer_id(layer);
        let ui = &mut ui.new_child(builder);
        // What lies under it must not be met by a hand that aims at the card.
        ui.interact(card, Id::unique("ask card"), Sense::CLICK | Sense::DRAG);
        control::tab_begins_here(ui);
        let edge = if self.step == Step::OnAir { theme::ON_AIR } else { theme::ATTENTION };
        let inside = egui::StrokeKind::Inside;
        ui.painter().rect(card, theme::RADIUS, theme::RAISED, theme::line(edge), inside);
        let (title, detail) = match self.step {
            Step::OnAir => ("close-title", "close-detail"),
            _ => ("unsaved-title", "unsaved-detail"),
        };
        let (title, detail) = (panel.words.get(title), panel.words.get(detail));
        let mut rest = card.shrink(14.0);
        let at = Align2::LEFT_CENTER;
        write(ui, cut_top(&mut rest, 22.0), at, &title, (theme::LARGE, theme::TEXT));
        write(ui, cut_top(&mut rest, 20.0), at, &detail, (theme::DETAIL, theme::QUIET));
        let buttons = cut_bottom(&mut rest, 30.0);
        if ui.input(|input| input.key_pressed(Key::Escape)) {
            return Answer::Left;
        }
        match self.step {
            Step::OnAir => on_air(ui, buttons, panel),
            _ => self.unsaved(ui, buttons, panel),
        }
    }

    fn unsaved(&mut self, ui: &Ui, mut buttons: Rect, panel: &mut Panel<'_>) -> Answer {
        let id = Id::unique("unsaved");
        let mut pressed = None;
        for (key, tone, wide) in [
            ("unsaved-save", Tone::Next, 130.0),
            ("unsaved-discard", Tone::Plain, 130.0),
            ("unsaved-stay", Tone::Strong, 130.0),
        ] {
            let place = cut_right(&mut buttons, wide);
            cut_right(&mut buttons, 8.0);
            let look = (tone, theme::BODY);
            if control::button(ui, place, id.with(key), &panel.words.get(key), look).clicked() {
                pressed = Some(key);
            }
        }
        match pressed {
            Some("unsaved-save") if panel.look.file.path.is_some() => {
                panel.actions.push(Action::File(File::Save));
                self.step = Step::Saving;
                Answer::None
            }
            Some("unsaved-save") => {
                panel.actions.push(Action::Open(Open::SaveAs));
                Answer::Left
            }
            Some("unsaved-discard") => self.go_on(panel),
            Some(_) => Answer::Left,
            None => Answer::None,
        }
    }

    /// What is on air is asked last.
    fn go_on(&mut self, panel: &Panel<'_>) -> Answer {
        if risks(panel).1 {
            self.step = Step::OnAir;
            return Answer::None;
        }
        Answer::Given
    }
}

fn on_air(ui: &Ui, mut buttons: Rect, panel: &Panel<'_>) -> Answer {
    let end = cut_right(&mut buttons, 210.0);
    cut_right(&mut buttons, 8.0);
    let id = Id::unique("close");
    let (stay, look) = (panel.words.get("close-stay"), (Tone::Strong, theme::BODY));
    // What ends nothing comes first by Tab.
    let stays = control::button(ui, buttons, id.with("stay"), &stay, look).clicked();
    let (_, held) = control::hold(ui, end, id.with("end"), &panel.words.get("close-end"));
    match (held, stays) {
        (true, _) => Answer::Given,
        (_, true) => Answer::Left,
        _ => Answer::None,
    }
}

/// Whether the show is not saved, and whether something goes out.
fn risks(panel: &Panel<'_>) -> (bool, bool) {
    (panel.look.file.is_changed, panel.look.outputs.iter().any(OutputLook::runs))
}
