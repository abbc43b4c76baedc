//! Asks for a name: of an existing item, or of a new scene made from PVW.

use egui::Ui;
use show::{ComponentId, Edit, Item, ItemId, LayoutId, Scene, SceneId, Show};

use crate::action::Action;
use crate::dialog::state::DialogState;
use crate::item_name::name_of;
use crate::panel::Panel;
use crate::widgets::form::{FieldFaults, Form};

/// The dialog.
pub struct NameDialog {
    of: NameOf,
    name: String,
    is_new: bool,
}

enum NameOf {
    Item(ItemId),
    Scene(LayoutId, Vec<ComponentId>),
}

impl NameDialog {
    /// For an item of the show.
    pub fn of(show: &Show, id: ItemId) -> Option<Self> {
        let name = name_of(show, id)?.to_owned();
        Some(Self { of: NameOf::Item(id), name, is_new: true })
    }

    /// For a scene of what is on PVW.
    pub fn scene(panel: &Panel<'_>) -> Option<Self> {
        let snapshot = &panel.look.snapshot;
        let layout = snapshot.pvw.layout?;
        let name = snapshot.show.layout(layout)?.name.clone();
        let of = NameOf::Scene(layout, snapshot.pvw.components.clone());
        Some(Self { of, name, is_new: true })
    }

    /// Whether another name was entered.
    pub fn has_work(&self, new: &Self) -> bool {
        self.name != new.name
    }

    /// The key of its title.
    pub fn title(&self) -> &'static str {
        if matches!(self.of, NameOf::Scene(..)) { "save-scene" } else { "rename" }
    }

    /// Draws it.
    pub fn fill(&mut self, ui: &mut Ui, panel: &mut Panel<'_>) -> DialogState {
        let show = &panel.look.snapshot.show;
        let edits = self.edits(show);
        let faults = FieldFaults::of(show, &edits);
        let form = Form::new(panel.words, &faults);
        let response = form.text(ui, "name", "name", &mut self.name);
        if std::mem::take(&mut self.is_new) {
            response.request_focus();
        }
        let is_ready = faults.is_empty() && !edits.is_empty();
        if form.confirm(ui, "save", is_ready) {
            panel.actions.push(Action::Edit(edits));
            return DialogState::Closed;
        }
        DialogState::Open
    }

    fn edits(&self, show: &Show) -> Vec<Edit> {
        let name = self.name.trim().to_owned();
        match &self.of {
            NameOf::Item(id) => renamed(show, *id, name).map(Edit::Replace).into_iter().collect(),
            NameOf::Scene(layout, components) => {
                let id = SceneId(show.free_number());
                let (layout, components) = (*layout, components.clone());
                vec![Edit::Add(Item::Scene(Scene { id, name, layout, components }))]
            }
        }
    }
}

fn renamed(show: &Show, id: ItemId, name: String) -> Option<Item> {
    let mut item = match id {
        ItemId::Asset(_) => return None,
        ItemId::Source(id) => Item::Source(show.source(id)?.clone()),
        ItemId::Layout(id) => Item::Layout(show.layout(id)?.clone()),
        ItemId::Component(id) => Item::Component(show.component(id)?.clone()),
        ItemId::Scene(id) => Item::Scene(show.scene(id)?.clone()),
        ItemId::Output(id) => Item::Output(show.output(id)?.clone()),
    };
    match &mut item {
        Item::Asset(_) => {}
        Item::Source(item) => item.name = name,
        Item::Layout(item) => item.name = name,
        Item::Component(item) => item.name = name,
        Item::Scene(item) => item.name = name,
        Item::Output(item) => item.name = name,
    }
    Some(item)
}
