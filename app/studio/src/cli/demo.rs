//! The demo show, which needs no camera and no network.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use engine::FrameIndex;
use media::encode::Encoder;
use media::hub::Hub;
use media::pattern::Pattern;
use media::queue::{Queue, QueueBounds};
use media::record::{self, RecordReports, RecordStats};
use show::{
    Anchor, Asset, AssetId, AssetKind, Background, Colour, Component, ComponentId, ComponentKind,
    EncodeProfile, Feed, FileEnd, Fit, Format, FrameRate, Layout, LayoutId, Output, OutputId,
    OutputKind, Placement, PlayFile, Preset, Raster, Scene, SceneId, SeiPolicy, Show, Source,
    SourceId, SourceKind, Template, TextAlign, TextBox, TextStyle,
};

use crate::storage::show_files;
use crate::threads;

const LOGO: &[u8] = include_bytes!("../../../../assets/demo/logo.png");
const HARBOUR: &[u8] = include_bytes!("../../../../assets/demo/harbour.png");
/// Frames of the film: eight seconds.
const FILM_FRAMES: u64 = 200;
const FORMAT: Format = Format { raster: Raster::Hd, rate: FrameRate::R25 };

/// Writes the demo show and its media into a folder, and returns the show's path. Existing files are
/// kept, so a second call is quick.
///
/// # Errors
/// The folder cannot be written, or the film cannot be made on this machine.
pub fn write(folder: &Path) -> anyhow::Result<std::path::PathBuf> {
    let media = folder.join("media");
    fs::create_dir_all(&media).with_context(|| format!("{}", media.display()))?;
    keep_or_write(&media.join("logo.png"), LOGO)?;
    keep_or_write(&media.join("harbour.png"), HARBOUR)?;
    let film = media.join("film.mkv");
    if !film.exists() {
        make_film(&film).context("the demo's film cannot be made")?;
    }
    let path = folder.join("demo.json");
    if !path.exists() {
        show_files::save(&show(), &path)?;
    }
    Ok(path)
}

fn keep_or_write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if path.exists() { Ok(()) } else { fs::write(path, bytes) }
}

/// Makes a film of a test pattern, with the same encoder and recorder as a programme.
fn make_film(path: &Path) -> anyhow::Result<()> {
    media::init()?;
    let profile = EncodeProfile { preset: Preset::Superfast, ..EncodeProfile::default() };
    let hub = Arc::new(Hub::default());
    let sink: Arc<dyn media::encode::Sink> = hub.clone();
    let encoder = Encoder::start(FORMAT, profile, sink)?;
    let queue = Arc::new(Queue::new(QueueBounds::RECORDING));
    hub.join(SeiPolicy { layout_volume: None, payload_type: 5 }, Arc::clone(&queue));
    // It is renamed when it is complete: one that was interrupted is made again.
    let partial = path.with_extension("part.mkv");
    let _none = fs::remove_file(&partial);
    let (to, from) = (partial.clone(), Arc::clone(&queue));
    let recorder = threads::spawn("film", move || {
        record::run(&to, &from, &RecordStats::default(), &RecordReports::UNHEARD)
    })?;
    let pattern = Pattern::new(FORMAT, 9);
    for n in 0..FILM_FRAMES {
        let mut sound = Vec::new();
        pattern.sound(n, &mut sound);
        encoder.audio(FrameIndex(n).samples(FORMAT.rate), &sound, true);
        encoder.video(FrameIndex(n), &pattern.picture(n), false);
    }
    encoder.finish();
    queue.close();
    match recorder.join() {
        Ok(done) => done?,
        Err(_) => anyhow::bail!("the recorder panicked"),
    }
    fs::rename(partial, path)?;
    Ok(())
}

fn source(id: u32, name: &str, uid: &str, kind: SourceKind) -> Source {
    Source::new(SourceId(id), name, uid, kind)
}

fn sources() -> Vec<Source> {
    let film = PlayFile::whole(AssetId(1), FileEnd::Loop);
    vec![
        source(11, "Camera 1", "camera-1", SourceKind::TestPattern { tag: 1 }),
        source(12, "Camera 2", "camera-2", SourceKind::TestPattern { tag: 2 }),
        source(13, "Film", "film", SourceKind::File(film)),
        source(14, "Harbour", "harbour", SourceKind::Still { asset: AssetId(3) }),
    ]
}

fn layouts() -> Vec<Layout> {
    let feeds =
        |ids: &[u32]| -> Vec<Feed> { ids.iter().map(|id| Feed::Source(SourceId(*id))).collect() };
    let mut boxes = Template::SideBySide.layout(LayoutId(22), "Two boxes", &feeds(&[11, 12]));
    boxes.background = Background::Picture { asset: AssetId(3), fit: Fit::Fill };
    for (pane, x) in boxes.panes.iter_mut().zip([0.04, 0.51]) {
        pane.rect = show::Rect::new(x, 0.2, 0.45, 0.45);
        pane.corner = 0.02;
        pane.border = Some(show::Border { width: 0.004, colour: Colour::WHITE });
    }
    vec![
        Template::Single.layout(LayoutId(21), "Camera 1", &feeds(&[11])),
        boxes,
        Template::PictureInPicture.layout(LayoutId(23), "Film and camera", &feeds(&[13, 12])),
        Template::Quad.layout(LayoutId(24), "Quad", &feeds(&[11, 12, 13, 14])),
        Template::Single.layout(LayoutId(25), "Harbour", &feeds(&[14])),
    ]
}

fn components() -> Vec<Component> {
    let style = TextStyle {
        text: "Harbour Tonight  今夜海港".into(),
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
    let logo = ComponentKind::Image { asset: AssetId(2), height: Some(0.12) };
    let at = |anchor, x, y| Placement { anchor, x, y };
    let component = |id, name: &str, kind, place| Component {
        id: ComponentId(id),
        name: name.into(),
        kind,
        place,
        opacity: 1.0,
        live: false,
    };
    vec![
        component(31, "Logo", logo, at(Anchor::TopRight, -0.03, 0.05)),
        component(32, "Title", ComponentKind::Text(style), at(Anchor::BottomLeft, 0.05, -0.08)),
    ]
}

/// The demo show; its media is beside it.
pub fn show() -> Show {
    let mut show = Show::new("Harbour Tonight", FORMAT);
    let asset =
        |id, path: &str, kind| Asset { id: AssetId(id), path: path.into(), kind, hash: None };
    show.assets = vec![
        asset(1, "media/film.mkv", AssetKind::Media),
        asset(2, "media/logo.png", AssetKind::Picture),
        asset(3, "media/harbour.png", AssetKind::Picture),
    ];
    show.sources = sources();
    show.layouts = layouts();
    show.components = components();
    let scene = |id, name: &str, layout, components: &[u32]| Scene {
        id: SceneId(id),
        name: name.into(),
        layout: LayoutId(layout),
        components: components.iter().map(|id| ComponentId(*id)).collect(),
    };
    show.scenes = vec![
        scene(41, "Opening", 22, &[31, 32]),
        scene(42, "Camera 1", 21, &[31]),
        scene(43, "Film and camera", 23, &[31]),
        scene(44, "Quad", 24, &[31]),
        scene(45, "Harbour", 25, &[31, 32]),
    ];
    let kind = OutputKind::Record { path: "recordings/harbour.mkv".into() };
    let (profile, bus, sei) = Default::default();
    let id = OutputId(51);
    show.outputs = vec![Output { id, name: "Recording".into(), kind, profile, bus, sei }];
    show
}
