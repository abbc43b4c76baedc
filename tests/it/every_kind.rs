//! Takes of every kind of source and graphic: PGM is never black, and shows nothing of another.

use std::path::PathBuf;
use std::time::Duration;

use engine::{Command, CommandKind, Rejection, Switch};
use media::pattern::Pattern;
use show::{
    Asset, AssetId, AssetKind, Colour, Component, ComponentId, ComponentKind, Feed, FileEnd,
    LayoutId, PlayList, Rect, Scene, SceneId, SourceId, SourceKind, StandardPattern,
    StandardPicture, Start, Template, TextBox, Tone, WhenHidden,
};
use studio::sources::WarmBudget;
use tests::air::{self, Expected, Mark};
use tests::canary::{Fault, real_time};
use tests::numbers::{Area, Luma};
use tests::{media as made, shows, time};

use crate::warm_takes::{LD25, Stand, black_or_wrong, jumps};

/// A picture file that shows the pattern of this tag and number.
fn pattern_picture(tag: u8, number: u64) -> PathBuf {
    made::kept(&format!("pattern-{tag}-{number}.png"), |path| {
        let frame = Pattern::new(LD25, tag).picture(number);
        let luma = Luma::of(&frame);
        let grey = |x: u32, y: u32| {
            let code = luma.data[y as usize * luma.stride + x as usize];
            image::Luma([((f64::from(code) - 16.0) * 255.0 / 219.0).clamp(0.0, 255.0) as u8])
        };
        let (width, height) = (luma.width as u32, luma.height as u32);
        image::GrayImage::from_fn(width, height, grey).save(path).unwrap();
    })
}

/// What is to be taken, and what is seen of it.
struct Kinds {
    stand: Stand,
    marks: Vec<Mark>,
    takes: Vec<Switch>,
}

impl Kinds {
    /// As a scene with these graphics: a layout alone leaves those that PVW has.
    fn take(&mut self, layout: u32, components: &[ComponentId]) {
        let id = SceneId(700 + layout);
        let (name, components) = (format!("Scene {layout}"), components.to_vec());
        self.stand.show.scenes.push(Scene { id, name, layout: LayoutId(layout), components });
        self.takes.push(Switch::Take(id));
    }

    fn mark(&mut self, layout: u32, rect: Rect, expected: Expected) {
        let area = Area::pane(rect, LD25.raster.size());
        self.marks.push(Mark { layout: LayoutId(layout), area, expected });
    }

    fn asset(&mut self, tag: u8, number: u64) -> AssetId {
        let asset = AssetId(500 + u32::from(tag));
        let path = pattern_picture(tag, number).display().to_string();
        let kind = AssetKind::Picture;
        self.stand.show.assets.push(Asset { id: asset, path, kind, hash: None });
        asset
    }

    fn still(&mut self, tag: u8, number: u64) {
        let asset = self.asset(tag, number);
        let layout = self.stand.add(SourceKind::Still { asset });
        self.take(layout, &[]);
        self.mark(layout, Rect::FULL, Expected::Number((tag, number)));
    }

    /// A colour of this much of each part, and what that is in Y'.
    fn colour(&mut self, grey: u8) -> u32 {
        let layout = self.stand.add(SourceKind::Colour { colour: Colour::rgb(grey, grey, grey) });
        let luma = 16.0 + f64::from(grey) * 219.0 / 255.0;
        self.mark(layout, Rect::new(0.0, 0.0, 1.0, 0.1), Expected::Luma(luma - 3.0..=luma + 3.0));
        layout
    }

    /// A scene of a colour under a graphic.
    fn scene(&mut self, grey: u8, kind: ComponentKind) -> u32 {
        let layout = self.colour(grey);
        let number = 600 + layout;
        let component = Component { id: ComponentId(number), kind, ..shows::text(number, "") };
        self.stand.show.components.push(component);
        self.take(layout, &[ComponentId(number)]);
        layout
    }

    /// Of each kind more than one.
    fn all() -> Self {
        let mut all = Self { stand: Stand::new(), marks: Vec::new(), takes: Vec::new() };
        for tag in 0..8 {
            let film = all.stand.film(tag, Start::Free, WhenHidden::Pause);
            all.take(film, &[]);
        }
        for tag in 8..10 {
            let cued = all.stand.film(tag, Start::OnTake, WhenHidden::Pause);
            all.take(cued, &[]);
        }
        for tag in 10..12 {
            let pattern = all.stand.add(SourceKind::TestPattern { tag });
            all.stand.tags.insert(SourceId(pattern - 100), tag);
            all.take(pattern, &[]);
            let live = all.stand.live(tag + 2);
            all.take(live, &[]);
        }
        all.still(14, 123);
        all.still(15, 45_678);
        for grey in [40, 200] {
            let colour = all.colour(grey);
            all.take(colour, &[]);
        }
        for tag in 10..12 {
            let screen = all.stand.screen(tag);
            all.take(screen, &[]);
        }
        for tag in 12..14 {
            let camera = all.stand.camera(tag);
            all.take(camera, &[]);
        }
        for (tag, end) in [(1, FileEnd::Loop), (2, FileEnd::Once)] {
            let list = PlayList::new(vec![AssetId(300 + u32::from(tag)); 2], end);
            let layout = all.stand.add(SourceKind::List(list));
            all.stand.tags.insert(SourceId(layout - 100), tag);
            all.take(layout, &[]);
        }
        // The white bar of the one, the grey panel of the other.
        for (picture, luma) in
            [(StandardPicture::EbuBars, 235.0), (StandardPicture::SmpteBars, 104.0)]
        {
            let pattern = StandardPattern { picture, tone: Tone::Minus18 };
            let layout = all.stand.add(SourceKind::StandardPattern(pattern));
            let area = Rect::new(0.02, 0.02, 0.08, 0.1);
            all.mark(layout, area, Expected::Luma(luma - 3.0..=luma + 3.0));
            all.take(layout, &[]);
        }
        let ComponentKind::Text(words) = shows::text(1, "On air").kind else { unreachable!() };
        let text_box = TextBox { colour: Colour::WHITE, padding: 1.0 };
        let style = show::TextStyle { size: 0.2, text_box: Some(text_box), ..words };
        let text = all.scene(60, ComponentKind::Text(style));
        // The box is white, and so are the letters.
        all.mark(text, Rect::new(0.45, 0.45, 0.1, 0.1), Expected::Luma(225.0..=240.0));
        let (asset, height) = (all.asset(13, 999), Some(0.5));
        let image = all.scene(80, ComponentKind::Image { asset, height });
        all.mark(image, Rect::new(0.25, 0.25, 0.5, 0.5), Expected::Number((13, 999)));
        let feeds = [10, 13, 20, 22].map(|id| Feed::Source(SourceId(id)));
        all.stand.show.layouts.push(Template::Quad.layout(LayoutId(200), "Quad", &feeds));
        all.take(200, &[]);
        all
    }
}

/// Fails to compile when there is another kind, which then belongs to [`Kinds::all`].
fn index(kind: &SourceKind) -> usize {
    match kind {
        SourceKind::TestPattern { .. } => 0,
        SourceKind::Live { .. } => 1,
        SourceKind::File(_) => 2,
        SourceKind::Still { .. } => 3,
        SourceKind::Colour { .. } => 4,
        SourceKind::Screen(_) => 5,
        SourceKind::Camera(_) => 6,
        SourceKind::StandardPattern(_) => 7,
        SourceKind::List(_) => 8,
        // What is seen of it is a level, without a number.
        SourceKind::Microphone(_) => unreachable!(),
    }
}

/// Twenty sources, of which a few are kept open; hot and cold, twice in a row, and 0.1 s apart.
#[test]
fn takes_of_every_kind_are_never_black_and_show_what_was_taken() {
    real_time("every kind", LD25.rate, |_| {
        let kinds = Kinds::all();
        let Kinds { stand, marks, takes } = &kinds;
        let mut counts = [0; 9];
        stand.show.sources.iter().for_each(|source| counts[index(&source.kind)] += 1);
        assert!(counts.iter().all(|count| *count >= 2), "{counts:?}");
        let first = stand.show.layouts[0].id.0;
        let session = stand.start(first, WarmBudget { sources: 6, ..WarmBudget::default() });
        // Far apart in turn, each twice in a row; then in a hurry, in an order that has no pattern.
        let calm = takes.iter().flat_map(|take| [(500, *take), (200, *take)]);
        let hurried = (0..50).map(|n: usize| (100, takes[(n * n * 7 + n * 3) % takes.len()]));
        let order: Vec<(u64, Switch)> = calm.chain(hurried).collect();
        let mut seen = air::watch_marks(&session, &stand.show, marks, || {
            for (pause, switch) in &order {
                time::sleep(Duration::from_millis(*pause));
                let kind = CommandKind::Switch(*switch);
                let command = Command { program: session.program, ..shows::command(kind) };
                session.commands.send(command).unwrap();
            }
            time::sleep(Duration::from_millis(600));
        });
        drop(session.finish());
        black_or_wrong(stand, &mut seen)?;
        let unmet = seen.unmet(marks);
        if !unmet.is_empty() {
            return Err(format!("{} times not what was taken: {unmet:?}", unmet.len()).into());
        }
        let films: Vec<SourceId> = (10..18).map(SourceId).collect();
        let jumps = jumps(&seen, &films);
        if !jumps.is_empty() {
            return Err(format!("{jumps:?}").into());
        }
        let taken: std::collections::BTreeSet<_> = seen.order().into_iter().collect();
        if taken.len() < takes.len() {
            return Err(Fault::Late(format!("{} of {} were on air", taken.len(), takes.len())));
        }
        let others = |rejection: &&Rejection| **rejection != Rejection::Superseded;
        match seen.refused.iter().find(others) {
            None => Ok(()),
            Some(other) => Err(Fault::Late(format!("{other:?}"))),
        }
    });
}
