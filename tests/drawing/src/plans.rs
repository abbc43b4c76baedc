//! Plans that nobody wrote by hand: any layout, any graphics, sources of any format.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::{Frame, Matrix, Picture, Pinned, PixelFormat, PixelLayout, Range};
use proptest::prelude::*;
use show::{
    Anchor, AssetId, Background, Border, ChromaKey, Colour, ColourMatrix, ColourRange, Component,
    ComponentId, ComponentKind, Crop, Feed, Fit, Pane, PictureSettings, Placement, Rect, Rotation,
    SourceId,
};

use crate::case::{Case, bus_of, bus_with};
use crate::pictures::{hash, natural, picture};
use crate::reference::Image;

fn any_format() -> impl Strategy<Value = PixelFormat> {
    let layout = prop_oneof![
        2 => Just(PixelLayout::I420),
        2 => Just(PixelLayout::Nv12),
        1 => Just(PixelLayout::Rgba),
    ];
    let matrix = prop_oneof![2 => Just(Matrix::Bt709), 1 => Just(Matrix::Bt601)];
    let range = prop_oneof![2 => Just(Range::Limited), 1 => Just(Range::Full)];
    (layout, matrix, range).prop_map(|(layout, matrix, range)| match layout {
        PixelLayout::Rgba => PixelFormat::RGBA,
        _ => PixelFormat { layout, matrix, range },
    })
}

fn any_frame() -> impl Strategy<Value = Frame> {
    let size = prop_oneof![Just((128_u32, 72_u32)), (9_u32..220, 9_u32..140)];
    (size, any_format(), 0_usize..9, any::<u64>()).prop_map(|(size, format, pad, seed)| {
        let bytes = natural(seed);
        let opaque = format.layout == PixelLayout::Rgba && seed % 3 == 0;
        let frame = picture(size, format, pad, move |plane, component, x, y| match component {
            3 if opaque => 255,
            _ => bytes(plane, component, x, y),
        });
        let aspects = [1.0, 1.0, 64.0 / 45.0, 0.5 + (seed / 8 % 100) as f64 / 50.0];
        frame.with_pixel_aspect(aspects[(seed / 2 % 4) as usize])
    })
}

fn any_colour() -> impl Strategy<Value = Colour> {
    (any::<[u8; 3]>(), prop_oneof![Just(255_u8), any::<u8>()]).prop_map(|([r, g, b], a)| Colour {
        r,
        g,
        b,
        a,
    })
}

fn any_pane() -> impl Strategy<Value = Pane> {
    let free = (-0.4..0.9_f64, -0.4..0.9_f64, 0.05..1.4_f64, 0.05..1.4_f64)
        .prop_map(|(x, y, w, h)| Rect::new(x, y, w, h));
    let grid = (0_u8..2, 0_u8..2)
        .prop_map(|(x, y)| Rect::new(f64::from(x) / 2.0, f64::from(y) / 2.0, 0.5, 0.5));
    let rect = prop_oneof![3 => free, 2 => grid, 1 => Just(Rect::FULL)];
    let crop = prop_oneof![
        2 => Just(Crop::NONE),
        1 => any_crop(),
    ];
    let some = |range: std::ops::Range<f64>, none: f64| prop_oneof![2 => Just(none), 1 => range];
    let border = prop::option::weighted(0.4, (0.005..0.15_f64, any_colour()));
    let feed = (1_u32..=6).prop_map(|id| Feed::Source(SourceId(id)));
    let placeholder = prop::option::of(Just(AssetId(20)));
    let look = (0_u8..3, any::<bool>(), some(0.0..0.4, 0.0), some(0.0..1.0, 1.0));
    (rect, feed, crop, border, placeholder, look).prop_map(
        |(rect, feed, crop, border, placeholder, (z, fill, corner, opacity))| Pane {
            rect,
            feed,
            z,
            fit: if fill { Fit::Fill } else { Fit::Fit },
            crop,
            border: border.map(|(width, colour)| Border { width, colour }),
            corner,
            opacity,
            placeholder,
        },
    )
}

fn any_crop() -> impl Strategy<Value = Crop> {
    [0.0..0.45_f64, 0.0..0.45, 0.0..0.45, 0.0..0.45].prop_map(|[left, top, right, bottom]| Crop {
        left,
        top,
        right,
        bottom,
    })
}

/// Any settings of a source's picture. Those of a key are not so hard that the last bit of a number decides.
fn any_settings() -> impl Strategy<Value = PictureSettings> {
    let rotations = [Rotation::None, Rotation::Right, Rotation::Half, Rotation::Left];
    let turn = (0..4_usize, any::<bool>(), any::<bool>());
    let crop = prop_oneof![2 => Just(Crop::NONE), 1 => any_crop()];
    let luma = prop_oneof![
        1 => Just((0.0, 1.0, 1.0)),
        1 => (-0.5..0.5_f64, 0.0..2.0_f64, 0.3..3.0_f64),
    ];
    let saturation = prop_oneof![1 => Just(1.0), 1 => 0.0..2.0_f64];
    let range = prop_oneof![
        3 => Just(None),
        1 => prop_oneof![Just(ColourRange::Limited), Just(ColourRange::Full)].prop_map(Some),
    ];
    let matrix = prop_oneof![
        3 => Just(None),
        1 => prop_oneof![Just(ColourMatrix::Bt601), Just(ColourMatrix::Bt709)].prop_map(Some),
    ];
    let key = (any_colour(), 0.0..0.5_f64, 0.05..0.5_f64, 0.05..0.5_f64);
    let key = key.prop_map(|(colour, similarity, smoothness, spill)| ChromaKey {
        colour,
        similarity,
        smoothness,
        spill,
    });
    let any = (turn, crop, luma, saturation, range, matrix, prop::option::weighted(0.3, key));
    let any =
        any.prop_map(move |((turn, mirror, flip), crop, luma, saturation, range, matrix, key)| {
            let (brightness, contrast, gamma) = luma;
            let rotation = rotations[turn];
            PictureSettings {
                rotation,
                mirror,
                flip,
                crop,
                brightness,
                contrast,
                saturation,
                gamma,
                range,
                matrix,
                key,
            }
        });
    prop_oneof![1 => Just(PictureSettings::default()), 1 => any]
}

fn any_component() -> impl Strategy<Value = Component> {
    let anchors = [Anchor::TopLeft, Anchor::Centre, Anchor::Right, Anchor::Bottom];
    let place = (0..4_usize, -0.6..0.6_f64, -0.6..0.6_f64)
        .prop_map(move |(anchor, x, y)| Placement { anchor: anchors[anchor], x, y });
    let opacity = prop_oneof![Just(1.0), 0.0..1.0_f64];
    (30_u32..33, place, opacity).prop_map(|(id, place, opacity)| Component {
        id: ComponentId(id),
        name: "Graphic".into(),
        kind: ComponentKind::Image { asset: AssetId(id - 10), height: None },
        place,
        opacity,
        live: false,
    })
}

fn any_image() -> impl Strategy<Value = Image> {
    (1_usize..70, 1_usize..50, any::<u64>()).prop_map(|(wide, high, seed)| {
        let opaque = seed % 4 == 0;
        let byte = |index: usize| {
            let (x, y, part) = (index / 4 % wide, index / 4 / wide, index % 4);
            let alpha = [0, 255, 255, hash(seed, [x as u64 / 5, y as u64 / 4, 9, 9]) as u8];
            match part {
                3 if opaque => 255,
                3 => alpha[(x / 5 + y / 4) % 4],
                _ => natural(seed)(0, part, x, y),
            }
        };
        Image { size: (wide, high), rgba: (0..wide * high * 4).map(byte).collect() }
    })
}

fn any_background() -> impl Strategy<Value = Background> {
    prop_oneof![
        2 => any_colour().prop_map(|colour| Background::Colour { colour }),
        1 => any::<bool>().prop_map(|fill| {
            let fit = if fill { Fit::Fill } else { Fit::Fit };
            Background::Picture { asset: AssetId(21), fit }
        }),
    ]
}

fn any_bus() -> impl Strategy<Value = Arc<Pinned>> {
    let panes = prop::collection::vec(any_pane(), 0..5);
    let components = prop::collection::vec(any_component(), 0..3);
    (any_background(), panes, components, any_colour()).prop_map(
        |(background, panes, components, colour)| bus_of(panes, components, background, colour),
    )
}

/// The same, the sources' pictures with settings.
fn any_set_bus() -> impl Strategy<Value = Arc<Pinned>> {
    let panes = prop::collection::vec(any_pane(), 0..5);
    let components = prop::collection::vec(any_component(), 0..3);
    let settings = prop::collection::vec(any_settings(), 6);
    (any_background(), panes, components, any_colour(), settings).prop_map(
        |(background, panes, components, colour, mut settings)| {
            // A still is rounded to whole codes as it is prepared: what stretches them makes more of
            // that than of what is tested.
            let of_still = &mut settings[5];
            *of_still = PictureSettings {
                contrast: of_still.contrast.min(1.0),
                saturation: of_still.saturation.min(1.0),
                gamma: 1.0,
                key: None,
                ..*of_still
            };
            bus_with(panes, components, (background, colour), &settings)
        },
    )
}

/// Any plan, with all that it is drawn from.
pub fn any_case() -> impl Strategy<Value = Case> {
    case_of(any_bus)
}

/// Any plan whose sources have settings, with all that it is drawn from.
pub fn any_set_case() -> impl Strategy<Value = Case> {
    case_of(any_set_bus)
}

fn case_of<B: Strategy<Value = Arc<Pinned>>>(bus: fn() -> B) -> impl Strategy<Value = Case> {
    let picture = prop_oneof![
        3 => bus().prop_map(Picture::One),
        1 => (bus(), bus(), 1_u32..50).prop_map(|(from, to, part)| {
            Picture::Mix { from, to, part, whole: 50 }
        }),
    ];
    // Every raster has even sides.
    let any_size = (20_u32..95, 15_u32..55).prop_map(|(wide, high)| (wide * 2, high * 2));
    let size = prop_oneof![Just((128_u32, 72_u32)), any_size];
    let sources = prop::collection::vec(any_frame(), 3);
    (size, picture, sources, prop::collection::vec(any_image(), 6)).prop_map(
        |(size, picture, sources, images)| {
            // The fourth source has no picture.
            let sources = sources.into_iter().enumerate();
            let sources =
                sources.map(|(index, frame)| (SourceId(index as u32 + 1), frame)).collect();
            let mut case = Case { size, picture, sources, images: BTreeMap::new() };
            let mut images = images.into_iter().cycle();
            let mut add = |bus: &Pinned| {
                for prep in bus.preps() {
                    case.images
                        .entry(prep.key)
                        .or_insert_with(|| images.next().expect("it has no end"));
                }
            };
            match &case.picture {
                Picture::One(bus) => add(bus),
                Picture::Mix { from, to, .. } => {
                    add(from);
                    add(to);
                }
            }
            case
        },
    )
}
