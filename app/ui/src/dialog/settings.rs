//! Format, destinations, recordings, standby and supervision of a show.

use std::path::Path;

use egui::{Id, RichText, Ui};
use show::stream_key::take_login;
use show::{
    Edit, EncodeProfile, Format, FrameRate, Item, Output, OutputId, OutputKind, Preset, Raster,
    SecretName, SeiTiming, Show,
};

use crate::action::{Action, FilePurpose};
use crate::dialog::key_draft::KeyDraft;
use crate::dialog::standby::StandbyDraft;
use crate::dialog::state::DialogState;
use crate::dialog::supervision::SupervisionDraft;
use crate::look::OutputLook;
use crate::panel::Panel;
use crate::path_field::PathField;
use crate::theme;
use crate::widgets::form::{FieldFaults, Form, combo};
use crate::widgets::list;
use crate::widgets::section::{explain, section};

/// The page of what stands in for PGM.
const STANDBY: usize = 3;
/// The page of when a source is said to bring nothing.
const SUPERVISION: usize = 4;

/// The dialog.
pub struct SettingsDialog {
    tab: usize,
    format: Format,
    outputs: Vec<Draft>,
    standby: StandbyDraft,
    supervision: SupervisionDraft,
    /// Which output of its tab is edited.
    chosen: [usize; 2],
}

/// An output that is being edited.
struct Draft {
    output: Output,
    /// The output as the show had it last; `None` for one that is not in the show yet.
    in_show: Option<Output>,
    key: KeyDraft,
    path: PathField,
}

impl Draft {
    fn of(output: &Output) -> Self {
        let path = match &output.kind {
            OutputKind::Record { path } => Some(Path::new(path)),
            OutputKind::Rtmp { .. } => None,
        };
        let path = PathField::new(FilePurpose::Recording, path);
        Self {
            output: output.clone(),
            in_show: Some(output.clone()),
            key: KeyDraft::default(),
            path,
        }
    }

    fn records(&self) -> bool {
        matches!(self.output.kind, OutputKind::Record { .. })
    }

    fn is_new(&self) -> bool {
        self.in_show.is_none()
    }

    /// Follows a change of the show, unless the operator has begun to edit; false if the output was removed
    /// from the show.
    fn follow(&mut self, now: Option<&Output>) -> bool {
        let Some(now) = now else { return self.is_new() };
        if self.in_show.as_ref() == Some(now) {
            return true;
        }
        if self.in_show.as_ref() == Some(&self.output) {
            let key = std::mem::take(&mut self.key);
            *self = Self { key, ..Self::of(now) };
        } else {
            self.in_show = Some(now.clone());
        }
        true
    }

    fn edit(&self) -> Edit {
        let item = Item::Output(self.output.clone());
        if self.is_new() { Edit::Add(item) } else { Edit::Replace(item) }
    }
}

impl SettingsDialog {
    pub fn new(show: &Show) -> Self {
        let outputs = show.outputs.iter().map(Draft::of).collect();
        let standby = StandbyDraft::new(show);
        let supervision = SupervisionDraft::new(show);
        Self { tab: 0, format: show.format, outputs, standby, supervision, chosen: [0; 2] }
    }

    /// At an output of the show.
    pub fn of(show: &Show, id: OutputId) -> Option<Self> {
        show.output(id)?;
        let mut settings = Self::new(show);
        settings.turn_to(show, id);
        Some(settings)
    }

    /// Turns to a new destination.
    pub fn add_destination(&mut self, panel: &Panel<'_>) {
        self.tab = 1;
        let count = self.outputs.iter().filter(|draft| !draft.records()).count();
        self.chosen[0] = count;
        self.outputs.push(new_output(panel, false, self.outputs.len()));
    }

    /// Turns to an output of the show.
    pub fn turn_to(&mut self, show: &Show, id: OutputId) {
        self.follow(show);
        let drafts = self.outputs.iter();
        let Some(records) = drafts.clone().find(|draft| draft.output.id == id).map(Draft::records)
        else {
            return;
        };
        let mut of_tab = drafts.filter(|draft| draft.records() == records);
        let place = of_tab.position(|draft| draft.output.id == id).unwrap_or_default();
        self.tab = if records { 2 } else { 1 };
        self.chosen[usize::from(records)] = place;
    }

    /// Turns to what stands in for PGM.
    pub fn turn_to_standby(&mut self) {
        self.tab = STANDBY;
    }

    /// Whether an output, a key, the standby, the supervision or the format was entered and not applied.
    pub fn has_work(&self, show: &Show) -> bool {
        let is_work =
            |draft: &Draft| draft.key.is_typed() || draft.in_show.as_ref() != Some(&draft.output);
        self.format != show.format
            || self.outputs.iter().any(is_work)
            || self.standby.is_work(show)
            || self.supervision.is_work(show)
    }

    /// Which tab is shown.
    pub fn page(&self) -> usize {
        self.tab
    }

    /// Draws it.
    pub fn fill(&mut self, ui: &mut Ui, panel: &mut Panel<'_>) -> DialogState {
        let names = ["format", "destinations", "recordings", "standby-page", "supervision-page"];
        let names = names.map(|key| panel.words.get(key));
        let (row, _) = ui.allocate_exact_size(
            egui::vec2(ui.available_width(), theme::TARGET),
            egui::Sense::hover(),
        );
        self.tab = list::tabs(ui, row, Id::unique("settings"), &names, self.tab);
        ui.add_space(6.0);
        match self.tab {
            0 => self.format(ui, panel),
            STANDBY => self.standby.draw(ui, panel),
            SUPERVISION => self.supervision.draw(ui, panel),
            tab => self.outputs(ui, panel, tab == 2),
        }
        DialogState::Open
    }

    fn format(&mut self, ui: &mut Ui, panel: &mut Panel<'_>) {
        let none = FieldFaults::default();
        let form = Form::new(panel.words, &none);
        let rasters = Raster::ALL.map(|raster| {
            let (width, height) = raster.size();
            (raster, format!("{width} × {height}"))
        });
        form.row(ui, "raster", "", |ui| combo(ui, "raster", &mut self.format.raster, &rasters));
        let rates = FrameRate::ALL.map(|rate| (rate, rate.to_string()));
        form.row(ui, "rate", "", |ui| combo(ui, "rate", &mut self.format.rate, &rates));
        explain(ui, &panel.words.get("format-why"));
        let runs = panel.look.outputs.iter().any(OutputLook::runs);
        if runs {
            let said = panel.words.get("format-on-air");
            ui.label(RichText::new(said).color(theme::ATTENTION));
        }
        let differs = self.format != panel.look.snapshot.show.format;
        if form.confirm(ui, "apply-format", differs && !runs) {
            panel.actions.push(Action::Format(self.format));
        }
    }

    fn outputs(&mut self, ui: &mut Ui, panel: &mut Panel<'_>, records: bool) {
        self.follow(&panel.look.snapshot.show);
        let words = panel.words;
        let of_tab: Vec<usize> = (0..self.outputs.len())
            .filter(|index| self.outputs[*index].records() == records)
            .collect();
        let chosen = &mut self.chosen[usize::from(records)];
        let mut wants_new = false;
        ui.horizontal_wrapped(|ui| {
            for (place, index) in of_tab.iter().enumerate() {
                let name = &self.outputs[*index].output.name;
                if ui.selectable_label(*chosen == place, name).clicked() {
                    *chosen = place;
                }
            }
            let key = if records { "add-recording" } else { "add-destination" };
            wants_new = ui.button(words.get(key)).clicked();
        });
        ui.separator();
        if wants_new {
            *chosen = of_tab.len();
            self.outputs.push(new_output(panel, records, self.outputs.len()));
            return;
        }
        let Some(index) = of_tab.get(*chosen).copied() else {
            let key = if records { "no-recordings" } else { "no-destinations" };
            ui.label(words.get(key));
            return;
        };
        if draft(ui, &mut self.outputs[index], panel) {
            self.outputs.remove(index);
            *chosen = 0;
        }
    }

    /// Follows outputs that were added, changed or removed meanwhile, by an undo or another controller.
    fn follow(&mut self, show: &Show) {
        self.outputs.retain_mut(|draft| draft.follow(show.output(draft.output.id)));
        for output in &show.outputs {
            if self.outputs.iter().all(|draft| draft.output.id != output.id) {
                self.outputs.push(Draft::of(output));
            }
        }
    }
}

fn new_output(panel: &Panel<'_>, records: bool, count: usize) -> Draft {
    // Drafts that are not in the show yet have numbers, too.
    let id = OutputId(panel.look.snapshot.show.free_number() + count as u32);
    let kind = match records {
        true => OutputKind::Record { path: String::new() },
        false => OutputKind::Rtmp {
            url: "rtmp://".to_owned(),
            key: SecretName(format!("{id} {}", panel.look.snapshot.show.name)),
        },
    };
    let key = if records { "recording-name" } else { "destination-name" };
    let (profile, bus, sei) = Default::default();
    let output = Output { id, name: panel.words.get(key), kind, profile, bus, sei };
    Draft { in_show: None, ..Draft::of(&output) }
}

/// Draws an output; true if it was taken away.
fn draft(ui: &mut Ui, draft: &mut Draft, panel: &mut Panel<'_>) -> bool {
    let words = panel.words;
    let show = &panel.look.snapshot.show;
    let edit = draft.edit();
    let faults = FieldFaults::of(show, std::slice::from_ref(&edit));
    let form = Form::new(words, &faults);
    form.text(ui, "name", "name", &mut draft.output.name);
    match &mut draft.output.kind {
        OutputKind::Rtmp { url, key } => {
            form.text(ui, "url", "url", url);
            if let Some((without, login)) = take_login(url) {
                *url = without;
                draft.key.fill_login(login);
            }
            draft.key.rows(ui, &form, key, panel.look, panel.actions);
        }
        OutputKind::Record { path } => {
            let at = (&form, "path", "path");
            if draft.path.row(ui, at, panel.look, panel.actions) {
                *path = draft.path.text().to_owned();
            }
            explain(ui, &words.get("recording-why"));
        }
    }
    profile(ui, &form, &mut draft.output.profile);
    if !draft.records() {
        section(ui, &words.get("section-sei"), |ui| sei(ui, &form, &mut draft.output));
    }
    let id = draft.output.id;
    let runs = panel.look.outputs.iter().any(|output| output.id == id && output.runs());
    if runs {
        explain(ui, &words.get("output-runs"));
    }
    let differs = draft.is_new() || show.output(id) != Some(&draft.output);
    let mut removed = false;
    ui.horizontal(|ui| {
        let has_typed = draft.key.is_typed();
        let is_storable = match &draft.output.kind {
            OutputKind::Rtmp { key, .. } => draft.key.is_ready(key, panel.look),
            OutputKind::Record { .. } => false,
        };
        let is_ready = faults.is_empty() && if has_typed { is_storable } else { differs };
        if form.confirm_here(ui, "apply", is_ready) {
            keep_key(draft, panel);
            if differs {
                panel.actions.push(Action::Edit(vec![edit]));
            }
        }
        if ui.add_enabled(!runs, egui::Button::new(words.get("remove"))).clicked() {
            removed = true;
            if !draft.is_new() {
                panel.actions.push(Action::Edit(vec![Edit::Remove(id.into())]));
            }
        }
    });
    removed
}

fn keep_key(draft: &mut Draft, panel: &mut Panel<'_>) {
    if let OutputKind::Rtmp { key, .. } = &draft.output.kind
        && let Some(typed) = draft.key.take_typed()
    {
        panel.actions.push(Action::KeepKey(key.clone(), typed));
    }
}

fn profile(ui: &mut Ui, form: &Form<'_>, profile: &mut EncodeProfile) {
    let rows = ("video-kbps", "video bitrate");
    form.number(ui, rows, &mut profile.video_kbps, 100..=50_000, "kb/s");
    let rows = ("audio-kbps", "audio bitrate");
    form.number(ui, rows, &mut profile.audio_kbps, 32..=500, "kb/s");
    let rows = ("keyframes", "keyframes");
    form.number(ui, rows, &mut profile.keyframe_millis, 500..=10_000, "ms");
    let presets = [
        Preset::Ultrafast,
        Preset::Superfast,
        Preset::Veryfast,
        Preset::Faster,
        Preset::Fast,
        Preset::Medium,
    ];
    let presets = presets.map(|preset| (preset, preset.name().to_owned()));
    form.row(ui, "preset", "", |ui| combo(ui, "preset", &mut profile.preset, &presets));
}

fn sei(ui: &mut Ui, form: &Form<'_>, output: &mut Output) {
    let mut sends = output.sei.layout_volume.is_some();
    form.check(ui, "sei-layout", &mut sends);
    match (&mut output.sei.layout_volume, sends) {
        (Some(timing), true) => {
            let row = ("sei-interval", "sei interval");
            form.number(ui, row, &mut timing.interval_millis, 1_000..=5_000, "ms");
            form.check(ui, "sei-on-idr", &mut timing.on_idr);
        }
        (None, true) => output.sei.layout_volume = Some(SeiTiming::default()),
        (_, false) => output.sei.layout_volume = None,
    }
    if sends {
        let row = ("sei-payload", "sei");
        form.row(ui, row.0, row.1, |ui| {
            ui.add(egui::DragValue::new(&mut output.sei.payload_type).range(5..=254))
        });
        explain(ui, &form.words.get("sei-payload-why"));
    }
}
