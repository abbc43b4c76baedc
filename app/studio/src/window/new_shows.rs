//! The shows that an operator can begin with: empty, or with test patterns where the cameras are to be.

use std::path::Path;

use show::{Feed, Layout, LayoutId, Scene, SceneId, Show, Source, SourceId, SourceKind, Template};
use ui::{ShowTemplate, Translations};

use crate::production;

/// A new show, named in the operator's language, that records into this folder.
pub fn new_show(template: Option<ShowTemplate>, words: &Translations, recordings: &Path) -> Show {
    let names = (words.get("untitled"), words.get("recording-name"));
    let mut show = production::new_show(names, recordings);
    let camera = |number: usize| words.with("camera-number", "number", number);
    let (names, both, together) = match template {
        None => return show,
        Some(ShowTemplate::TwoCameras) => {
            ([camera(1), camera(2)], words.get("scene-both"), Template::SideBySide)
        }
        Some(ShowTemplate::Interview) => {
            let names = ["scene-host", "scene-guest"].map(|key| words.get(key));
            (names, words.get("scene-interview"), Template::PictureInPicture)
        }
    };
    let sources = names.map(|name| add_source(&mut show, name));
    // What both are in comes first: it is on PVW when the show opens.
    add_scene(&mut show, &both, together, &sources);
    for source in sources {
        let name = show.source(source).map(|source| source.name.clone()).unwrap_or_default();
        add_scene(&mut show, &name, Template::Single, &[source]);
    }
    show
}

/// A test pattern, until it is replaced.
fn add_source(show: &mut Show, name: String) -> SourceId {
    let id = SourceId(show.free_number());
    let tag = show.sources.len() as u8 + 1;
    let (uid, kind) = (format!("camera-{tag}"), SourceKind::TestPattern { tag });
    show.sources.push(Source::new(id, name, uid, kind));
    id
}

fn add_scene(show: &mut Show, name: &str, template: Template, sources: &[SourceId]) {
    let feeds: Vec<Feed> = sources.iter().map(|id| Feed::Source(*id)).collect();
    let layout: Layout = template.layout(LayoutId(show.free_number()), name, &feeds);
    let of_scene = layout.id;
    show.layouts.push(layout);
    let id = SceneId(show.free_number());
    show.scenes.push(Scene { id, name: name.to_owned(), layout: of_scene, components: Vec::new() });
}
