//! Which test pattern a source is, and its tone.

use egui::{ComboBox, Role, Ui, WidgetInfo};
use show::{SourceKind, StandardPattern, StandardPicture, Tone};

use crate::widgets::form::Form;

/// How wide the choice is: as wide as a line of text.
const WIDTH: f32 = 270.0;

/// The choice: the moving pattern with its number, or a standard one with its tone.
#[derive(Clone)]
pub struct PatternChoice {
    /// `None` is the moving pattern.
    picture: Option<StandardPicture>,
    tag: u8,
    tone: Tone,
}

impl Default for PatternChoice {
    fn default() -> Self {
        Self { picture: None, tag: 1, tone: Tone::default() }
    }
}

impl PatternChoice {
    /// The moving pattern of this number.
    pub fn moving(tag: u8) -> Self {
        Self { tag, ..Self::default() }
    }

    /// This standard pattern.
    pub fn standard(pattern: StandardPattern) -> Self {
        let StandardPattern { picture, tone } = pattern;
        Self { picture: Some(picture), tone, ..Self::default() }
    }

    /// What is chosen.
    pub fn kind(&self) -> SourceKind {
        let (tag, tone) = (self.tag, self.tone);
        match self.picture {
            None => SourceKind::TestPattern { tag },
            Some(picture) => SourceKind::StandardPattern(StandardPattern { picture, tone }),
        }
    }

    /// The rows of the dialog.
    pub fn rows(&mut self, ui: &mut Ui, form: &Form<'_>) {
        let words = form.words;
        let name = |picture| words.get(picture_key(picture));
        let label = words.get("pattern-picture");
        form.row(ui, "pattern-picture", "", |ui| {
            let shown = name(self.picture);
            let combo = ComboBox::from_id_salt("pattern").selected_text(&shown).width(WIDTH);
            let combo = combo.show_ui(ui, |ui| {
                for picture in [None].into_iter().chain(StandardPicture::ALL.map(Some)) {
                    ui.selectable_value(&mut self.picture, picture, name(picture));
                }
            });
            combo.response.widget_info(|| WidgetInfo {
                current_text_value: Some(shown.clone()),
                ..WidgetInfo::labeled(Role::ComboBox, true, &label)
            });
            combo.response
        });
        if self.picture.is_none() {
            form.number(ui, ("pattern-tag", "tag"), &mut self.tag, 0..=15, "");
        } else {
            let tones = Tone::ALL.map(|tone| (tone, words.get(tone_key(tone))));
            form.choice(ui, "pattern-tone", &mut self.tone, &tones);
        }
    }
}

fn picture_key(picture: Option<StandardPicture>) -> &'static str {
    match picture {
        None => "pattern-moving",
        Some(StandardPicture::SmpteBars) => "pattern-smpte-bars",
        Some(StandardPicture::EbuBars) => "pattern-ebu-bars",
        Some(StandardPicture::Ramp) => "pattern-ramp",
        Some(StandardPicture::Checkerboard) => "pattern-checkerboard",
        Some(StandardPicture::Black) => "pattern-black",
    }
}

fn tone_key(tone: Tone) -> &'static str {
    match tone {
        Tone::Silence => "tone-silence",
        Tone::Minus18 => "tone-18",
        Tone::Minus20 => "tone-20",
    }
}
