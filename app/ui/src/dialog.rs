//! Dialogs. They stand over the bins, never over the monitors or the switcher, and the desk goes on
//! behind them.

mod files;
mod graphic;
mod keys;
mod layout;
mod media;
mod name;
mod settings;
mod state;

use egui::{Align2, Id, Rect, Role, Sense, Ui, Vec2, WidgetInfo, vec2};
use show::ItemId;

use crate::action::OpenDialog;
use crate::panel::Panel;
use crate::theme;
use crate::widgets::focus::{follow_focus, tab_begins_here};
use crate::widgets::text::write;

use files::{OpenShowDialog, SaveAsDialog};
use graphic::{GraphicDialog, PictureDialog};
use layout::LayoutDialog;
use media::MediaDialog;
use name::NameDialog;
use settings::SettingsDialog;

pub use graphic::new_text;
pub use state::DialogState;

/// A dialog that is open.
pub enum Dialog {
    Media(Box<MediaDialog>),
    Layout(LayoutDialog),
    Name(NameDialog),
    Picture(PictureDialog),
    Graphic(GraphicDialog),
    Settings(Box<SettingsDialog>),
    OpenShow(OpenShowDialog),
    SaveAs(SaveAsDialog),
    Keys,
}

impl Dialog {
    /// Opens a dialog; `None` if its item does not exist.
    pub fn new(open: OpenDialog, panel: &Panel<'_>) -> Option<Self> {
        let show = &panel.look.snapshot.show;
        Some(match open {
            OpenDialog::AddMedia => Self::Media(Box::new(MediaDialog::add(panel))),
            OpenDialog::NewLayout => Self::Layout(LayoutDialog::add(panel)),
            OpenDialog::SaveScene => Self::Name(NameDialog::scene(panel)?),
            OpenDialog::AddPicture => Self::Picture(PictureDialog::new()),
            OpenDialog::Edit(ItemId::Source(id)) => {
                Self::Media(Box::new(MediaDialog::edit(show, id)?))
            }
            OpenDialog::Edit(ItemId::Layout(id)) => {
                Self::Layout(LayoutDialog::edit(show.layout(id)?))
            }
            OpenDialog::Edit(ItemId::Component(id)) => Self::Graphic(GraphicDialog::edit(id)),
            OpenDialog::Edit(ItemId::Output(id)) => {
                Self::Settings(Box::new(SettingsDialog::of(show, id)?))
            }
            OpenDialog::Rename(id) | OpenDialog::Edit(id) => Self::Name(NameDialog::of(show, id)?),
            OpenDialog::Settings => Self::Settings(Box::new(SettingsDialog::new(show))),
            OpenDialog::OpenShow => Self::OpenShow(OpenShowDialog::new()),
            OpenDialog::SaveAs => Self::SaveAs(SaveAsDialog::new(&panel.look.file)),
            OpenDialog::Keys => Self::Keys,
            // Both are the desk's: a text is made at once, and the palette is no dialog.
            OpenDialog::Palette | OpenDialog::AddText => return None,
        })
    }

    /// Which of its pages is shown: each begins at its top.
    fn page(&self) -> usize {
        if let Self::Settings(settings) = self { settings.page() } else { 0 }
    }

    /// Draws it in the left upper corner of `inside`, within `whole`, and says whether it stays; `opened`
    /// is another number each time one is opened.
    pub fn draw(
        &mut self,
        ui: &mut Ui,
        (inside, whole): (Rect, Rect),
        opened: u64,
        panel: &mut Panel<'_>,
    ) -> DialogState {
        let (key, size) = match self {
            Self::Media(media) => (media.title(), vec2(600.0, 306.0)),
            Self::Layout(layout) => (layout.title(), vec2(600.0, 306.0)),
            Self::Name(name) => (name.title(), vec2(420.0, 84.0)),
            Self::Picture(_) => ("add-picture", vec2(520.0, 132.0)),
            Self::Graphic(_) => ("edit-graphic", vec2(600.0, 306.0)),
            Self::Settings(_) => ("settings", vec2(600.0, 306.0)),
            Self::OpenShow(_) => ("open-show", vec2(520.0, 260.0)),
            Self::SaveAs(_) => ("save-as", vec2(520.0, 120.0)),
            Self::Keys => ("keys", vec2(600.0, 306.0)),
        };
        // In a menu the dots say that a dialog follows; here it is.
        let title = panel.words.get(key).trim_end_matches('…').to_owned();
        // Just below the monitors' frames: there is a little ground between those and the next panel.
        let place = inside.min + vec2(8.0, -6.0);
        let size = vec2(size.x, height(size.y, inside.bottom() - place.y, whole.height()));
        let frame = egui::Frame::new()
            .fill(theme::RAISED)
            .stroke(theme::line(theme::STRONG_LINE))
            .corner_radius(theme::RADIUS)
            .inner_margin(MARGIN);
        let shown = egui::Window::new(title.as_str())
            // Each begins in its place: where the last one was may be another window size ago.
            .id(Id::unique(("dialog", opened)))
            .title_bar(false)
            .frame(frame)
            .collapsible(false)
            .resizable(false)
            .fade_in(false)
            .fade_out(false)
            .pivot(Align2::LEFT_TOP)
            .default_pos(place)
            .constrain_to(whole)
            .fixed_size(size + vec2(0.0, HEAD))
            .show(ui, |ui| {
                ui.set_min_size(size + vec2(0.0, HEAD));
                tab_begins_here(ui);
                let head = head(ui, size.x, &title);
                let stay = egui::ScrollArea::vertical()
                    .id_salt((key, opened, self.page()))
                    .auto_shrink([false, false])
                    .show(ui, |ui| {
                        let stay = self.fill(ui, panel);
                        follow_focus(ui);
                        stay
                    })
                    .inner;
                // Its place is above, its turn comes last: Tab begins with what the dialog is for.
                if close(ui, head, &panel.words.get("close")) { DialogState::Closed } else { stay }
            });
        shown.and_then(|shown| shown.inner).unwrap_or(DialogState::Open)
    }

    fn fill(&mut self, ui: &mut Ui, panel: &mut Panel<'_>) -> DialogState {
        match self {
            Self::Media(media) => media.fill(ui, panel),
            Self::Layout(layout) => layout.fill(ui, panel),
            Self::Name(name) => name.fill(ui, panel),
            Self::Picture(picture) => picture.fill(ui, panel),
            Self::Graphic(graphic) => graphic.fill(ui, panel),
            Self::Settings(settings) => settings.fill(ui, panel),
            Self::OpenShow(open) => open.fill(ui, panel),
            Self::SaveAs(save) => save.fill(ui, panel),
            Self::Keys => keys::fill(ui, panel),
        }
    }
}

/// What a dialog has around what is in it, and how high its head is.
const MARGIN: f32 = 10.0;
const HEAD: f32 = 40.0;
/// A dialog that would end as close as this above the end of the panels ends where they do: what peeks
/// out below it is no use to anybody.
const SLIT: f32 = 40.0;

/// How high a dialog's inside is that wants to be so high, with so much room below its place and in all.
fn height(wanted: f32, room: f32, most: f32) -> f32 {
    let around = HEAD + 2.0 * MARGIN + 2.0;
    let left = room - around - wanted;
    let height = if (0.0..SLIT).contains(&left) { wanted + left } else { wanted };
    height.min(most - around)
}

/// A dialog's title, as wide as the dialog; yields where it is.
fn head(ui: &mut Ui, wide: f32, title: &str) -> Rect {
    let min = ui.max_rect().min;
    let place = Rect::from_min_size(min - vec2(0.0, MARGIN), vec2(wide, HEAD));
    ui.add_space(HEAD);
    write(ui, place, Align2::CENTER_CENTER, title, (theme::LARGE, theme::TEXT));
    let ends = [place.left() - MARGIN, place.right() + MARGIN];
    ui.painter().hline(ends[0]..=ends[1], place.bottom(), theme::line(theme::CONTROL_LINE));
    place
}

/// What closes a dialog, at the right of its head; true if it was pressed.
fn close(ui: &Ui, head: Rect, name: &str) -> bool {
    let corner = Rect::from_center_size(head.right_center(), Vec2::splat(theme::TARGET));
    let corner = corner.translate(vec2(-theme::TARGET / 2.0, 0.0));
    let response = ui.interact(corner, Id::unique("dialog close"), Sense::click());
    let colour = if response.hovered() { theme::TEXT } else { theme::QUIET };
    let cross = Rect::from_center_size(corner.center(), Vec2::splat(11.0));
    for ends in [[cross.min, cross.max], [cross.left_bottom(), cross.right_top()]] {
        ui.painter().line_segment(ends, egui::Stroke::new(1.5, colour));
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    response.clicked()
}
