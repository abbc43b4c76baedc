//! Which sound track of a film is heard.

use egui::{ComboBox, Role, Ui, WidgetInfo};

use crate::film_look::TrackLook;
use crate::track_line;
use crate::widgets::form::Form;

/// How wide the choice is: as wide as a line of text.
const WIDTH: f32 = 270.0;

/// The choice, from the tracks that the film has: its default one, or one of them by its number.
pub fn row(ui: &mut Ui, form: &Form<'_>, chosen: &mut Option<u32>, tracks: &[TrackLook]) {
    let words = form.words;
    let name = |number: Option<u32>| match number {
        None => words.get("sound-track-default"),
        Some(number) => {
            let track = usize::try_from(number).ok().and_then(|at| tracks.get(at.checked_sub(1)?));
            track_line::name(number, track, words)
        }
    };
    form.row(ui, "sound-track", "sound track", |ui| {
        let shown = name(*chosen);
        let combo = ComboBox::from_id_salt("sound track").selected_text(&shown).width(WIDTH);
        let combo = combo.truncate().show_ui(ui, |ui| {
            let numbers = (1..).zip(tracks).map(|(number, _)| Some(number));
            // One that it does not have stays in the list while it is chosen.
            let missing = chosen.filter(|number| *number as usize > tracks.len()).map(Some);
            for number in [None].into_iter().chain(numbers).chain(missing) {
                ui.selectable_value(chosen, number, name(number));
            }
        });
        let label = words.get("sound-track");
        combo.response.widget_info(|| WidgetInfo {
            current_text_value: Some(shown.clone()),
            ..WidgetInfo::labeled(Role::ComboBox, true, &label)
        });
        combo.response
    });
}
