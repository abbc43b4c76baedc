//! The CPU compositor against a slow, plain reference.

use compositor::{Compositor, CpuCompositor};
use engine::{BusItems, Frame, FrameIndex, FramePool, Picture, Pinned};
use proptest::prelude::*;
use show::{
    Background, Colour, Feed, Fit, Format, FrameRate, Layout, LayoutId, Pane, Raster, Rect, Show,
    SourceId, SourceKind,
};
use std::sync::Arc;
use tests::allocations;

const CAMERA: SourceId = SourceId(1);

/// A picture whose luma is this function of the pixel; chroma is this function of the chroma pixel.
fn draw(size: (u32, u32), luma: impl Fn(u32, u32) -> u8, chroma: impl Fn(u32, u32) -> u8) -> Frame {
    let mut canvas = FramePool::new(size.0, size.1, 1).take();
    for index in 0..3 {
        let (wide, high) = canvas.plane_size(index);
        let (bytes, stride) = canvas.plane_mut(index);
        for y in 0..high {
            for x in 0..wide {
                let (column, row) = (x as u32, y as u32);
                let value = if index == 0 { luma(column, row) } else { chroma(column, row) };
                bytes[y * stride + x] = value;
            }
        }
    }
    canvas.finish()
}

fn flat(size: (u32, u32), value: u8) -> Frame {
    draw(size, |_, _| value, |_, _| value)
}

fn pixel(frame: &Frame, plane: usize, x: usize, y: usize) -> u8 {
    let plane = frame.plane(plane);
    plane.data[y * plane.stride + x]
}

fn bus(pane: Pane, background: Colour) -> Arc<Pinned> {
    let format = Format { raster: Raster::Ld, rate: FrameRate::R25 };
    let mut show = Show::new("Test", format);
    show.sources.push(tests::shows::source(1, SourceKind::TestPattern { tag: 0 }));
    let background = Background::Colour { colour: background };
    let (id, name, audio) = (LayoutId(2), "Layout".to_owned(), Vec::new());
    show.layouts.push(Layout { id, name, background, panes: vec![pane], audio });
    BusItems { layout: Some(id), ..BusItems::default() }.pin(&show)
}

fn compose(size: (u32, u32), pane: Pane, frame: &Frame) -> Frame {
    let picture = Picture::One(bus(pane, Colour::BLACK));
    let sources = [(CAMERA, frame.clone())];
    drawn(&mut CpuCompositor::new(size.0, size.1, Arc::default()), &picture, &sources)
}

fn drawn(
    compositor: &mut CpuCompositor,
    picture: &Picture,
    sources: &[(SourceId, Frame)],
) -> Frame {
    compositor.draw(FrameIndex(0), picture, sources).unwrap().1
}

fn pane(rect: Rect) -> Pane {
    Pane { fit: Fit::Fill, ..Pane::new(rect, Feed::Source(CAMERA)) }
}

/// The operation's definition for one axis: the mean of the source over the pixel (shrinking), or
/// the linear interpolation at its middle (growing), edges repeated; numerically, 512 points a pixel.
fn reference(source: &[f64], pixel: usize, to: (f64, f64), from: (f64, f64)) -> f64 {
    let step = from.1 / to.1;
    let points = 512;
    let (low, wide) = if step >= 1.0 {
        (pixel as f64, 1.0)
    } else {
        let middle = pixel as f64 + 0.5;
        (middle - 0.5 / step, 1.0 / step)
    };
    let sample = |point: usize| {
        let place = low + wide * (f64::from(point as u32) + 0.5) / f64::from(points as u32);
        let at = from.0 + (place - to.0) * step;
        source[(at.floor().max(0.0) as usize).min(source.len() - 1)]
    };
    (0..points).map(sample).sum::<f64>() / f64::from(points as u32)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..Default::default() })]

    /// Inside the pane, away from its edges, luma is the reference's within two codes.
    #[test]
    fn scaling_is_the_references(
        seed in any::<u64>(),
        (sw, cw) in (20_u32..300, 20_u32..300),
        (x, w) in (-0.3..0.6_f64, 0.2..1.2_f64),
    ) {
        // A row of noise, the same on every line: each axis is scaled by the same code.
        let noise: Vec<f64> = (0..u64::from(sw))
            .map(|i| (seed ^ (i * 0x9e37)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56)
            .map(|value| value as f64)
            .collect();
        let across = draw((sw, 64), |x, _| noise[x as usize] as u8, |_, _| 128);
        let down = draw((64, sw), |_, y| noise[y as usize] as u8, |_, _| 128);
        let stretch = |rect| Pane { fit: Fit::Fill, ..pane(rect) };
        // Aspects are made equal, so that `Fill` crops nothing.
        let to = (x * f64::from(cw), w * f64::from(cw));
        let height = 64.0 * to.1 / f64::from(sw);
        // The line that is looked at must be covered whole.
        prop_assume!(height >= 1.0);
        let canvas_height = (height.ceil() as u32).max(2) + 2;
        let h = height / f64::from(canvas_height);
        let wide = compose((cw, canvas_height), stretch(Rect::new(x, 0.0, w, h)), &across);
        let tall = compose((canvas_height, cw), stretch(Rect::new(0.0, x, h, w)), &down);
        let (low, high) = ((to.0 + 2.0).ceil().max(0.0), (to.0 + to.1 - 2.0).min(f64::from(cw)));
        for at in low as usize..high.max(low) as usize {
            let expected = reference(&noise, at, to, (0.0, f64::from(sw)));
            for got in [pixel(&wide, 0, at, 0), pixel(&tall, 0, 0, at)] {
                // The step of this reference is 1/512 of a pixel, up to a code of noise's 255, and weights of 8 bits may add two.
                prop_assert!((f64::from(got) - expected).abs() <= 4.0, "{at}: {got}, not {expected}");
            }
        }
    }

    /// A flat colour stays that colour on every pixel the pane covers whole.
    #[test]
    fn a_flat_picture_stays_flat(
        value in any::<u8>(),
        size in (2_u32..90, 2_u32..90),
        x in -0.4..0.7_f64, y in -0.4..0.7_f64, w in 0.1..1.5_f64, h in 0.1..1.5_f64,
    ) {
        let (cw, ch) = (97_u32, 61_u32);
        let out = compose((cw, ch), pane(Rect::new(x, y, w, h)), &flat(size, value));
        for row in 0..ch {
            for column in 0..cw {
                let inside = |at: u32, start: f64, length: f64, size: u32| {
                    let (start, length) = (start * f64::from(size), length * f64::from(size));
                    f64::from(at) >= start && f64::from(at) + 1.0 <= start + length
                };
                if inside(column, x, w, cw) && inside(row, y, h, ch) {
                    let got = pixel(&out, 0, column as usize, row as usize);
                    prop_assert_eq!(got, value, "{}, {}", column, row);
                }
            }
        }
    }
}

#[test]
fn frame_k_of_l_is_k_of_l_on_flat_patches() {
    let mut compositor = CpuCompositor::new(64, 36, Arc::default());
    let (dark, bright) = (16_u32, 235_u32);
    for whole in [2_u32, 3, 7, 25, 1_000, 10_000] {
        for part in (1..whole).step_by((whole / 20 + 1) as usize) {
            let colour = |value| Colour::rgb(value, value, value);
            let empty = Pane { opacity: 0.0, ..pane(Rect::FULL) };
            let (from, to) = (bus(empty.clone(), colour(0)), bus(empty, colour(255)));
            let out = drawn(&mut compositor, &Picture::Mix { from, to, part, whole }, &[]);
            let exact = dark as f64 + f64::from(bright - dark) * f64::from(part) / f64::from(whole);
            let got = f64::from(pixel(&out, 0, 31, 17));
            assert!((got - exact).abs() <= 1.0, "{part}/{whole}: {got}, not {exact}");
        }
    }
}

#[test]
fn an_untouched_full_screen_source_is_not_copied() {
    let frame = flat((64, 36), 90);
    let out = compose((64, 36), Pane::new(Rect::FULL, Feed::Source(CAMERA)), &frame);
    assert_eq!(out.plane(0).data.as_ptr(), frame.plane(0).data.as_ptr());
    let touched = Pane { opacity: 0.5, ..Pane::new(Rect::FULL, Feed::Source(CAMERA)) };
    let out = compose((64, 36), touched, &frame);
    assert_eq!(pixel(&out, 0, 5, 5), 53, "half of 90 over black's 16");
}

#[test]
fn fit_shows_the_background_at_the_sides_and_fill_does_not() {
    let wide = flat((80, 20), 200);
    let fitted = compose((64, 36), Pane::new(Rect::FULL, Feed::Source(CAMERA)), &wide);
    assert_eq!((pixel(&fitted, 0, 32, 2), pixel(&fitted, 0, 32, 18)), (16, 200));
    let filled = compose((64, 36), pane(Rect::FULL), &wide);
    assert_eq!((pixel(&filled, 0, 32, 0), pixel(&filled, 0, 0, 35)), (200, 200));
}

#[test]
fn a_frame_that_has_been_drawn_before_allocates_nothing() {
    let source = draw((640, 360), |x, y| (x + y) as u8, |x, _| x as u8);
    let still = bus(pane(Rect::new(0.1, 0.1, 0.43, 0.43)), Colour::BLACK);
    let other = bus(Pane { corner: 0.1, ..pane(Rect::new(0.0, 0.0, 0.5, 0.5)) }, Colour::BLACK);
    let mut compositor = CpuCompositor::new(640, 360, Arc::default());
    // As many as are on their way to an encoder are held.
    let mut held = [const { None }; 4];
    let mut second = |compositor: &mut CpuCompositor| {
        for frame in 0..25 {
            let (from, to) = (Arc::clone(&still), Arc::clone(&other));
            let picture = match frame {
                0..10 => Picture::One(from),
                10..20 => Picture::Mix { from, to, part: frame - 10, whole: 10 },
                _ => Picture::One(to),
            };
            let sources = [(CAMERA, source.clone())];
            let drawn = compositor.draw(FrameIndex(u64::from(frame)), &picture, &sources);
            held[frame as usize % 4] = drawn;
        }
    };
    second(&mut compositor);
    let before = allocations::taken();
    assert!(before > 0, "nothing is counted");
    second(&mut compositor);
    assert_eq!(allocations::taken() - before, 0);
}

#[test]
fn canvases_are_used_again() {
    let pool = FramePool::new(854, 480, 2);
    let place = |frame: &Frame| frame.plane(0).data.as_ptr();
    let first = pool.take().finish();
    let (again, held) = (place(&first), first.clone());
    drop(first);
    let second = pool.take().finish();
    assert_ne!(place(&second), again, "a clone holds the bytes");
    drop(held);
    assert_eq!(place(&pool.take().finish()), again);
    // What is beyond the bound is let go: it comes from elsewhere each time, or is the first again.
    drop(second);
    let (a, b, c) = (pool.take().finish(), pool.take().finish(), pool.take().finish());
    let kept = [place(&a), place(&b)];
    drop((a, b, c));
    for _ in 0..4 {
        assert!(kept.contains(&place(&pool.take().finish())), "the bound is kept");
    }
}

/// A zone plate that creeps by a tenth of a pixel changes no pixel by more than its slope allows.
/// The steepest slope here is 2 * 275 / 900 * 100 = 61 codes a source pixel, and a tenth of a pixel
/// on the canvas is 0.3 of the source: 18 codes, and rounding. Places in whole pixels would jump by
/// up to the plate's 200.
#[test]
fn a_creeping_pane_does_not_jump() {
    let plate = draw(
        (480, 270),
        |x, y| {
            let (x, y) = (f64::from(x) - 240.0, f64::from(y) - 135.0);
            (126.0 + 100.0 * ((x * x + y * y) / 900.0).cos()).round() as u8
        },
        |_, _| 128,
    );
    let at = |tenths: u32| {
        let x = f64::from(tenths) / 10.0 / 320.0 + 0.1;
        compose((320, 180), pane(Rect::new(x, 0.1, 0.5, 0.5)), &plate)
    };
    let mut before = at(0);
    for tenths in 1..=20 {
        let now = at(tenths);
        for y in 30..80 {
            for x in 60..150 {
                let (old, new) = (pixel(&before, 0, x, y), pixel(&now, 0, x, y));
                assert!(old.abs_diff(new) <= 21, "{tenths}: {x}, {y}: {old} to {new}");
            }
        }
        before = now;
    }
}
