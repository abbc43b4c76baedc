//! Says what an undo or a redo has done: the names of what was added, removed or changed.

use std::sync::Arc;

use show::{Item, ItemId, Show, Source};

use crate::action::Action;
use crate::item_name::name_of;
use crate::look::{Look, Notice};
use crate::translations::Translations;

/// After so many frames of the desk without a change it was refused, which is said anyway.
const PATIENCE: u32 = 50;

/// An undo or a redo that was asked for.
#[derive(Debug, Default)]
pub struct UndoReport {
    asked: Option<Asked>,
}

#[derive(Debug)]
struct Asked {
    before: Arc<Show>,
    history: (usize, usize),
    frames: u32,
}

impl UndoReport {
    /// Notes what is asked for.
    pub fn note(&mut self, actions: &[Action], look: &Look) {
        if actions.iter().any(|action| matches!(action, Action::Undo | Action::Redo))
            && self.asked.is_none()
        {
            let (before, history) = (Arc::clone(&look.snapshot.show), look.snapshot.history);
            self.asked = Some(Asked { before, history, frames: 0 });
        }
    }

    /// What is to be said, once it is done.
    pub fn follow(&mut self, look: &Look, words: &Translations) -> Option<Notice> {
        let asked = self.asked.as_mut()?;
        let (undo, redo) = look.snapshot.history;
        if (undo, redo) == asked.history {
            asked.frames += 1;
            if asked.frames > PATIENCE {
                self.asked = None;
            }
            return None;
        }
        let is_redo = redo < asked.history.1;
        let now = &look.snapshot.show;
        // Both are said as what the operator did then.
        let (from, to) = if is_redo { (&asked.before, now) } else { (now, &asked.before) };
        let said = describe(from, to, words);
        self.asked = None;
        Some(Notice::Done(if is_redo { "told-redone" } else { "told-undone" }, said))
    }
}

/// What was done to make `to` of `from`.
fn describe(from: &Show, to: &Show, words: &Translations) -> String {
    let mut done = Vec::new();
    let mut add = |key: &str, show: &Show, id: ItemId| {
        // A picture or a film has no name of its own: it goes with what shows it.
        if !matches!(id, ItemId::Asset(_)) {
            done.push(words.with(key, "name", name_of(show, id).unwrap_or_default()));
        }
    };
    let (before, after) = (ids(from), ids(to));
    for id in &after {
        match before.contains(id) {
            false => add("edit-added", to, *id),
            true if item(from, *id) != item(to, *id) => {
                let key = if is_settings(from, to, *id) { "edit-settings" } else { "edit-changed" };
                add(key, to, *id);
            }
            true => {}
        }
    }
    before.iter().filter(|id| !after.contains(id)).for_each(|id| add("edit-removed", from, *id));
    if from.name != to.name {
        done.push(words.with("edit-changed", "name", to.name.as_str()));
    }
    if from.transition != to.transition {
        done.push(words.get("edit-transition"));
    }
    if from.standby != to.standby {
        done.push(words.get("edit-standby"));
    }
    if from.supervision != to.supervision {
        done.push(words.get("edit-supervision"));
    }
    let more = done.len().saturating_sub(2);
    done.truncate(2);
    let said = if done.is_empty() { words.get("edit-order") } else { done.join(", ") };
    match more {
        0 => said,
        more => words.with_two("edit-more", ("said", &said), ("count", &more.to_string())),
    }
}

/// Whether nothing of an item has changed but what is set for it as a source.
fn is_settings(from: &Show, to: &Show, id: ItemId) -> bool {
    let source = |show: &Show| match id {
        ItemId::Source(id) => show.source(id).cloned(),
        _ => None,
    };
    let (Some(from), Some(to)) = (source(from), source(to)) else { return false };
    Source { settings: to.settings, ..from } == to
}

fn ids(show: &Show) -> Vec<ItemId> {
    let scenes = show.scenes.iter().map(|item| item.id.into());
    let layouts = show.layouts.iter().map(|item| item.id.into());
    let components = show.components.iter().map(|item| item.id.into());
    let sources = show.sources.iter().map(|item| item.id.into());
    let outputs = show.outputs.iter().map(|item| item.id.into());
    scenes.chain(components).chain(layouts).chain(sources).chain(outputs).collect()
}

fn item(show: &Show, id: ItemId) -> Option<Item> {
    Some(match id {
        ItemId::Asset(id) => Item::Asset(show.asset(id)?.clone()),
        ItemId::Source(id) => Item::Source(show.source(id)?.clone()),
        ItemId::Layout(id) => Item::Layout(show.layout(id)?.clone()),
        ItemId::Component(id) => Item::Component(show.component(id)?.clone()),
        ItemId::Scene(id) => Item::Scene(show.scene(id)?.clone()),
        ItemId::Output(id) => Item::Output(show.output(id)?.clone()),
    })
}
