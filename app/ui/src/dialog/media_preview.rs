//! What a new source looks and sounds like, before it is added.

use egui::{Button, Role, Ui, WidgetInfo, vec2};
use engine::{NeededFile, SourceState};
use show::{Edit, Item, LiveUrl, Show, Source, SourceId, SourceKind};

use crate::dialog::preview_pane;
use crate::panel::Panel;
use crate::preview_look::{PreviewLook, PreviewOf, PreviewRequest};
use crate::theme;
use crate::translations::Translations;
use crate::widgets::fader::{MeterReading, meters};
use crate::widgets::section::explain;

/// How wide the meters beside the picture are, and how large the button below it is.
const METERS: f32 = 24.0;
const BUTTON: egui::Vec2 = vec2(124.0, 28.0);

/// The picture, its meters, and what is looked at.
#[derive(Clone, Debug, Default)]
pub struct MediaPreview {
    request: Option<PreviewRequest>,
    /// The address that the operator wants to look at: none is called before, since calling one may cost something.
    called: Option<String>,
    readings: [MeterReading; 2],
}

impl MediaPreview {
    /// The picture that it wants to see.
    pub fn request(&self) -> Option<&PreviewRequest> {
        self.request.as_ref()
    }

    /// Draws it for what these edits would add or change; `of` is the source that is edited. Nothing is opened unless it
    /// `is_whole`.
    pub fn draw(
        &mut self,
        ui: &mut Ui,
        (edits, of): (&[Edit], Option<SourceId>),
        is_whole: bool,
        panel: &Panel<'_>,
    ) {
        let show = &panel.look.snapshot.show;
        let chosen = source(edits, show).filter(|_| is_whole);
        let (words, name) = (panel.words, panel.words.get("preview"));
        if let Some(SourceKind::Colour { colour }) = chosen.as_ref().map(|(source, _)| &source.kind)
        {
            preview_pane::colour(ui, preview_pane::SMALL, *colour, &name);
            self.request = None;
            return;
        }
        let of =
            chosen.map(|(source, files)| match of.filter(|id| is_as_it_was(*id, &source, show)) {
                Some(id) => PreviewOf::Source(id),
                None => PreviewOf::New(Box::new(source), files),
            });
        let url = url(of.as_ref());
        if self.called.as_deref() != url {
            self.called = None;
        }
        let (waits, is_live) = (url.is_some() && self.called.is_none(), url.is_some());
        let url = url.map(str::to_owned);
        let wanted = of.filter(|_| !waits);
        let seen = panel.look.preview.as_deref();
        let seen = seen.filter(|seen| Some(&seen.request.of) == wanted.as_ref());
        let said = match (waits, &wanted) {
            (true, _) => words.get("preview-call-first"),
            (false, Some(of)) => said(of, seen, words),
            (false, None) => String::new(),
        };
        let has_sound = seen.is_some_and(|seen| seen.peak.is_some());
        ui.horizontal_top(|ui| {
            let room = if has_sound { METERS } else { 0.0 };
            let size = preview_pane::SMALL - vec2(room, 0.0);
            preview_pane::draw(ui, size, seen, (&name, &said));
            if has_sound {
                self.meters(ui, seen.and_then(|seen| seen.peak), words);
            }
        });
        if is_live {
            let key = if waits { "preview-call" } else { "preview-leave" };
            let button = ui.add(Button::new(words.get(key)).min_size(BUTTON));
            if button.on_hover_text(words.get("preview-call-tip")).clicked() {
                self.called = url.filter(|_| waits);
            }
        }
        if matches!(wanted, Some(PreviewOf::New(..))) {
            explain(ui, &words.get("preview-apart"));
        }
        self.request = wanted.map(|of| {
            let settings = of_source(&of, show);
            PreviewRequest { of, settings }
        });
    }

    fn meters(&mut self, ui: &mut Ui, peak: Option<[f32; 2]>, words: &Translations) {
        let seconds = ui.input(|input| input.stable_dt.min(0.25));
        let both = self.readings.iter_mut().zip(peak.unwrap_or_default());
        both.for_each(|(reading, peak)| reading.follow(peak, seconds));
        let size = vec2(METERS - theme::STEP, preview_pane::SMALL.y);
        let (place, response) = ui.allocate_exact_size(size, egui::Sense::hover());
        meters(ui, place, &self.readings);
        let said = words.get("preview-level");
        response.widget_info(|| WidgetInfo::labeled(Role::Meter, true, &said));
    }
}

/// The source that these edits add or change, and its files; without its names, which are typed meanwhile.
fn source(edits: &[Edit], show: &Show) -> Option<(Source, Vec<NeededFile>)> {
    let source = edits.iter().find_map(|edit| match edit {
        Edit::Add(Item::Source(source)) | Edit::Replace(Item::Source(source)) => Some(source),
        _ => None,
    })?;
    let files = NeededFile::all(source, |id| {
        let new = edits.iter().find_map(|edit| match edit {
            Edit::Add(Item::Asset(asset)) if asset.id == id => Some(asset),
            _ => None,
        });
        new.or_else(|| show.asset(id))
    });
    Some((Source { name: String::new(), uid: String::new(), ..source.clone() }, files))
}

/// Whether a source of the show would stay what it is.
fn is_as_it_was(id: SourceId, now: &Source, show: &Show) -> bool {
    show.source(id).is_some_and(|before| before.kind == now.kind)
}

/// The address that would be called for it.
fn url(of: Option<&PreviewOf>) -> Option<&str> {
    let PreviewOf::New(source, _) = of? else { return None };
    match &source.kind {
        SourceKind::Live { url, .. } => Some(url),
        _ => None,
    }
}

/// What is set for a source of the show; a new one has nothing set.
fn of_source(of: &PreviewOf, show: &Show) -> show::PictureSettings {
    match of {
        PreviewOf::Source(id) => show.source(*id).map(|source| source.settings.picture),
        PreviewOf::New(source, _) => Some(source.settings.picture),
    }
    .unwrap_or_default()
}

/// How it is doing; nothing if it is seen.
fn said(of: &PreviewOf, seen: Option<&PreviewLook>, words: &Translations) -> String {
    let Some(seen) = seen else { return words.get("source-connecting") };
    if let Some(reason) = &seen.reason {
        return words.reason(reason);
    }
    let waits = match url(Some(of)) {
        Some(url) => LiveUrl::parse(url).is_ok_and(|url| url.waits_for_sender()),
        None => false,
    };
    let key = match seen.state {
        _ if seen.picture.is_some() => return String::new(),
        Some(SourceState::Live | SourceState::Ended) if seen.peak.is_some() => "preview-sound",
        Some(SourceState::Stalled) => "source-stalled",
        Some(SourceState::Lost) => "source-lost",
        _ if waits => "source-waiting",
        _ => "source-connecting",
    };
    words.get(key)
}
