//! Files that are dropped on the window become sources.

use std::collections::BTreeSet;
use std::path::Path;

use egui::{Align2, Rect, Ui};
use show::file_kind::{self, FileKind};
use show::{
    Asset, AssetId, AssetKind, Edit, FileEnd, Item, PlayFile, Show, Source, SourceId, SourceKind,
};

use crate::action::Action;
use crate::look::Notice;
use crate::panel::Panel;
use crate::theme;
use crate::widgets::text::write;

/// Adds dropped files as sources, and shows a target while files are held over the window. Yields
/// notices for those that were not added.
pub fn draw(ui: &Ui, rect: Rect, panel: &mut Panel<'_>) -> Vec<Notice> {
    let (held, dropped) =
        ui.input(|input| (!input.raw.hovered_files.is_empty(), input.raw.dropped_files.clone()));
    if held {
        let stroke = egui::Stroke::new(3.0, theme::OPTION_LINE);
        ui.painter().rect_stroke(rect, 0.0, stroke, egui::StrokeKind::Inside);
        let said = panel.words.get("drop-here");
        write(ui, rect, Align2::CENTER_CENTER, &said, (theme::LARGE, theme::TEXT));
    }
    let mut new = FreeNames::of(&panel.look.snapshot.show);
    let (mut edits, mut unknown, mut nameless) = (Vec::new(), Vec::new(), Vec::new());
    for file in &dropped {
        let path = file.path();
        match (file_kind::of(path), path.to_str()) {
            (Some(kind), Some(text)) => edits.extend(new.source(path, text, kind)),
            (Some(_), None) => nameless.push(last_part(path)),
            (None, _) => unknown.push(last_part(path)),
        }
    }
    if !edits.is_empty() {
        // What was dropped at once is one step of undo.
        panel.actions.push(Action::Edit(edits));
    }
    let refused = [("drop-unknown", unknown), ("drop-no-text", nameless)];
    let refused = refused.into_iter().filter(|(_, names)| !names.is_empty());
    refused.map(|(key, names)| Notice::Error(key, names.join(", "))).collect()
}

/// What of a path is said of it.
fn last_part(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    // What is no letter at all has none in our fonts either.
    name.replace(char::REPLACEMENT_CHARACTER, "?")
}

/// Numbers of items, and names for the layout message, that the show does not use.
struct FreeNames {
    number: u32,
    uids: BTreeSet<String>,
}

impl FreeNames {
    fn of(show: &Show) -> Self {
        let uids = show.sources.iter().map(|source| source.uid.clone()).collect();
        Self { number: show.free_number(), uids }
    }

    fn next(&mut self) -> u32 {
        let number = self.number;
        self.number += 1;
        number
    }

    /// A source of a file, as the dialog would make it.
    fn source(&mut self, path: &Path, text: &str, of: FileKind) -> [Edit; 2] {
        let asset = AssetId(self.next());
        let id = SourceId(self.next());
        let (kind, file) = match of {
            FileKind::Picture => (SourceKind::Still { asset }, AssetKind::Picture),
            FileKind::Media => {
                let play = PlayFile::whole(asset, FileEnd::Once);
                (SourceKind::File(play), AssetKind::Media)
            }
        };
        let uids = (self.uids.len() + 1..).map(|number| format!("source-{number}"));
        let uid = uids.into_iter().find(|uid| !self.uids.contains(uid)).unwrap_or_default();
        self.uids.insert(uid.clone());
        let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy();
        let name: String = name.chars().take(100).collect();
        [
            Edit::Add(Item::Asset(Asset {
                id: asset,
                path: text.to_owned(),
                kind: file,
                hash: None,
            })),
            Edit::Add(Item::Source(Source::new(id, name, uid, kind))),
        ]
    }
}
