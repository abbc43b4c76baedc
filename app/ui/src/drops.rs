//! Files that are dropped on the window become sources.

use std::path::Path;

use egui::{Align2, Rect, Ui};
use show::{
    Asset, AssetId, AssetKind, Edit, FileEnd, Item, PlayFile, Source, SourceId, SourceKind,
};

use crate::action::Action;
use crate::control::write;
use crate::panel::Panel;
use crate::theme;

/// Ends of the names of pictures that can be read.
const PICTURES: [&str; 3] = ["png", "jpg", "jpeg"];

/// Takes what was dropped, and shows where while something is held over the window.
pub fn draw(ui: &Ui, rect: Rect, panel: &mut Panel<'_>) {
    let (held, dropped) =
        ui.input(|input| (!input.raw.hovered_files.is_empty(), input.raw.dropped_files.clone()));
    if held {
        let stroke = egui::Stroke::new(3.0, theme::OPTION_LINE);
        ui.painter().rect_stroke(rect, 0.0, stroke, egui::StrokeKind::Inside);
        let said = panel.words.get("drop-here");
        write(ui, rect, Align2::CENTER_CENTER, &said, (theme::LARGE, theme::TEXT));
    }
    let mut number = panel.look.snapshot.show.free_number();
    for file in dropped {
        panel.actions.push(Action::Edit(edits(file.path(), number)));
        number += 2;
    }
}

/// A source of a file, as the dialog would make it.
fn edits(path: &Path, number: u32) -> Vec<Edit> {
    let end = path.extension().map(|end| end.to_string_lossy().to_lowercase());
    let is_picture = end.is_some_and(|end| PICTURES.contains(&end.as_str()));
    let asset = AssetId(number);
    let (of, kind) = if is_picture {
        (AssetKind::Picture, SourceKind::Still { asset })
    } else {
        let end = FileEnd::Once;
        let play = PlayFile { asset, end, in_millis: 0, out_millis: None, start: None };
        (AssetKind::Media, SourceKind::File(play))
    };
    let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy();
    let name: String = name.chars().take(100).collect();
    let path = path.display().to_string();
    let (id, uid) = (SourceId(number + 1), format!("source-{}", number + 1));
    vec![
        Edit::Add(Item::Asset(Asset { id: asset, path, kind: of, hash: None })),
        Edit::Add(Item::Source(Source { id, name, uid, kind })),
    ]
}
