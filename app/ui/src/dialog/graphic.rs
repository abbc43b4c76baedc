//! The dialogs of graphics: a new picture, and the properties of any graphic. Changes show on PVW at
//! once, and on PGM after the next take, or at once for a graphic that is live.

use egui::{TextEdit, Ui, vec2};
use engine::Key;
use show::{
    Anchor, AssetKind, BusName, Colour, Component, ComponentId, ComponentKind, Edit, Item,
    Placement, Show, TextAlign, TextBox, TextStyle,
};

use crate::action::{Action, FilePurpose, OpenDialog};
use crate::dialog::new_items::asset;
use crate::dialog::state::DialogState;
use crate::panel::Panel;
use crate::path_field::PathField;
use crate::theme;
use crate::widgets::field::Field;
use crate::widgets::form::{FieldFaults, Form};
use crate::widgets::section::section;

/// How far one step of the nudge moves, as a part of the canvas.
const NUDGE: f64 = 0.005;
/// A new graphic's distance from the edge: graphics-safe (EBU R95).
const EDGE: f64 = 0.05;

const ANCHORS: [[Anchor; 3]; 3] = [
    [Anchor::TopLeft, Anchor::Top, Anchor::TopRight],
    [Anchor::Left, Anchor::Centre, Anchor::Right],
    [Anchor::BottomLeft, Anchor::Bottom, Anchor::BottomRight],
];

/// Asks for the picture of a new graphic.
pub struct PictureDialog {
    path: PathField,
    name: String,
    suggested: String,
}

impl PictureDialog {
    pub fn new() -> Self {
        let mut path = PathField::new(FilePurpose::Picture, None);
        path.focus();
        Self { path, name: String::new(), suggested: String::new() }
    }

    /// Whether something was entered.
    pub fn has_work(&self) -> bool {
        !self.path.text().is_empty() || !self.name.is_empty()
    }

    /// Draws it.
    pub fn fill(&mut self, ui: &mut Ui, panel: &mut Panel<'_>) -> DialogState {
        let show = &panel.look.snapshot.show;
        let id = ComponentId(show.free_number() + 1);
        let mut edits = Vec::new();
        let asset = asset(show, show.free_number(), &self.path, AssetKind::Picture, &mut edits);
        let kind = ComponentKind::Image { asset, height: Some(0.15) };
        let place = Placement { anchor: Anchor::TopRight, x: -EDGE, y: EDGE };
        let name = self.name.trim().to_owned();
        let component = Component { id, name, kind, place, opacity: 1.0, live: false };
        edits.push(Edit::Add(Item::Component(component)));
        let faults = FieldFaults::of(show, &edits);
        let is_named = !self.name.is_empty();
        // A name that is not given yet is not wrong yet.
        let said = if is_named { faults.clone() } else { faults.clone().without("name") };
        let form = Form::new(panel.words, &said);
        if self.path.row(ui, (&form, "path", "path"), panel.look, panel.actions)
            && self.name == self.suggested
        {
            let stem = std::path::Path::new(self.path.text()).file_stem();
            let stem = stem.map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            self.suggested = stem.chars().take(100).collect();
            self.name.clone_from(&self.suggested);
        }
        form.text(ui, "name", "name", &mut self.name);
        let is_ready = faults.is_empty() && self.path.path().is_some();
        if form.confirm(ui, "add-to-pvw", is_ready) {
            add(panel, edits, id);
            return DialogState::Closed;
        }
        DialogState::Open
    }
}

/// A new text on PVW, to be written over.
pub fn new_text(panel: &mut Panel<'_>) {
    let show = &panel.look.snapshot.show;
    let id = ComponentId(show.free_number());
    let style = TextStyle {
        text: panel.words.get("new-text"),
        family: None,
        size: 0.05,
        bold: true,
        colour: Colour::WHITE,
        max_width: 0.9,
        align: TextAlign::Start,
        outline: None,
        shadow: None,
        text_box: Some(TextBox { colour: Colour { r: 16, g: 40, b: 72, a: 220 }, padding: 0.5 }),
    };
    let number = (show.components.len() + 1).to_string();
    let component = Component {
        id,
        name: panel.words.with("text-number", "number", number),
        kind: ComponentKind::Text(style),
        place: Placement { anchor: Anchor::BottomLeft, x: EDGE, y: -EDGE },
        opacity: 1.0,
        live: false,
    };
    add(panel, vec![Edit::Add(Item::Component(component))], id);
}

/// In the show, on PVW, and open to be worked on: one step of undo.
fn add(panel: &mut Panel<'_>, edits: Vec<Edit>, component: ComponentId) {
    let key = Key { bus: BusName::Pvw, component, on: true };
    panel.actions.push(Action::All(vec![Action::Edit(edits), Action::Key(key)]));
    panel.actions.push(Action::Open(OpenDialog::Edit(component.into())));
}

/// The properties of a graphic.
pub struct GraphicDialog {
    id: ComponentId,
    picture: Option<PathField>,
    /// An edit that is not in the document yet, with the frame it was asked on. It is edited further
    /// until then, or fast typing would overwrite itself.
    asked: Option<(Component, u64)>,
}

/// After so many frames without the edit it was rejected.
const PATIENCE: u64 = 25;

impl GraphicDialog {
    pub fn edit(id: ComponentId) -> Self {
        Self { id, picture: None, asked: None }
    }

    /// Draws it.
    pub fn fill(&mut self, ui: &mut Ui, panel: &mut Panel<'_>) -> DialogState {
        let show = &panel.look.snapshot.show;
        let Some(component) = show.component(self.id) else {
            // It is on its way to the show, or was removed.
            return DialogState::Open;
        };
        let next = panel.look.frame.0;
        let is_there =
            |(asked, frame): &(Component, u64)| asked == component || next > frame + PATIENCE;
        self.asked = self.asked.take().filter(|asked| !is_there(asked));
        let before = self.asked.as_ref().map_or(component, |(asked, _)| asked).clone();
        let mut now = before.clone();
        let none = FieldFaults::default();
        let form = Form::new(panel.words, &none);
        ui.horizontal_top(|ui| {
            ui.vertical(|ui| {
                ui.set_width(396.0);
                form.text(ui, "name", "name", &mut now.name);
                match &mut now.kind {
                    ComponentKind::Text(style) => text_rows(ui, &form, style),
                    ComponentKind::Image { asset: of, height } => {
                        self.picture_rows(ui, &form, show, (of, height), panel);
                    }
                }
                percent(ui, &form, ("opacity", "opacity"), &mut now.opacity, 0.0..=100.0);
                form.check(ui, "live-graphic", &mut now.live);
            });
            ui.vertical(|ui| {
                section(ui, &form.words.get("position"), |ui| {
                    place_rows(ui, &form, &mut now.place);
                });
            });
        });
        if now != before {
            let edit = Edit::Replace(Item::Component(now.clone()));
            let faults = FieldFaults::of(show, std::slice::from_ref(&edit));
            // Half a name is no name yet: what cannot be is not asked.
            if faults.is_empty() {
                panel.actions.push(Action::Adjust(Box::new(edit)));
                self.asked = Some((now, next));
            }
        }
        DialogState::Open
    }

    fn picture_rows(
        &mut self,
        ui: &mut Ui,
        form: &Form<'_>,
        show: &Show,
        (of, height): (&mut show::AssetId, &mut Option<f64>),
        panel: &mut Panel<'_>,
    ) {
        let path = show.asset(*of).map(|asset| std::path::Path::new(&asset.path));
        let field = self.picture.get_or_insert_with(|| PathField::new(FilePurpose::Picture, path));
        field.row(ui, (form, "path", "picture"), panel.look, panel.actions);
        let is_other = field.path().as_deref() != path;
        if is_other && field.path().is_some() && ui.button(form.words.get("replace")).clicked() {
            let mut edits = Vec::new();
            let asset = asset(show, show.free_number(), field, AssetKind::Picture, &mut edits);
            if let Some(mut component) = show.component(self.id).cloned() {
                component.kind = ComponentKind::Image { asset, height: *height };
                edits.push(Edit::Replace(Item::Component(component)));
                panel.actions.push(Action::Edit(edits));
            }
        }
        let mut part = height.unwrap_or(0.15);
        if percent(ui, form, ("height", "height"), &mut part, 0.1..=100.0) {
            *height = Some(part);
        }
    }
}

/// A part of a whole, shown in percent; true when it is another. What was not moved is not rounded.
fn percent(
    ui: &mut Ui,
    form: &Form<'_>,
    row: (&str, &str),
    part: &mut f64,
    range: std::ops::RangeInclusive<f64>,
) -> bool {
    let mut shown = *part * 100.0;
    let changed = form.number(ui, row, &mut shown, range, "%").changed();
    if changed {
        *part = shown / 100.0;
    }
    changed
}

fn text_rows(ui: &mut Ui, form: &Form<'_>, style: &mut TextStyle) {
    form.row(ui, "text", "text", |ui| {
        let edit = TextEdit::multiline(&mut style.text).desired_rows(2).desired_width(270.0);
        ui.add(edit.char_limit(2_000))
    });
    percent(ui, form, ("text-size", "size"), &mut style.size, 0.5..=100.0);
    form.check(ui, "bold", &mut style.bold);
    form.colour(ui, "colour", &mut style.colour);
    let aligns = [
        (TextAlign::Start, "align-start"),
        (TextAlign::Centre, "align-centre"),
        (TextAlign::End, "align-end"),
    ];
    let aligns = aligns.map(|(align, key)| (align, form.words.get(key)));
    form.choice(ui, "align", &mut style.align, &aligns);
    let mut has_box = style.text_box.is_some();
    form.check(ui, "text-box", &mut has_box);
    match (&mut style.text_box, has_box) {
        (Some(text_box), true) => _ = form.colour(ui, "box-colour", &mut text_box.colour),
        (None, true) => {
            let colour = Colour { r: 16, g: 40, b: 72, a: 220 };
            style.text_box = Some(TextBox { colour, padding: 0.5 });
        }
        (_, false) => style.text_box = None,
    }
}

/// The nine places, and steps from there.
fn place_rows(ui: &mut Ui, form: &Form<'_>, place: &mut Placement) {
    for (row, anchors) in ANCHORS.into_iter().enumerate() {
        ui.horizontal(|ui| {
            for (column, anchor) in anchors.into_iter().enumerate() {
                let name = form.words.get(anchor_key(anchor));
                let button = egui::Button::selectable(place.anchor == anchor, "•");
                let response = ui.add(button.min_size(vec2(34.0, theme::TARGET)));
                response.widget_info(|| {
                    let chosen = place.anchor == anchor;
                    egui::WidgetInfo::selected(egui::Role::RadioButton, true, chosen, &name)
                });
                if response.clicked() {
                    let side = |at: usize| [EDGE, 0.0, -EDGE][at];
                    *place = Placement { anchor, x: side(column), y: side(row) };
                }
                response.on_hover_text(name);
            }
        });
    }
    ui.add_space(theme::STEP);
    let steps = [
        ("nudge-left", "←", -NUDGE, 0.0),
        ("nudge-right", "→", NUDGE, 0.0),
        ("nudge-up", "↑", 0.0, -NUDGE),
        ("nudge-down", "↓", 0.0, NUDGE),
    ];
    ui.horizontal(|ui| {
        for (key, sign, x, y) in steps {
            let name = form.words.get(key);
            let button = egui::Button::new(sign).min_size(vec2(theme::TARGET, theme::TARGET));
            let response = ui.add(button);
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
            if response.clicked() {
                place.x = (place.x + x).clamp(-1.0, 1.0);
                place.y = (place.y + y).clamp(-1.0, 1.0);
            }
            response.on_hover_text(name);
        }
    });
    for (key, value) in [("position-x", &mut place.x), ("position-y", &mut place.y)] {
        let name = form.words.get(key);
        let mut percent = *value * 100.0;
        let drag = egui::DragValue::new(&mut percent).range(-100.0..=100.0).speed(0.1);
        let drag = drag.suffix(" %").max_decimals(1);
        if Field::new(&name).name_width(52.0).show(ui, |ui| ui.add(drag)).changed() {
            *value = percent / 100.0;
        }
    }
}

fn anchor_key(anchor: Anchor) -> &'static str {
    match anchor {
        Anchor::TopLeft => "at-top-left",
        Anchor::Top => "at-top",
        Anchor::TopRight => "at-top-right",
        Anchor::Left => "at-left",
        Anchor::Centre => "at-centre",
        Anchor::Right => "at-right",
        Anchor::BottomLeft => "at-bottom-left",
        Anchor::Bottom => "at-bottom",
        Anchor::BottomRight => "at-bottom-right",
    }
}
