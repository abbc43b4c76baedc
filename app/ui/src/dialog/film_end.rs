//! How often a film is played, and what follows its end.

use egui::Ui;
use show::{FileEnd, Show};

use crate::widgets::form::Form;
use crate::widgets::section::explain;

/// The ends of a film that is played once, with their words.
const ENDS: [(FileEnd, &str, &str); 4] = [
    (FileEnd::Once, "film-end-hold", "film-end-why-hold"),
    (FileEnd::Black, "film-end-black", "film-end-why-black"),
    (FileEnd::Standby, "film-end-standby", "film-end-why-standby"),
    (FileEnd::Back, "film-end-back", "film-end-why-back"),
];

/// The choices. True if it turned from once to loop or back.
pub fn rows(ui: &mut Ui, form: &Form<'_>, end: &mut FileEnd, show: &Show) -> bool {
    let words = form.words;
    let mut is_looped = *end == FileEnd::Loop;
    let plays = [(false, words.get("play-once")), (true, words.get("play-loop"))];
    let has_turned = form.choice(ui, "play", &mut is_looped, &plays);
    if has_turned {
        *end = if is_looped { FileEnd::Loop } else { FileEnd::Once };
    }
    if !is_looped {
        let ends = ENDS.map(|(end, key, _)| (end, words.get(key)));
        form.choice(ui, "film-end", end, &ends);
        let why = ENDS.iter().find(|(known, ..)| known == end).map(|(_, _, why)| *why);
        let lacks_standby = *end == FileEnd::Standby && show.standby.is_none();
        let why = if lacks_standby { Some("film-end-why-no-standby") } else { why };
        if let Some(why) = why {
            explain(ui, &words.get(why));
        }
    }
    has_turned
}
