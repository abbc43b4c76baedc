//! Shows and edits for tests: one hand-made show, and strategies for random ones.

use proptest::prelude::*;
use show::{
    Anchor, Asset, AssetId, AssetKind, Background, CameraMode, CameraSource, ChromaKey, Colour,
    ColourRange, Component, ComponentId, ComponentKind, Crop, Db, DecodingSettings, Deinterlace,
    Device, Edit, Feed, FileEnd, Format, FrameRate, Item, ItemId, Layout, LayoutId,
    MicrophoneSource, Output, OutputId, OutputKind, PictureSettings, Placement, PlayFile, Raster,
    Rotation, Scene, SceneId, ScreenArea, ScreenSource, SecretName, Show, Side, SoundChannels,
    Source, SourceId, SourceKind, SourceSettings, StandardPattern, StandardPicture, Strip,
    Template, TextStyle, Tone, WhenHidden,
};

/// 1280x720 at 25.
pub const HD25: Format = Format { raster: Raster::Hd, rate: FrameRate::R25 };

/// A source of this kind, named after its id.
pub fn source(number: u32, kind: SourceKind) -> Source {
    let (name, uid) = (format!("Source {number}"), format!("uid-{number}"));
    Source::new(SourceId(number), name, uid, kind)
}

/// A text of this content in the middle.
pub fn text(number: u32, text: &str) -> Component {
    let style = TextStyle {
        text: text.to_owned(),
        family: None,
        size: 0.05,
        bold: false,
        colour: Colour::WHITE,
        max_width: 1.0,
        align: show::TextAlign::Start,
        outline: None,
        shadow: None,
        text_box: None,
    };
    Component {
        id: ComponentId(number),
        name: format!("Text {number}"),
        kind: ComponentKind::Text(style),
        place: Placement { anchor: Anchor::Centre, x: 0.0, y: 0.0 },
        opacity: 1.0,
        live: false,
    }
}

/// One of everything, without a fault.
pub fn full() -> Show {
    let mut show = Show::new("Harbour Tonight", HD25);
    let asset =
        |id, path: &str, kind| Asset { id: AssetId(id), path: path.into(), kind, hash: None };
    show.assets.push(asset(1, "media/film.mp4", AssetKind::Media));
    show.assets.push(asset(2, "media/logo.png", AssetKind::Picture));
    let play = PlayFile {
        asset: AssetId(1),
        end: FileEnd::Loop,
        in_millis: 500,
        out_millis: Some(9_000),
        start: None,
        track: None,
        hidden: WhenHidden::Pause,
    };
    show.sources.push(source(3, SourceKind::File(play)));
    show.sources.push(source(4, SourceKind::TestPattern { tag: 1 }));
    show.sources.push(source(5, SourceKind::Still { asset: AssetId(2) }));
    show.sources.push(source(6, SourceKind::Colour { colour: Colour::rgb(10, 20, 30) }));
    let url = "rtmp://127.0.0.1/live/cam".to_owned();
    show.sources.push(source(7, SourceKind::Live { url, latency_millis: 200 }));
    let feeds = [3, 4, 5, 7].map(|id| Feed::Source(SourceId(id)));
    show.layouts.push(Template::Quad.layout(LayoutId(8), "Quad", &feeds));
    show.layouts.push(Template::Single.layout(LayoutId(9), "Colour", &[Feed::Source(SourceId(6))]));
    show.components.push(text(10, "Elena Marchetti"));
    show.scenes.push(Scene {
        id: SceneId(11),
        name: "Opening".into(),
        layout: LayoutId(8),
        components: vec![ComponentId(10)],
    });
    show.mixer.strips.push(Strip { fader: Db(-6.0), ..Strip::new(SourceId(3)) });
    let output = |id, name: &str, kind| Output {
        id: OutputId(id),
        name: name.into(),
        kind,
        profile: Default::default(),
        bus: Default::default(),
        sei: Default::default(),
    };
    let record = OutputKind::Record { path: "recordings/show.mkv".into() };
    show.outputs.push(output(12, "Recording", record));
    let url = "rtmp://127.0.0.1/live".to_owned();
    let key = SecretName("city-portal".into());
    show.outputs.push(output(13, "City portal", OutputKind::Rtmp { url, key }));
    show
}

/// Any edit: about half of them fit the show of [`full`], the others must be refused.
pub fn any_edit() -> impl Strategy<Value = Edit> {
    let number = 0_u32..24;
    let name = prop_oneof![Just(String::new()), "[a-z语]{1,12}"];
    prop_oneof![
        name.clone().prop_map(Edit::Rename),
        (0..8_usize, 0..8_usize).prop_map(|(raster, rate)| {
            Edit::Format(Format { raster: Raster::ALL[raster], rate: FrameRate::ALL[rate] })
        }),
        any_item().prop_map(Edit::Add),
        any_item().prop_map(Edit::Replace),
        any_id().prop_map(Edit::Remove),
        (any_id(), 0..9_usize).prop_map(|(id, index)| Edit::Move(id, index)),
        (number, -120.0_f32..20.0).prop_map(|(source, fader)| {
            let strip = Strip { fader: Db(fader), ..Strip::new(SourceId(source)) };
            Edit::Mixer(show::Mixer { strips: vec![strip], ..Default::default() })
        }),
        prop::option::of((2_u32..8, prop::option::of(0_u32..70_000))).prop_map(|standby| {
            let standby = standby.map(|(id, after_millis)| show::Standby {
                after_millis,
                ..show::Standby::new(SourceId(id))
            });
            Edit::Standby(standby)
        }),
        (2_u32..8, any_settings())
            .prop_map(|(id, settings)| Edit::Settings(SourceId(id), settings)),
        (prop::option::of(0_u32..700_000), 0_u32..60).prop_map(|(black_millis, black_percent)| {
            let supervision = show::Supervision::default();
            Edit::Supervision(show::Supervision { black_millis, black_percent, ..supervision })
        }),
    ]
}

fn any_id() -> impl Strategy<Value = ItemId> {
    (0..6, 0_u32..24).prop_map(|(kind, id)| match kind {
        0 => AssetId(id).into(),
        1 => SourceId(id).into(),
        2 => LayoutId(id).into(),
        3 => ComponentId(id).into(),
        4 => SceneId(id).into(),
        _ => OutputId(id).into(),
    })
}

fn any_item() -> impl Strategy<Value = Item> {
    let number = 0_u32..24;
    prop_oneof![
        (number.clone(), any::<bool>()).prop_map(|(id, picture)| {
            let kind = if picture { AssetKind::Picture } else { AssetKind::Media };
            Item::Asset(Asset { id: AssetId(id), path: format!("file-{id}"), kind, hash: None })
        }),
        (number.clone(), any_source_kind(), any_settings()).prop_map(|(id, kind, settings)| {
            Item::Source(Source { settings, ..source(id, kind) })
        }),
        (number.clone(), 0..7_usize, prop::collection::vec(number.clone(), 0..9)).prop_map(
            |(id, template, feeds)| {
                let feeds: Vec<Feed> =
                    feeds.into_iter().map(|id| Feed::Source(SourceId(id))).collect();
                Item::Layout(Template::ALL[template].layout(LayoutId(id), "Layout", &feeds))
            }
        ),
        (number.clone(), any_layout())
            .prop_map(|(id, layout)| { Item::Layout(Layout { id: LayoutId(id), ..layout }) }),
        (number.clone(), "\\PC{0,20}").prop_map(|(id, words)| Item::Component(text(id, &words))),
        (number.clone(), number.clone(), prop::collection::vec(number, 0..4)).prop_map(
            |(id, layout, components)| {
                let components = components.into_iter().map(ComponentId).collect();
                let layout = LayoutId(layout);
                Item::Scene(Scene { id: SceneId(id), name: "Scene".into(), layout, components })
            }
        ),
    ]
}

/// Settings of a source, most of them within their ranges, and often none.
fn any_settings() -> impl Strategy<Value = SourceSettings> {
    let picture = (-1.1..1.1_f64, 0.0..2.1_f64, 0.2..4.0_f64, 0.0..0.6_f64, any::<[bool; 4]>());
    let picture =
        picture.prop_map(|(brightness, contrast, gamma, part, [turn, mirror, flip, full])| {
            let key = ChromaKey { similarity: part, spill: part * 2.0, ..ChromaKey::default() };
            PictureSettings {
                rotation: if turn { Rotation::Left } else { Rotation::None },
                mirror,
                crop: Crop { left: part, right: part, ..Crop::NONE },
                brightness,
                contrast,
                gamma,
                range: full.then_some(ColourRange::Full),
                key: mirror.then_some(key),
                flip,
                ..PictureSettings::default()
            }
        });
    let sound = (0_u32..5_100, 0_u32..5_100, any::<[bool; 4]>());
    let any = (picture, sound).prop_map(|(picture, (picture_delay, sound_delay, [a, b, c, d]))| {
        let deinterlace = match (a, d) {
            (true, true) => Deinterlace::Off,
            (false, true) => Deinterlace::Always,
            (_, false) => Deinterlace::Auto,
        };
        SourceSettings {
            picture,
            picture_delay_millis: picture_delay,
            sound_delay_millis: sound_delay,
            channels: if b { SoundChannels::Mono } else { SoundChannels::Swapped },
            // Most sources are not decoded.
            decoding: DecodingSettings { deinterlace, software: c && d, rests: a && d },
        }
    });
    prop_oneof![2 => Just(SourceSettings::default()), 1 => any]
}

fn any_layout() -> impl Strategy<Value = Layout> {
    let rect = (-1.0..2.0_f64, -1.0..2.0_f64, -0.1..2.0_f64, -0.1..2.0_f64);
    (rect, 3_u32..8, -0.2..0.7_f64, 0_u32..24).prop_map(|((x, y, w, h), id, corner, asset)| {
        let mut pane = show::Pane::new(show::Rect::new(x, y, w, h), Feed::Source(SourceId(id)));
        pane.corner = corner;
        let background = Background::Picture { asset: AssetId(asset), fit: show::Fit::Fill };
        Layout {
            id: LayoutId(0),
            name: "Random".into(),
            background,
            panes: vec![pane],
            audio: Vec::new(),
        }
    })
}

fn any_screen() -> impl Strategy<Value = ScreenSource> {
    let name = "[a-zA-Z0-9 -]{0,8}";
    let area = prop_oneof![
        Just(ScreenArea::Desktop),
        name.prop_map(|name| ScreenArea::Monitor { name }),
        (name, prop::option::of(name))
            .prop_map(|(class, title)| ScreenArea::Window { class, title }),
    ];
    (area, any::<bool>(), prop::option::of(0_u32..70))
        .prop_map(|(area, cursor, rate)| ScreenSource { area, cursor, rate })
}

fn any_end() -> impl Strategy<Value = FileEnd> {
    use FileEnd::{Back, Black, Loop, Once, Standby};
    prop::sample::select(vec![Once, Loop, Black, Standby, Back])
}

fn any_device() -> impl Strategy<Value = Device> {
    ("[a-z./-]{0,8}", "[a-zA-Z ]{0,8}").prop_map(|(id, name)| Device { id, name })
}

fn any_camera() -> impl Strategy<Value = CameraSource> {
    let mode = (0_u32..20_000, 0_u32..20_000, 0_u32..1_100_000)
        .prop_map(|(width, height, rate_millihertz)| CameraMode { width, height, rate_millihertz });
    (any_device(), prop::option::of(mode), 0_u32..6_000)
        .prop_map(|(device, mode, latency_millis)| CameraSource { device, mode, latency_millis })
}

fn any_microphone() -> impl Strategy<Value = MicrophoneSource> {
    let side = prop_oneof![Just(Side::Both), Just(Side::Left), Just(Side::Right)];
    (any_device(), 0_u32..40, side, 0_u32..6_000).prop_map(
        |(device, pair, side, latency_millis)| MicrophoneSource {
            device,
            pair,
            side,
            latency_millis,
        },
    )
}

fn any_source_kind() -> impl Strategy<Value = SourceKind> {
    prop_oneof![
        (0_u8..20).prop_map(|tag| SourceKind::TestPattern { tag }),
        (0_usize..5, 0_usize..3).prop_map(|(picture, tone)| {
            let (picture, tone) = (StandardPicture::ALL[picture], Tone::ALL[tone]);
            SourceKind::StandardPattern(StandardPattern { picture, tone })
        }),
        any::<u32>().prop_map(|bits| {
            let [r, g, b, a] = bits.to_be_bytes();
            SourceKind::Colour { colour: Colour { r, g, b, a } }
        }),
        (0_u32..24).prop_map(|id| SourceKind::Still { asset: AssetId(id) }),
        ("[a-z:/.]{0,16}", 0_u32..6_000)
            .prop_map(|(url, latency_millis)| SourceKind::Live { url, latency_millis }),
        any_screen().prop_map(SourceKind::Screen),
        any_camera().prop_map(SourceKind::Camera),
        any_microphone().prop_map(SourceKind::Microphone),
        (
            0_u32..24,
            0_u64..5_000,
            prop::option::of(0_u64..5_000),
            prop::option::of(0_u32..70),
            any::<bool>(),
            any_end()
        )
            .prop_map(|(id, in_millis, out_millis, track, plays_on, end)| {
                let (asset, start) = (AssetId(id), None);
                let hidden = if plays_on { WhenHidden::PlayOn } else { WhenHidden::Pause };
                SourceKind::File(PlayFile {
                    asset,
                    end,
                    in_millis,
                    out_millis,
                    track,
                    start,
                    hidden,
                })
            }),
    ]
}

/// Any command for program 0, fitting the show of [`full`] more often than not.
pub fn any_command() -> impl Strategy<Value = engine::Command> {
    use engine::{EditCommand, Key, Switch};
    let scene = 10_u32..13;
    let switch = prop_oneof![
        scene.clone().prop_map(|id| Switch::LoadScene(SceneId(id))),
        (7_u32..11).prop_map(|id| Switch::LoadLayout(LayoutId(id))),
        Just(Switch::Cut),
        Just(Switch::Auto),
        Just(Switch::Sync),
        (0_u16..10_200).prop_map(Switch::Bar),
        prop_oneof![Just(0_u16), Just(10_000)].prop_map(Switch::Bar),
        Just(Switch::Update),
        scene.prop_map(|id| Switch::Take(SceneId(id))),
        (7_u32..11).prop_map(|id| Switch::TakeLayout(LayoutId(id))),
    ];
    let edit = prop_oneof![
        3 => any_edit().prop_map(|edit| EditCommand::Do(Box::new(edit))),
        1 => Just(EditCommand::Undo),
        1 => Just(EditCommand::Redo),
    ];
    let key = (any::<bool>(), 9_u32..12, any::<bool>()).prop_map(|(pgm, id, on)| {
        let bus = if pgm { show::BusName::Pgm } else { show::BusName::Pvw };
        Key { bus, component: ComponentId(id), on }
    });
    let kind = prop_oneof![
        3 => switch.prop_map(engine::CommandKind::Switch),
        2 => edit.prop_map(engine::CommandKind::Edit),
        1 => key.prop_map(engine::CommandKind::Key),
        1 => any_mix().prop_map(engine::CommandKind::Mix),
        1 => any_play().prop_map(engine::CommandKind::Play),
        1 => any::<bool>().prop_map(engine::CommandKind::Standby),
        1 => (2_u32..9).prop_map(|id| engine::CommandKind::Reconnect(SourceId(id))),
    ];
    let kind = prop_oneof![
        5 => kind.clone(),
        1 => prop::collection::vec(kind, 0..4).prop_map(engine::CommandKind::Batch),
    ];
    (kind, prop::option::of(0_u64..3)).prop_map(|(kind, gesture)| engine::Command {
        gesture: gesture.map(engine::Gesture),
        ..command(kind)
    })
}

fn any_play() -> impl Strategy<Value = engine::Play> {
    use engine::Play;
    let source = (2_u32..8).prop_map(SourceId);
    prop_oneof![
        (source.clone(), any::<bool>()).prop_map(|(id, paused)| Play::Pause(id, paused)),
        (source.clone(), 0_u64..10_000).prop_map(|(id, millis)| Play::Seek(id, millis)),
        source.prop_map(Play::Restart),
    ]
}

fn any_mix() -> impl Strategy<Value = engine::Mix> {
    use engine::Mix;
    let source = (2_u32..8).prop_map(SourceId);
    let modes = [show::StripMode::Off, show::StripMode::On, show::StripMode::Afv];
    prop_oneof![
        (source.clone(), -120.0_f32..20.0).prop_map(|(id, fader)| Mix::Fader(id, Db(fader))),
        (source.clone(), any::<bool>()).prop_map(|(id, on)| Mix::Mute(id, on)),
        (source.clone(), any::<bool>()).prop_map(|(id, on)| Mix::Solo(id, on)),
        (source.clone(), -1.5_f32..1.5).prop_map(|(id, pan)| Mix::Pan(id, pan)),
        (source, 0..3_usize).prop_map(move |(id, mode)| Mix::Mode(id, modes[mode])),
        any::<bool>().prop_map(Mix::Follow),
    ]
}

/// A command for program 0 from the command line.
pub fn command(kind: engine::CommandKind) -> engine::Command {
    let (program, origin) = (engine::ProgramId(0), engine::Issuer::CommandLine);
    engine::Command { program, origin, gesture: None, kind }
}
