//! What is asked in a window of its own: it stands over the bins, never over the monitors or the
//! switcher, and the desk goes on behind it.

mod files;
mod graphic;
mod keys;
mod layout;
mod media;
mod name;
mod settings;

use egui::{Align2, Id, Rect, RichText, Ui, pos2, vec2};
use show::ItemId;

use crate::action::Open;
use crate::panel::Panel;
use crate::theme;
pub use graphic::new_text;

use files::{OpenShow, SaveAs};
use graphic::{Graphic, Picture};
use layout::LayoutDialog;
use media::Media;
use name::Name;
pub use name::name_of;
use settings::Settings;

/// A dialog that is open.
pub enum Dialog {
    Media(Box<Media>),
    Layout(LayoutDialog),
    Name(Name),
    Picture(Picture),
    Graphic(Graphic),
    Settings(Box<Settings>),
    OpenShow(OpenShow),
    SaveAs(SaveAs),
    Keys,
}

/// Whether a dialog stays open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stay {
    Open,
    Closed,
}

impl Dialog {
    /// The dialog for a wish; nothing if what it is about is not there.
    pub fn new(open: Open, panel: &Panel<'_>) -> Option<Self> {
        let show = &panel.look.snapshot.show;
        Some(match open {
            Open::AddMedia => Self::Media(Box::new(Media::add(panel))),
            Open::NewLayout => Self::Layout(LayoutDialog::add(panel)),
            Open::SaveScene => Self::Name(Name::scene(panel)?),
            Open::AddPicture => Self::Picture(Picture::new()),
            Open::Edit(ItemId::Source(id)) => Self::Media(Box::new(Media::edit(show, id)?)),
            Open::Edit(ItemId::Layout(id)) => Self::Layout(LayoutDialog::edit(show.layout(id)?)),
            Open::Edit(ItemId::Component(id)) => Self::Graphic(Graphic::edit(id)),
            Open::Edit(ItemId::Output(id)) => Self::Settings(Box::new(Settings::of(show, id)?)),
            Open::Rename(id) | Open::Edit(id) => Self::Name(Name::of(show, id)?),
            Open::Settings => Self::Settings(Box::new(Settings::new(show))),
            Open::OpenShow => Self::OpenShow(OpenShow::new()),
            Open::SaveAs => Self::SaveAs(SaveAs::new(&panel.look.file)),
            Open::Keys => Self::Keys,
            // Both are the desk's: a text is made at once, and the palette is no dialog.
            Open::Palette | Open::AddText => return None,
        })
    }

    /// Draws it below `top`, and says whether it stays.
    pub fn draw(&mut self, ui: &mut Ui, top: f32, panel: &mut Panel<'_>) -> Stay {
        let (key, size) = match self {
            Self::Media(media) => (media.title(), vec2(600.0, 306.0)),
            Self::Layout(layout) => (layout.title(), vec2(600.0, 306.0)),
            Self::Name(name) => (name.title(), vec2(420.0, 84.0)),
            Self::Picture(_) => ("add-picture", vec2(520.0, 132.0)),
            Self::Graphic(_) => ("edit-graphic", vec2(600.0, 306.0)),
            Self::Settings(_) => ("settings", vec2(600.0, 306.0)),
            Self::OpenShow(_) => ("open-show", vec2(520.0, 260.0)),
            Self::SaveAs(_) => ("save-as", vec2(520.0, 120.0)),
            Self::Keys => ("keys", vec2(520.0, 280.0)),
        };
        // In a menu the dots say that a dialog follows; here it is.
        let title = panel.words.get(key).trim_end_matches('…').to_owned();
        let inside = ui.max_rect().with_min_y(top);
        let mut is_open = true;
        let frame = egui::Frame::new()
            .fill(theme::RAISED)
            .stroke(theme::line(theme::STRONG_LINE))
            .corner_radius(theme::RADIUS)
            .inner_margin(10.0);
        let shown = egui::Window::new(RichText::new(title).size(theme::LARGE))
            .id(Id::unique("dialog"))
            .open(&mut is_open)
            .frame(frame)
            .collapsible(false)
            .resizable(false)
            .fade_in(false)
            .fade_out(false)
            .pivot(Align2::LEFT_TOP)
            .default_pos(pos2(inside.left() + 8.0, inside.top() + 4.0))
            .constrain_to(ui.max_rect())
            .fixed_size(size)
            .show(ui, |ui| {
                ui.set_min_size(size);
                egui::ScrollArea::vertical()
                    .id_salt(key)
                    .auto_shrink([false, false])
                    .show(ui, |ui| self.fill(ui, panel))
                    .inner
            });
        let stay = shown.and_then(|shown| shown.inner).unwrap_or(Stay::Open);
        if is_open { stay } else { Stay::Closed }
    }

    fn fill(&mut self, ui: &mut Ui, panel: &mut Panel<'_>) -> Stay {
        match self {
            Self::Media(media) => media.fill(ui, panel),
            Self::Layout(layout) => layout.fill(ui, panel),
            Self::Name(name) => name.fill(ui, panel),
            Self::Picture(picture) => picture.fill(ui, panel),
            Self::Graphic(graphic) => graphic.fill(ui, panel),
            Self::Settings(settings) => settings.fill(ui, panel),
            Self::OpenShow(open) => open.fill(ui, panel),
            Self::SaveAs(save) => save.fill(ui, panel),
            Self::Keys => keys::fill(ui, panel.words),
        }
    }
}

/// A rectangle of this aspect as large as fits into `area`.
pub fn canvas(area: Rect, panel: &Panel<'_>) -> Rect {
    crate::monitor::fitted(area, panel.look.snapshot.show.format.raster.size())
}
