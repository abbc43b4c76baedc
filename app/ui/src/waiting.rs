//! What *Update on air* would change: counted from a snapshot.

use engine::{Graphic, Snapshot};
use show::{Layout, Source};

/// How many edits of the show are not on air yet: differences between what is on PGM as it was pinned and what
/// the show says of it now. Names are not counted, since no viewer sees them.
pub fn waiting_changes(snapshot: &Snapshot) -> usize {
    let air = &*snapshot.on_air;
    let now = air.items.pin(&snapshot.show);
    // As an update does: a layout that was removed stays on air as it is.
    if now.layout.is_none() && air.layout.is_some() {
        return 0;
    }
    let layout = air.layout.as_ref().map(unnamed_layout) != now.layout.as_ref().map(unnamed_layout);
    let id = |graphic: &Graphic| graphic.component.id;
    let graphics = differences(&air.graphics, &now.graphics, id, |graphic| {
        let mut graphic = graphic.clone();
        graphic.component.name.clear();
        graphic
    });
    // What came or went with a change of the layout is that change.
    let sources = changed(&air.sources, &now.sources, |source| source.id, unnamed_source);
    let films = changed(&air.films, &now.films, |film| film.id, Clone::clone);
    let pictures = now
        .pictures
        .iter()
        .filter(|(id, prep)| air.pictures.get(id).is_some_and(|old| old != *prep));
    usize::from(layout) + graphics + sources + films + pictures.count()
}

fn unnamed_layout(layout: &Layout) -> Layout {
    Layout { name: String::new(), ..layout.clone() }
}

fn unnamed_source(source: &Source) -> Source {
    Source { name: String::new(), ..source.clone() }
}

/// How many items are in both and differ.
fn changed<T, Id: PartialEq, Seen: PartialEq>(
    old: &[T],
    new: &[T],
    id: impl Fn(&T) -> Id,
    seen: impl Fn(&T) -> Seen,
) -> usize {
    let differs = |item: &&T| {
        let before = old.iter().find(|before| id(before) == id(item));
        before.is_some_and(|before| seen(before) != seen(item))
    };
    new.iter().filter(differs).count()
}

/// The same with those that are in one alone.
fn differences<T, Id: PartialEq, Seen: PartialEq>(
    old: &[T],
    new: &[T],
    id: impl Fn(&T) -> Id,
    seen: impl Fn(&T) -> Seen,
) -> usize {
    let missing = |from: &[T], of: &[T]| {
        of.iter().filter(|item| !from.iter().any(|other| id(other) == id(item))).count()
    };
    missing(old, new) + missing(new, old) + changed(old, new, id, seen)
}
