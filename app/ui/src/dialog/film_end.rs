//! How often a film is played, and what follows its end.

use egui::Ui;
use show::{FileEnd, Show};

use crate::widgets::form::Form;
use crate::widgets::section::explain;

/// The ends of a film that is played once, with their words; that its last picture stays needs no more of them.
const ENDS: [(FileEnd, &str, Option<&str>); 4] = [
    (FileEnd::Once, "film-end-hold", None),
    (FileEnd::Black, "film-end-black", Some("film-end-why-black")),
    (FileEnd::Standby, "film-end-standby", Some("film-end-why-standby")),
    (FileEnd::Back, "film-end-back", Some("film-end-why-back")),
];

/// The choices, and beside how often it is played whether it starts on its take.
pub fn rows(ui: &mut Ui, form: &Form<'_>, (end, on_take): (&mut FileEnd, &mut bool), show: &Show) {
    let words = form.words;
    let mut is_looped = *end == FileEnd::Loop;
    let plays = [(false, words.get("play-once")), (true, words.get("play-loop"))];
    ui.horizontal(|ui| {
        if form.choice(ui, "play", &mut is_looped, &plays) {
            *end = if is_looped { FileEnd::Loop } else { FileEnd::Once };
            *on_take = !is_looped;
        }
        ui.checkbox(on_take, words.get("start-on-take"));
    });
    if !is_looped {
        let ends = ENDS.map(|(end, key, _)| (end, words.get(key)));
        form.choice(ui, "film-end", end, &ends);
        let why = ENDS.iter().find(|(known, ..)| known == end).and_then(|(_, _, why)| *why);
        let lacks_standby = *end == FileEnd::Standby && show.standby.is_none();
        let why = if lacks_standby { Some("film-end-why-no-standby") } else { why };
        if let Some(why) = why {
            explain(ui, &words.get(why));
        }
    }
}
