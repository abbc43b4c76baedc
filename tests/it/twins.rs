//! Every backend against the reference, on plans nobody wrote by hand.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use compositor::{Compositor, CpuCompositor, Gpu, GpuCompositor, Prepared, Ready};
use engine::{
    BusItems, Frame, FrameIndex, Matrix, Picture, Pinned, PixelFormat, PixelLayout, PrepKey, Range,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use show::{
    Anchor, Asset, AssetId, AssetKind, Background, Border, Colour, Component, ComponentId,
    ComponentKind, Crop, Feed, Fit, Layout, LayoutId, Pane, Placement, Rect, Show, SourceId,
    SourceKind,
};
use tests::pictures::{hash, natural, picture};
use tests::reference::{Drawn, Image, World, plane_size};
use tests::shows::{HD25, source};

/// Everything that is drawn from.
#[derive(Clone, Debug)]
struct Case {
    size: (u32, u32),
    picture: Picture,
    sources: Vec<(SourceId, Frame)>,
    images: BTreeMap<PrepKey, Image>,
}

/// Makes a compositor for a canvas of this size.
pub type Make = fn((u32, u32), Arc<Prepared>) -> Box<dyn Compositor>;

fn cpu((width, height): (u32, u32), prepared: Arc<Prepared>) -> Box<dyn Compositor> {
    Box::new(CpuCompositor::new(width, height, prepared))
}

/// One device for all: opening costs more than drawing.
pub fn device() -> Arc<Gpu> {
    static DEVICE: OnceLock<Arc<Gpu>> = OnceLock::new();
    let open = || Arc::new(Gpu::open().expect("mesa-vulkan-drivers is installed"));
    Arc::clone(DEVICE.get_or_init(open))
}

fn gpu((width, height): (u32, u32), prepared: Arc<Prepared>) -> Box<dyn Compositor> {
    Box::new(GpuCompositor::new(width, height, prepared, device()))
}

impl Case {
    fn prepared(&self) -> Arc<Prepared> {
        let prepared = Prepared::default();
        let mut buses = vec![];
        match &self.picture {
            Picture::One(bus) => buses.push(bus),
            Picture::Mix { from, to, .. } => buses.extend([from, to]),
        }
        for bus in buses {
            let graphics: Vec<PrepKey> = bus
                .graphics
                .iter()
                .flat_map(|graphic| &graphic.prep)
                .map(|prep| prep.key)
                .collect();
            for prep in bus.preps() {
                let Some(image) = self.images.get(&prep.key) else { continue };
                let (width, height) = (image.size.0 as u32, image.size.1 as u32);
                let ready = if graphics.contains(&prep.key) {
                    Ready::graphic(width, height, &image.rgba)
                } else {
                    Ready::picture(width, height, &image.rgba)
                };
                prepared.insert(prep.key, ready).unwrap();
            }
        }
        Arc::new(prepared)
    }

    fn drawn(&self, make: Make) -> Frame {
        let mut compositor = make(self.size, self.prepared());
        let frames = u64::from(compositor.latency()) + 1;
        let drawn = (0..frames).map(|frame| {
            let drawn = compositor.draw(FrameIndex(frame), &self.picture, &self.sources);
            compositor.wait();
            drawn
        });
        let (frame, picture) = drawn.last().flatten().expect("finished after its latency");
        assert_eq!(frame, FrameIndex(0));
        picture
    }

    fn reference(&self) -> Drawn {
        let size = (self.size.0 as usize, self.size.1 as usize);
        World { size, sources: &self.sources, images: &self.images }.draw(&self.picture)
    }
}

/// How far a plane may be from the reference, in codes: nearly all of a picture, and each sample
/// away from edges, where the reference is taken in whole codes too.
struct Bound {
    nearly_all: f32,
    inside: f32,
}

const LUMA: Bound = Bound { nearly_all: 4.0, inside: 2.0 };
const CHROMA: Bound = Bound { nearly_all: 8.0, inside: 4.0 };

/// The mean errors of luma and chroma may be this much over all pictures. In one it may be more: a
/// flat colour blended twice may be rounded the same way everywhere.
const MEANS: [f64; 2] = [0.6, 1.0];

/// Compares a backend's picture with the reference's; yields the mean errors of luma and chroma.
fn compare(got: &Frame, expected: &Drawn) -> Result<[f64; 2], String> {
    let mut means = [0.0; 2];
    for index in 0..3 {
        let (wide, high) = plane_size(expected.size, index);
        let plane = got.plane(index);
        let bound = if index == 0 { LUMA } else { CHROMA };
        let mut errors = Vec::with_capacity(wide * high);
        for at in 0..wide * high {
            let (x, y) = (at % wide, at / wide);
            let exact = expected.planes[index][at].clamp(0.0, 255.0);
            let value = f32::from(plane.data[y * plane.stride + x]);
            let error = (value - exact).abs();
            let away = (value - exact.round()).abs();
            if away > bound.inside && !expected.edges[index][at] {
                return Err(format!("plane {index} at {x}, {y}: {value}, not {exact}"));
            }
            errors.push(error);
        }
        errors.sort_by(f32::total_cmp);
        let mean = errors.iter().sum::<f32>() / errors.len() as f32;
        // The whole of a thousandth: a small picture may have one sample beyond.
        let rank = errors.len() - 1 - (errors.len().div_ceil(1_000)).min(errors.len() - 1);
        if errors[rank] > bound.nearly_all {
            return Err(format!("plane {index}: 99.9th percentile {}", errors[rank]));
        }
        means[index.min(1)] += f64::from(mean) / if index == 0 { 1.0 } else { 2.0 };
    }
    Ok(means)
}

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
        picture(size, format, pad, move |plane, component, x, y| match component {
            3 if opaque => 255,
            _ => bytes(plane, component, x, y),
        })
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
        1 => [0.0..0.45_f64, 0.0..0.45, 0.0..0.45, 0.0..0.45]
            .prop_map(|[left, top, right, bottom]| Crop { left, top, right, bottom }),
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

fn any_bus() -> impl Strategy<Value = Arc<Pinned>> {
    let background = prop_oneof![
        2 => any_colour().prop_map(|colour| Background::Colour { colour }),
        1 => any::<bool>().prop_map(|fill| {
            let fit = if fill { Fit::Fill } else { Fit::Fit };
            Background::Picture { asset: AssetId(21), fit }
        }),
    ];
    let panes = prop::collection::vec(any_pane(), 0..5);
    let components = prop::collection::vec(any_component(), 0..3);
    (background, panes, components, any_colour()).prop_map(
        |(background, panes, components, colour)| bus_of(panes, components, background, colour),
    )
}

/// Sources 1 to 4 are pictures, 5 is this colour, 6 a still.
fn bus_of(
    panes: Vec<Pane>,
    components: Vec<Component>,
    background: Background,
    colour: Colour,
) -> Arc<Pinned> {
    let mut show = Show::new("Random", HD25);
    let asset = |id: u32| {
        let (id, path, kind) = (AssetId(id), format!("{id}"), AssetKind::Picture);
        Asset { id, path, kind, hash: None }
    };
    show.assets = (20..23).map(asset).collect();
    let pattern = |id| source(id, SourceKind::TestPattern { tag: 0 });
    show.sources = (1..=4).map(pattern).collect();
    show.sources.push(source(5, SourceKind::Colour { colour }));
    show.sources.push(source(6, SourceKind::Still { asset: AssetId(22) }));
    let (id, name, audio) = (LayoutId(7), "Layout".to_owned(), Vec::new());
    show.layouts.push(Layout { id, name, background, panes, audio });
    let names = components.iter().map(|component| component.id).collect();
    show.components = components;
    BusItems { layout: Some(id), components: names, ..BusItems::default() }.pin(&show)
}

fn any_case() -> impl Strategy<Value = Case> {
    // Every raster has even sides.
    let any_size = (20_u32..95, 15_u32..55).prop_map(|(wide, high)| (wide * 2, high * 2));
    let size = prop_oneof![Just((128_u32, 72_u32)), any_size];
    let picture = prop_oneof![
        3 => any_bus().prop_map(Picture::One),
        1 => (any_bus(), any_bus(), 1_u32..50).prop_map(|(from, to, part)| {
            Picture::Mix { from, to, part, whole: 50 }
        }),
    ];
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
                    case.images.entry(prep.key).or_insert_with(|| images.next().unwrap());
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

/// Draws so many plans, always the same, and compares.
pub fn any_plan_is_drawn_as_the_reference_does(make: Make, cases: u32) {
    let config =
        Config { failure_persistence: None, cases, max_shrink_iters: 500, ..Config::default() };
    let sums = Cell::new([0.0; 2]);
    let test = |case: Case| {
        let means = compare(&case.drawn(make), &case.reference()).map_err(TestCaseError::fail)?;
        sums.set([0, 1].map(|index| sums.get()[index] + means[index]));
        Ok(())
    };
    // Always the same plans: a test that fails by chance helps nobody.
    let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    TestRunner::new_with_rng(config, random).run(&any_case(), test).unwrap();
    let means = sums.get().map(|sum| sum / f64::from(cases));
    assert!(means[0] <= MEANS[0] && means[1] <= MEANS[1], "mean errors: {means:?}");
}

/// Where a zone plate creeps by a tenth of a pixel a frame, no pixel of luma changes by more than a
/// code more than it does in the reference: nothing jumps, nothing shimmers.
fn a_creeping_picture_does_not_shimmer(make: Make) {
    let plate = picture((1_920, 1_080), PixelFormat::PROGRAMME, 0, |plane, _, x, y| {
        let (x, y) = (x as f64 - 960.0, y as f64 - 540.0);
        let wave = ((x * x + y * y) / 1_400.0).cos();
        if plane == 0 { (126.0 + 100.0 * wave).round() as u8 } else { 128 }
    });
    let at = |tenths: u32| {
        let rect = Rect::new((40.0 + f64::from(tenths) / 10.0) / 480.0, 0.11, 0.7, 0.7);
        let pane = Pane::new(rect, Feed::Source(SourceId(1)));
        let bus = bus_of(vec![pane], Vec::new(), Background::default(), Colour::BLACK);
        let sources = vec![(SourceId(1), plate.clone())];
        let (size, picture, images) = ((480, 270), Picture::One(bus), BTreeMap::new());
        let case = Case { size, picture, sources, images };
        (case.drawn(make), case.reference())
    };
    let mut before = at(0);
    for tenths in 1..=12 {
        let now = at(tenths);
        for index in 0..480 * 270 {
            let got = |frame: &Frame| {
                let plane = frame.plane(0);
                f32::from(plane.data[index / 480 * plane.stride + index % 480])
            };
            let exact = |drawn: &Drawn| drawn.planes[0][index];
            let change = (got(&now.0) - got(&before.0)).abs();
            let allowed = (exact(&now.1) - exact(&before.1)).abs().ceil() + 1.0;
            assert!(change <= allowed, "{tenths}, {index}: {change}, not {allowed}");
        }
        before = now;
    }
}

#[test]
fn the_cpu_draws_any_plan_as_the_reference_does() {
    any_plan_is_drawn_as_the_reference_does(cpu, 500);
}

#[test]
fn on_the_cpu_a_creeping_picture_does_not_shimmer() {
    a_creeping_picture_does_not_shimmer(cpu);
}

#[test]
fn the_gpu_draws_any_plan_as_the_reference_does() {
    any_plan_is_drawn_as_the_reference_does(gpu, 120);
    assert!(!device().is_lost(), "it was the GPU that drew");
}

#[test]
fn on_the_gpu_a_creeping_picture_does_not_shimmer() {
    a_creeping_picture_does_not_shimmer(gpu);
    assert!(!device().is_lost(), "it was the GPU that drew");
}
