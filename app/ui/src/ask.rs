//! Asks before something is lost: a show that is not saved, a programme that is on air.

use egui::{Align2, Id, Key, Rect, Sense, Ui, vec2};

use crate::action::{Action, File, Open};
use crate::control::{self, Tone, cut_bottom, cut_right, cut_top, write};
use crate::look::OutputLook;
use crate::panel::Panel;
use crate::theme;

/// A wish that would lose something.
#[derive(Debug)]
pub struct Ask {
    wish: Action,
    step: Step,
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

    /// The wish, once it is answered: it is among the actions if it is to be done.
    pub fn wish(self) -> Action {
        self.wish
    }

    /// Draws it; false once it is answered.
    pub fn draw(&mut self, ui: &mut Ui, whole: Rect, panel: &mut Panel<'_>) -> bool {
        if self.step == Step::Saving {
            // It goes on when the file is written; a failure is told, and asked again.
            if panel.look.told.iter().any(|told| matches!(told, crate::look::Told::Wrong(..))) {
                self.step = Step::Unsaved;
            } else if !panel.look.file.is_changed {
                return self.go_on(panel);
            }
            return true;
        }
        let card = Rect::from_center_size(whole.center(), vec2(440.0, 118.0));
        let layer = egui::LayerId::new(egui::Order::Foreground, Id::unique("ask"));
        let builder = egui::UiBuilder::new().max_rect(card).layer_id(layer);
        let ui = &mut ui.new_child(builder);
        // What lies under it must not be met by a hand that aims at the card.
        ui.interact(card, Id::unique("ask card"), Sense::click_and_drag());
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
        let stays = match self.step {
            Step::OnAir => self.on_air(ui, buttons, panel),
            _ => self.unsaved(ui, buttons, panel),
        };
        stays && !ui.input(|input| input.key_pressed(Key::Escape))
    }

    fn on_air(&self, ui: &Ui, mut buttons: Rect, panel: &mut Panel<'_>) -> bool {
        let end = cut_right(&mut buttons, 210.0);
        cut_right(&mut buttons, 8.0);
        let id = Id::unique("close");
        let (_, held) = control::hold(ui, end, id.with("end"), &panel.words.get("close-end"));
        if held {
            panel.actions.push(self.wish.clone());
            return false;
        }
        let (stay, look) = (panel.words.get("close-stay"), (Tone::Strong, theme::BODY));
        !control::button(ui, buttons, id.with("stay"), &stay, look).clicked()
    }

    fn unsaved(&mut self, ui: &Ui, mut buttons: Rect, panel: &mut Panel<'_>) -> bool {
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
                true
            }
            Some("unsaved-save") => {
                panel.actions.push(Action::Open(Open::SaveAs));
                false
            }
            Some("unsaved-discard") => self.go_on(panel),
            Some(_) => false,
            None => true,
        }
    }

    /// What is on air is asked last; false once nothing more is to be asked.
    fn go_on(&mut self, panel: &mut Panel<'_>) -> bool {
        if risks(panel).1 {
            self.step = Step::OnAir;
            return true;
        }
        panel.actions.push(self.wish.clone());
        false
    }
}

/// Whether the show is not saved, and whether something goes out.
fn risks(panel: &Panel<'_>) -> (bool, bool) {
    (panel.look.file.is_changed, panel.look.outputs.iter().any(OutputLook::runs))
}
