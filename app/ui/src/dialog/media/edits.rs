//! What the dialog of a source asks for.

use engine::Mix;
use show::{
    AssetKind, CameraSource, DEVICE_LATENCY_MILLIS, Device, Edit, Item, MicrophoneSource, PlayFile,
    Show, Side, Source, SourceId, SourceKind, Start, StripMode,
};

use super::{MediaDialog, MediaKind};
use crate::action::Action;
use crate::dialog::new_items::asset;
use crate::path_field::PathField;

impl MediaDialog {
    /// What is asked for: a new microphone is heard whatever is seen, as one that nobody shows.
    pub fn asked(&self, edits: Vec<Edit>) -> Action {
        let heard = edits.iter().filter_map(|edit| match edit {
            Edit::Add(Item::Source(Source { id, kind: SourceKind::Microphone(_), .. })) => {
                Some(Action::Mix(Mix::Mode(*id, StripMode::On)))
            }
            _ => None,
        });
        let heard: Vec<Action> = heard.collect();
        match heard.is_empty() {
            true => Action::Edit(edits),
            false => Action::All([Action::Edit(edits)].into_iter().chain(heard).collect()),
        }
    }

    /// The microphone that is added with a new camera of this id.
    fn beside(&self, show: &Show, camera: SourceId, microphone: MicrophoneSource) -> Source {
        let name: String = microphone.device.name.chars().take(100).collect();
        let is_free = |uid: &String| {
            *uid != self.uid.trim() && show.sources.iter().all(|source| source.uid != *uid)
        };
        let uids = (show.sources.len() + 2..).map(|number| format!("source-{number}"));
        let uid = uids.into_iter().find(is_free).unwrap_or_default();
        let (id, kind) = (SourceId(camera.0 + 1), SourceKind::Microphone(microphone));
        Source::new(id, name, uid, kind)
    }

    /// The edits that make it, or change it, as it is entered.
    pub fn edits(&self, show: &Show) -> Vec<Edit> {
        let mut edits = Vec::new();
        let number = show.free_number();
        let mut asset = |field: &PathField, kind| asset(show, number, field, kind, &mut edits);
        let new_assets = if self.kind == MediaKind::List { self.list.most_new() } else { 1 };
        let kind = match self.kind {
            MediaKind::List => self.list.kind(show, number, &mut edits),
            MediaKind::Camera => SourceKind::Camera(self.camera.source().unwrap_or_else(|| {
                let (device, mode) = (not_chosen(), None);
                CameraSource { device, mode, latency_millis: DEVICE_LATENCY_MILLIS }
            })),
            MediaKind::Microphone => {
                SourceKind::Microphone(self.microphone.source().unwrap_or_else(|| {
                    let (device, side) = (not_chosen(), Side::Both);
                    let latency_millis = DEVICE_LATENCY_MILLIS;
                    MicrophoneSource { device, pair: 1, side, latency_millis }
                }))
            }
            MediaKind::Live => SourceKind::Live {
                url: self.url.trim().to_owned(),
                latency_millis: self.latency_millis,
            },
            MediaKind::Screen => SourceKind::Screen(self.screen.source()),
            MediaKind::File => SourceKind::File(PlayFile {
                asset: asset(&self.film, AssetKind::Media),
                end: self.end,
                in_millis: millis(self.in_seconds),
                out_millis: (self.out_seconds > 0.0).then(|| millis(self.out_seconds)),
                track: self.track,
                start: Some(if self.on_take { Start::OnTake } else { Start::Free }),
                hidden: self.hidden,
            }),
            MediaKind::Picture => {
                SourceKind::Still { asset: asset(&self.picture, AssetKind::Picture) }
            }
            MediaKind::Colour => SourceKind::Colour { colour: self.colour },
            MediaKind::Pattern => self.pattern.kind(),
        };
        let id = self.of.unwrap_or(SourceId(number.saturating_add(new_assets)));
        let (name, uid) = (self.name.trim().to_owned(), self.uid.trim().to_owned());
        // Where it comes from is another matter than what is set for it.
        let settings = show.source(id).map(|source| source.settings).unwrap_or_default();
        let settings = settings.for_kind(&kind);
        let source = Item::Source(Source { settings, ..Source::new(id, name, uid, kind) });
        edits.push(if self.of.is_some() { Edit::Replace(source) } else { Edit::Add(source) });
        if let (MediaKind::Camera, Some(microphone)) = (self.kind, self.camera.microphone()) {
            edits.push(Edit::Add(Item::Source(self.beside(show, id, microphone))));
        }
        edits
    }
}

/// What is not chosen yet is no fault of the show's.
fn not_chosen() -> Device {
    Device { id: "–".to_owned(), name: String::new() }
}

fn millis(seconds: f64) -> u64 {
    (seconds * 1_000.0).round() as u64
}
