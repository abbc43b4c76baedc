//! The picture in the dialog of a source's settings: its crop is dragged on it, and its key's colour is picked on it.

use egui::{Button, Rect, Ui, vec2};
use show::{ChromaKey, Crop, PictureSettings, Source, SourceId, SourceKind};

use crate::dialog::crop_picture::{self, CropDrag};
use crate::dialog::eyedropper::{Eyedropper, Picked};
use crate::dialog::preview_pane;
use crate::overlays;
use crate::panel::Panel;
use crate::preview_look::{PreviewLook, PreviewOf, PreviewRequest};
use crate::theme;
use crate::translations::Translations;
use crate::widgets::field::NAME;
use crate::widgets::form::Form;
use crate::widgets::section::explain;

/// How large its buttons are at least.
const BUTTON: egui::Vec2 = vec2(124.0, 28.0);

/// What the picture is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureUse {
    /// Its crop is set on it.
    Crop,
    /// What is made transparent is set on it.
    Key,
    /// To be looked at.
    Seen,
}

/// The picture, and what is being done on it.
#[derive(Default)]
pub struct SettingsPicture {
    request: Option<PreviewRequest>,
    /// The crop that is dragged.
    drag: Option<CropDrag>,
    /// The colour that is picked.
    eyedropper: Option<Eyedropper>,
}

impl SettingsPicture {
    /// The picture that it wants to see.
    pub fn request(&self) -> Option<&PreviewRequest> {
        self.request.as_ref()
    }

    /// Ends what is being done on it.
    pub fn stop(&mut self) {
        (self.drag, self.eyedropper) = (None, None);
    }

    /// Draws it, and follows what is done on it.
    pub fn draw(
        &mut self,
        ui: &mut Ui,
        (source, now): (&Source, &mut PictureSettings),
        shown: PictureUse,
        panel: &Panel<'_>,
    ) {
        if matches!(source.kind, SourceKind::Microphone(_)) {
            self.request = None;
            return;
        }
        ui.set_max_width(preview_pane::LARGE.x);
        let words = panel.words;
        let seen = panel.look.preview.as_deref();
        let seen = seen.filter(|seen| seen.request.of == PreviewOf::Source(source.id));
        let said = said(source.id, seen, panel);
        let name = words.with("preview-of", "name", source.name.as_str());
        let place = preview_pane::draw(ui, preview_pane::LARGE, seen, (&name, &said));
        // Not on a picture that is turned or cut otherwise than what was asked for.
        let whole = self.settings(now, shown);
        let is_so = |seen: &&PreviewLook| lies_alike(&seen.request.settings, &whole);
        if let (Some(place), Some(seen)) = (place, seen.filter(is_so)) {
            match (shown, &self.eyedropper) {
                (PictureUse::Crop, _) => self.crop(ui, (place, seen.of), now, words),
                (PictureUse::Key, Some(_)) => self.pick(ui, (place, seen), now, words),
                _ => {}
            }
        }
        let settings = self.settings(now, shown);
        self.request = Some(PreviewRequest { of: PreviewOf::Source(source.id), settings });
    }

    /// How the picture is shown: whole where its crop is set, as it comes where a colour is picked, and else as it is
    /// seen.
    fn settings(&self, now: &PictureSettings, shown: PictureUse) -> PictureSettings {
        match (shown, &self.eyedropper) {
            (PictureUse::Crop, _) => PictureSettings { crop: Crop::NONE, ..*now },
            (PictureUse::Key, Some(_)) => {
                let PictureSettings { rotation, mirror, flip, crop, range, matrix, .. } = *now;
                let plain = PictureSettings::default();
                PictureSettings { rotation, mirror, flip, crop, range, matrix, ..plain }
            }
            _ => *now,
        }
    }

    fn crop(
        &mut self,
        ui: &mut Ui,
        whole: (Rect, (u32, u32)),
        now: &mut PictureSettings,
        words: &Translations,
    ) {
        let name = words.get("set-crop-drag");
        now.crop = crop_picture::draw(ui, whole, now.crop, &mut self.drag, &name);
        let is_cut = now.crop != Crop::NONE;
        let button = Button::new(words.get("set-crop-reset")).min_size(BUTTON);
        if ui.add_enabled(is_cut, button).clicked() {
            now.crop = Crop::NONE;
        }
        // Said here, since a hint would lie over the picture.
        explain(ui, &words.get("set-crop-drag-tip"));
    }

    fn pick(
        &mut self,
        ui: &Ui,
        (place, seen): (Rect, &PreviewLook),
        now: &mut PictureSettings,
        words: &Translations,
    ) {
        let is_as_it_comes = self.settings(now, PictureUse::Key) == seen.request.settings;
        let picture = seen.picture.as_ref().filter(|_| is_as_it_comes);
        let Some(eyedropper) = &mut self.eyedropper else { return };
        let name = words.get("set-key-pick-here");
        let picked = eyedropper.follow(ui, place, picture, &name);
        let colour = match picked {
            Picked::Nothing => None,
            Picked::Colour(colour) | Picked::GivenUp(colour) => Some(colour),
            Picked::Done(colour) => colour,
        };
        if let (Some(key), Some(colour)) = (&mut now.key, colour) {
            key.colour = colour;
        }
        if matches!(picked, Picked::Done(_) | Picked::GivenUp(_)) {
            self.eyedropper = None;
        }
    }

    /// The button that takes a key's colour from the picture.
    pub fn eyedropper_row(&mut self, ui: &mut Ui, form: &Form<'_>, key: &ChromaKey) {
        let picks = self.eyedropper.is_some();
        ui.horizontal(|ui| {
            ui.add_space(NAME + theme::STEP);
            let button = Button::new(form.words.get("set-key-pick")).min_size(BUTTON);
            let button = ui.add(button.selected(picks));
            if button.on_hover_text(form.words.get("set-key-pick-tip")).clicked() {
                self.eyedropper = (!picks).then(|| Eyedropper::new(key.colour));
            }
            if picks {
                explain(ui, &form.words.get("set-key-picking"));
            }
        });
    }
}

/// Whether pictures with these settings lie alike.
fn lies_alike(one: &PictureSettings, other: &PictureSettings) -> bool {
    let of = |it: &PictureSettings| (it.rotation, it.mirror, it.flip, it.crop);
    of(one) == of(other)
}

/// What is wrong with the source, or why there is no picture; nothing if there is one.
fn said(id: SourceId, seen: Option<&PreviewLook>, panel: &Panel<'_>) -> String {
    let words = panel.words;
    let reason = || Some(words.reason(seen?.reason.as_ref()?));
    let has_none = seen.is_none_or(|seen| seen.picture.is_none());
    let trouble = overlays::source_trouble(id, panel.look, words).or_else(reason);
    trouble.or_else(|| has_none.then(|| words.get("preview-none"))).unwrap_or_default()
}
