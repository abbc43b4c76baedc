//! What an item of a show is called.

use show::{ItemId, Show};

/// An item's name.
pub fn name_of(show: &Show, id: ItemId) -> Option<&str> {
    Some(match id {
        ItemId::Asset(id) => &show.asset(id)?.path,
        ItemId::Source(id) => &show.source(id)?.name,
        ItemId::Layout(id) => &show.layout(id)?.name,
        ItemId::Component(id) => &show.component(id)?.name,
        ItemId::Scene(id) => &show.scene(id)?.name,
        ItemId::Output(id) => &show.output(id)?.name,
    })
}
