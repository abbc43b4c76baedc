//! The graphics of a scene on its tile.

use std::sync::Arc;

use compositor::{Prepared, Preparer};
use show::{
    Anchor, Colour, Component, ComponentId, ComponentKind, LayoutId, Placement, Raster, Scene,
    SceneId, Show, TextBox,
};
use studio::window::graphics_picture::{draw, graphics, on_black};
use tests::shows;
use ui::Thumbnail;

/// A red box in the middle, this opaque.
fn show(raster: Raster, opacity: f64) -> Show {
    let mut show = Show::new("Graphics", show::Format { raster, ..shows::HD25 });
    let ComponentKind::Text(words) = shows::text(1, "MMMM").kind else { unreachable!() };
    let red = Colour::rgb(235, 20, 20);
    let text_box = Some(TextBox { colour: red, padding: 1.0 });
    let kind = ComponentKind::Text(show::TextStyle { colour: red, size: 0.2, text_box, ..words });
    let place = Placement { anchor: Anchor::Centre, x: 0.0, y: 0.0 };
    let (id, name) = (ComponentId(1), "Box".to_owned());
    show.components.push(Component { id, name, kind, place, opacity, live: false });
    let (id, name, components) = (SceneId(3), "Scene".to_owned(), vec![ComponentId(1)]);
    show.scenes.push(Scene { id, name, layout: LayoutId(2), components });
    show
}

fn drawn(show: &Show) -> Thumbnail {
    let small = graphics(&show.scenes[0], show).expect("it has graphics");
    let (prepared, mut preparer) = (Arc::new(Prepared::default()), Preparer::default());
    for prep in on_black(&small).preps() {
        let ready = preparer.prepare(prep, std::path::Path::new("/")).unwrap();
        prepared.insert(prep.key, ready).unwrap();
    }
    draw(&small, &prepared).unwrap()
}

fn pixel(picture: &Thumbnail, x: u32, y: u32) -> [u8; 4] {
    picture.rgba.as_chunks::<4>().0[(y * picture.size.0 + x) as usize]
}

#[test]
fn graphics_have_their_colour_where_they_are_and_are_see_through_elsewhere() {
    for raster in [Raster::Hd, Raster::Uhd, Raster::PortraitHd] {
        for (opacity, alpha) in [(1.0, 250..=255), (0.5, 118..=138)] {
            let picture = drawn(&show(raster, opacity));
            let (width, height) = picture.size;
            assert!(width <= Thumbnail::MOST.0 && height <= Thumbnail::MOST.1, "{width}, {height}");
            let [r, g, b, a] = pixel(&picture, width / 2, height / 2);
            assert!(alpha.contains(&a), "{raster:?}, {opacity}: alpha {a}");
            assert!(r > 215 && g < 45 && b < 45, "{raster:?}, {opacity}: {r}, {g}, {b}");
            let [.., corner] = pixel(&picture, 1, 1);
            assert!(corner <= 3, "{raster:?}: alpha {corner} where nothing is");
        }
    }
    let mut without = show(Raster::Hd, 1.0);
    without.scenes[0].components.clear();
    assert_eq!(graphics(&without.scenes[0], &without), None);
}
