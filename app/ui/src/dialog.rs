//! Dialogs. They stand over the bins, never over the monitors or the switcher, and the desk goes on
//! behind them.

mod about;
mod crop_picture;
mod device_choice;
mod eyedropper;
mod files;
mod film_end;
mod graphic;
mod head;
mod key_draft;
mod keys;
mod layout;
mod list_choice;
mod live_address;
mod media;
mod media_preview;
mod name;
mod new_items;
mod pattern_choice;
mod preview_pane;
mod screen_choice;
mod settings;
mod settings_picture;
mod source_settings;
mod standby;
mod state;
mod supervision;
mod track_choice;

use egui::{Align2, Id, Rect, Ui, Vec2, vec2};
use show::{ItemId, Show};

use crate::action::OpenDialog;
use crate::panel::Panel;
use crate::preview_look::PreviewRequest;
use crate::theme;
use crate::translations::Translations;
use crate::widgets::focus::{follow_focus, tab_begins_here};

use files::{OpenShowDialog, SaveAsDialog};
use graphic::{GraphicDialog, PictureDialog};
use layout::LayoutDialog;
use media::MediaDialog;
use name::NameDialog;
use settings::SettingsDialog;
use source_settings::SourceSettingsDialog;

pub use graphic::new_text;
pub use media::MediaKind;
pub use state::DialogState;

/// A dialog that is open.
pub enum Dialog {
    Media(Box<MediaDialog>),
    Layout(LayoutDialog),
    Name(NameDialog),
    Picture(PictureDialog),
    Graphic(GraphicDialog),
    Settings(Box<SettingsDialog>),
    SourceSettings(Box<SourceSettingsDialog>),
    OpenShow(OpenShowDialog),
    SaveAs(SaveAsDialog),
    Keys,
    About,
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
            OpenDialog::SourceSettings(id) => {
                Self::SourceSettings(Box::new(SourceSettingsDialog::new(show.source(id)?)))
            }
            OpenDialog::Settings => Self::Settings(Box::new(SettingsDialog::new(show))),
            OpenDialog::Standby => {
                let mut settings = Box::new(SettingsDialog::new(show));
                settings.turn_to_standby();
                Self::Settings(settings)
            }
            OpenDialog::NewDestination => {
                let mut settings = Box::new(SettingsDialog::new(show));
                settings.add_destination(panel);
                Self::Settings(settings)
            }
            OpenDialog::OpenShow => Self::OpenShow(OpenShowDialog::new()),
            OpenDialog::SaveAs => Self::SaveAs(SaveAsDialog::new(&panel.look.file)),
            OpenDialog::Keys => Self::Keys,
            OpenDialog::About => Self::About,
            // They are the desk's: a text is made at once, and the others are no dialogs.
            OpenDialog::Palette
            | OpenDialog::AddText
            | OpenDialog::Recovery
            | OpenDialog::Start => return None,
        })
    }

    /// Which of its pages is shown: each begins at its top.
    fn page(&self) -> usize {
        match self {
            Self::Settings(settings) => settings.page(),
            Self::SourceSettings(settings) => settings.page(),
            _ => 0,
        }
    }

    /// Whether closing it would lose what was entered; `new` is the same dialog as it is when it is opened.
    pub fn has_work(&self, new: &Self, show: &Show) -> bool {
        match (self, new) {
            (Self::Media(media), Self::Media(new)) => media.has_work(new, show),
            (Self::Layout(layout), Self::Layout(new)) => layout.has_work(new),
            (Self::Name(name), Self::Name(new)) => name.has_work(new),
            (Self::Picture(picture), _) => picture.has_work(),
            (Self::Settings(settings), _) => settings.has_work(show),
            // A graphic changes at once, and the others hold no more than a path.
            _ => false,
        }
    }

    /// Turns to what it would show if it was opened like this.
    pub fn turn_to(&mut self, open: OpenDialog, panel: &Panel<'_>) {
        match (self, open) {
            (Self::Settings(settings), OpenDialog::Edit(ItemId::Output(id))) => {
                settings.turn_to(&panel.look.snapshot.show, id);
            }
            (Self::Settings(settings), OpenDialog::NewDestination) => {
                settings.add_destination(panel);
            }
            _ => {}
        }
    }

    /// Which kind of origin it shows, if it adds media.
    pub fn media_kind(&self) -> Option<MediaKind> {
        if let Self::Media(media) = self { Some(media.kind()) } else { None }
    }

    /// Turns to a kind of origin, if it adds media.
    pub fn turn_to_media(&mut self, kind: MediaKind) {
        if let Self::Media(media) = self {
            media.turn_to(kind);
        }
    }

    /// Which picture of a source it wants to see, as it was last drawn.
    pub fn preview(&self) -> Option<&PreviewRequest> {
        match self {
            Self::Media(media) => media.preview(),
            Self::SourceSettings(settings) => settings.preview(),
            _ => None,
        }
    }

    /// Its title.
    pub fn title(&self, words: &Translations) -> String {
        if let Self::SourceSettings(settings) = self {
            return settings.title(words);
        }
        // In a menu the dots say that a dialog follows; here it is.
        words.get(self.key()).trim_end_matches('…').to_owned()
    }

    fn key(&self) -> &'static str {
        match self {
            Self::Media(media) => media.title(),
            Self::Layout(layout) => layout.title(),
            Self::Name(name) => name.title(),
            Self::Picture(_) => "add-picture",
            Self::Graphic(_) => "edit-graphic",
            Self::Settings(_) => "settings",
            Self::SourceSettings(_) => "source-settings",
            Self::OpenShow(_) => "open-show",
            Self::SaveAs(_) => "save-as",
            Self::Keys => "keys",
            Self::About => "about",
        }
    }

    fn size(&self) -> Vec2 {
        match self {
            Self::Name(_) => vec2(420.0, 84.0),
            Self::Picture(_) => vec2(520.0, 132.0),
            Self::OpenShow(_) => vec2(520.0, 260.0),
            Self::SaveAs(_) | Self::About => vec2(520.0, 120.0),
            // Beside what is set there is a picture.
            Self::Media(_) => vec2(FORM + preview_pane::SMALL.x + GAP, HIGH),
            Self::SourceSettings(_) => vec2(SETTINGS + preview_pane::LARGE.x + GAP, HIGH),
            _ => vec2(FORM, HIGH),
        }
    }

    /// Draws it in the left upper corner of `inside`, within `whole`, and says whether it stays; `opened`
    /// is another number each time one is opened, with the title of the dialog under it, and whether it is
    /// asked if its work may be discarded.
    pub fn draw(
        &mut self,
        ui: &mut Ui,
        (inside, whole): (Rect, Rect),
        (opened, below, is_asking): (u64, Option<&str>, bool),
        panel: &mut Panel<'_>,
    ) -> DialogState {
        let (key, size) = (self.key(), self.size());
        let title = self.title(panel.words);
        // Just below the monitors' frames: there is a little ground between those and the next panel.
        let place = inside.min + vec2(8.0, -6.0);
        let most_wide = whole.width() - 2.0 * (MARGIN + 1.0);
        let size =
            vec2(size.x.min(most_wide), height(size.y, inside.bottom() - place.y, whole.height()));
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
                let head = head(ui, size.x);
                if is_asking && let Some(answer) = head::question(ui, head, panel.words) {
                    return answer;
                }
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
                if is_asking {
                    return stay;
                }
                head::title(ui, head, &title, below);
                if head::close(ui, head, &panel.words.get("close")) {
                    DialogState::Left
                } else {
                    stay
                }
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
            Self::SourceSettings(settings) => settings.fill(ui, panel),
            Self::OpenShow(open) => open.fill(ui, panel),
            Self::SaveAs(save) => save.fill(ui, panel),
            Self::Keys => keys::fill(ui, panel),
            Self::About => about::fill(ui, panel.words),
        }
    }
}

/// How wide a form is with what chooses its page beside it, and that of a source's settings; how high they are; and what lies between it and a picture.
const FORM: f32 = 600.0;
const SETTINGS: f32 = 552.0;
const HIGH: f32 = 306.0;
const GAP: f32 = 8.0;
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

/// Leaves room for the head, as wide as the dialog; yields where it is.
fn head(ui: &mut Ui, wide: f32) -> Rect {
    let min = ui.max_rect().min;
    let place = Rect::from_min_size(min - vec2(0.0, MARGIN), vec2(wide, HEAD));
    ui.add_space(HEAD);
    let ends = [place.left() - MARGIN, place.right() + MARGIN];
    ui.painter().hline(ends[0]..=ends[1], place.bottom(), theme::line(theme::CONTROL_LINE));
    place
}
