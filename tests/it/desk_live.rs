//! What moves on the desk while a show runs: states in words, and what is asked of what runs.

use egui_kittest::kittest::Queryable;
use engine::SourceState;
use show::SourceId;
use ui::{Language, SourceLook};

use crate::desk::{SIZES, Shown, look, snapshot};

#[test]
fn a_source_that_is_not_simply_live_says_how_it_is() {
    for size in SIZES {
        for (language, stalled, retry, connecting) in [
            (Language::English, "Camera 1, next, stalled 3 s", "lost, again in 2 s", "connecting"),
            (Language::Chinese, "Camera 1, 预览中, 停滞 3 秒", "丢失，2 秒后重试", "正在连接"),
        ] {
            let mut shown = snapshot();
            shown.sources.insert(SourceId(11), SourceState::Stalled);
            shown.sources.insert(SourceId(12), SourceState::Lost);
            shown.sources.insert(SourceId(13), SourceState::Connecting);
            shown.tally.remove(&SourceId(12));
            let mut shown = look(shown);
            let silent = SourceLook { silent_millis: Some(2_500), retry_millis: None };
            let waits = SourceLook { silent_millis: None, retry_millis: Some(1_900) };
            shown.sources.insert(SourceId(11), silent);
            shown.sources.insert(SourceId(12), waits);
            shown.sources.insert(SourceId(13), SourceLook::default());
            let mut desk = Shown::new(language, size, shown);
            desk.took();
            desk.harness.get_by_label(stalled);
            desk.harness.get_by_label(&format!("Camera 2, {retry}"));
            desk.harness.get_by_label(&format!("Film, {connecting}"));
            // Live, or not open at all: nothing is to be said.
            desk.look.borrow_mut().sources.clear();
            desk.took();
            desk.harness.get_by_label("Camera 2");
            desk.harness.get_by_label("Film");
        }
    }
}
