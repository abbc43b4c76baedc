//! The small picture by which a show is known in the list of recent ones.

use std::sync::Arc;

use engine::{Snapshot, StandbyState};
use ui::Thumbnail;

use super::alone::Shown;
use super::monitor_link::MonitorLink;
use super::thumbnails::Scaler;

/// What is on PGM; if that is empty or not seen, the first source of the first scene.
pub fn of(link: &MonitorLink, snapshot: &Snapshot) -> Option<Arc<Thumbnail>> {
    if snapshot.pgm.layout.is_some() && snapshot.standby == StandbyState::Off {
        let monitors = link.newest.load_full()?;
        return Scaler::new(Arc::default()).draw(Shown::Frame(&monitors.pgm), None);
    }
    let layout = snapshot.show.layout(snapshot.show.scenes.first()?.layout)?;
    let source = layout.sources().next()?;
    link.thumbnails.load().get(&source.into()).cloned()
}
