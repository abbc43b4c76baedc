//! Changes to a show. An edit yields a show without faults, or is refused with all of them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    AssetId, ComponentId, Fault, Format, Item, ItemId, Layout, LayoutId, Mixer, OutputId, SceneId,
    Show, SourceId, SourceSettings, Standby, Supervision, Transition,
};

/// One change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Edit {
    /// Rename the show.
    Rename(String),
    /// Change the raster or the rate.
    Format(Format),
    /// Change what AUTO does.
    Transition(Transition),
    /// Change what stands in for PGM.
    Standby(Option<Standby>),
    /// When a source is said to bring nothing.
    Supervision(Supervision),
    /// Store the mixer's present state.
    Mixer(Mixer),
    /// Change what is set for a source, and nothing else of it.
    Settings(SourceId, SourceSettings),
    /// Add an item at the end of its list; its id must be free ([`Show::free_number`]).
    Add(Item),
    /// Replace an existing item.
    Replace(Item),
    /// Remove an item that nothing refers to.
    Remove(ItemId),
    /// Move an item to this index of its list; past the end is the end.
    Move(ItemId, usize),
}

/// Why an edit was refused. The show is unchanged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// No item has this id.
    #[error("{0} does not exist")]
    NotFound(ItemId),
    /// The id of a new item is taken.
    #[error("{0} exists already")]
    IdTaken(ItemId),
    /// Other items refer to the item.
    #[error("{item} is used by {}: remove it there first", list(users))]
    InUse {
        /// The item.
        item: ItemId,
        /// The items that refer to it.
        users: Vec<ItemId>,
    },
    /// The show would have faults.
    #[error("{}", list(.0))]
    Faults(Vec<Fault>),
}

impl EditError {
    /// A stable code for programs: never changes once shipped.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "not_found",
            Self::IdTaken(_) => "id_taken",
            Self::InUse { .. } => "in_use",
            Self::Faults(faults) => faults.first().map_or("faults", |fault| fault.code),
        }
    }
}

fn list<T: fmt::Display>(items: &[T]) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
}

/// For each kind of item: access to its list in the show, and the conversion of its id.
macro_rules! each_list {
    ($($kind:ident, $id:ident, $list:ident;)*) => {
        $(impl From<$id> for ItemId {
            fn from(id: $id) -> Self {
                Self::$kind(id)
            }
        })*

        impl Item {
            /// The item's id.
            pub fn id(&self) -> ItemId {
                match self { $(Self::$kind(item) => ItemId::$kind(item.id),)* }
            }
        }

        impl Show {
            /// Every id in document order; a show with faults may hold one twice.
            pub fn item_ids(&self) -> impl Iterator<Item = ItemId> + '_ {
                std::iter::empty()$(.chain(self.$list.iter().map(|item| ItemId::from(item.id))))*
            }

            /// The smallest number above every id in use: free for a new item of any kind.
            pub fn free_number(&self) -> u32 {
                let highest = [$(self.$list.iter().map(|item| item.id.0).max()),*];
                highest.into_iter().flatten().max().unwrap_or(0).saturating_add(1)
            }

            fn add(&mut self, item: Item) {
                match item { $(Item::$kind(item) => self.$list.push(item),)* }
            }

            fn replace(&mut self, item: Item) {
                match item {
                    $(Item::$kind(item) => {
                        if let Some(old) = self.$list.iter_mut().find(|old| old.id == item.id) {
                            *old = item;
                        }
                    })*
                }
            }

            fn remove(&mut self, id: ItemId) {
                match id { $(ItemId::$kind(id) => self.$list.retain(|item| item.id != id),)* }
            }

            fn reorder(&mut self, id: ItemId, index: usize) {
                match id {
                    $(ItemId::$kind(id) => {
                        if let Some(from) = self.$list.iter().position(|item| item.id == id) {
                            let item = self.$list.remove(from);
                            self.$list.insert(index.min(self.$list.len()), item);
                        }
                    })*
                }
            }
        }
    };
}

each_list! {
    Asset, AssetId, assets;
    Source, SourceId, sources;
    Layout, LayoutId, layouts;
    Component, ComponentId, components;
    Scene, SceneId, scenes;
    Output, OutputId, outputs;
}

impl Show {
    /// The show with one change made.
    ///
    /// # Errors
    /// Any [`EditError`]; the show itself is never changed.
    pub fn apply(&self, edit: &Edit) -> Result<Self, EditError> {
        let mut next = self.clone();
        match edit {
            Edit::Rename(name) => next.name.clone_from(name),
            Edit::Format(format) => next.format = *format,
            Edit::Transition(transition) => next.transition = *transition,
            Edit::Standby(standby) => next.standby = *standby,
            Edit::Supervision(supervision) => next.supervision = *supervision,
            Edit::Mixer(mixer) => next.mixer.clone_from(mixer),
            Edit::Settings(id, settings) => {
                self.require((*id).into())?;
                let of = next.sources.iter_mut().filter(|source| source.id == *id);
                of.for_each(|source| source.settings = *settings);
            }
            Edit::Add(item) => {
                if self.has(item.id()) {
                    return Err(EditError::IdTaken(item.id()));
                }
                next.add(item.clone());
            }
            Edit::Replace(item) => {
                self.require(item.id())?;
                next.replace(item.clone());
            }
            Edit::Remove(id) => {
                self.require(*id)?;
                let users = self.users(*id);
                if !users.is_empty() {
                    return Err(EditError::InUse { item: *id, users });
                }
                if let ItemId::Source(source) = id {
                    next.mixer.strips.retain(|strip| strip.source != *source);
                    next.standby = next.standby.filter(|standby| standby.source != *source);
                }
                next.remove(*id);
            }
            Edit::Move(id, index) => {
                self.require(*id)?;
                next.reorder(*id, *index);
            }
        }
        let faults = next.check();
        if faults.is_empty() { Ok(next) } else { Err(EditError::Faults(faults)) }
    }

    fn has(&self, id: ItemId) -> bool {
        self.item_ids().any(|other| other == id)
    }

    fn require(&self, id: ItemId) -> Result<(), EditError> {
        if self.has(id) { Ok(()) } else { Err(EditError::NotFound(id)) }
    }

    /// The items that refer to this one. A source's strip goes with it and does not count, nor does its standing in for
    /// PGM.
    pub fn users(&self, id: ItemId) -> Vec<ItemId> {
        let layouts = |used: &dyn Fn(&Layout) -> bool| {
            let using = self.layouts.iter().filter(|layout| used(layout));
            using.map(|layout| layout.id.into()).collect::<Vec<ItemId>>()
        };
        match id {
            ItemId::Asset(id) => {
                let uses = |source: &&crate::Source| source.assets().any(|asset| asset == id);
                let sources = self.sources.iter().filter(uses);
                let mut users: Vec<ItemId> = sources.map(|source| source.id.into()).collect();
                users.extend(layouts(&|layout| layout.assets().any(|asset| asset == id)));
                let graphics = self.components.iter().filter(|item| item.asset() == Some(id));
                users.extend(graphics.map(|item| ItemId::from(item.id)));
                users
            }
            ItemId::Source(id) => layouts(&|layout| {
                let in_audio = layout.audio.iter().any(|part| part.source == id);
                in_audio || layout.sources().any(|source| source == id)
            }),
            ItemId::Layout(id) => {
                let scenes = self.scenes.iter().filter(|scene| scene.layout == id);
                scenes.map(|scene| scene.id.into()).collect()
            }
            ItemId::Component(id) => {
                let scenes = self.scenes.iter().filter(|scene| scene.components.contains(&id));
                scenes.map(|scene| scene.id.into()).collect()
            }
            ItemId::Scene(_) | ItemId::Output(_) => Vec::new(),
        }
    }
}
