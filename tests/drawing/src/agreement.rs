//! Whether a compositor draws what the reference does.

use std::cell::Cell;
use std::collections::BTreeMap;

use engine::{Frame, Picture, PixelFormat};
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use show::{Background, Colour, Feed, Pane, Rect, SourceId};

use crate::Outcome;
use crate::case::{Case, Make, bus_of};
use crate::pictures::picture;
use crate::plans::{any_case, any_set_case};
use crate::reference::{Drawn, plane_size};

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

/// How much further luma may be where graphics of one bus lie over each other. Each rounds its own codes and their sum
/// with what is below, up to half a code each time, and what is below was rounded once more to whole codes as its
/// settings made it.
const OVERLAID: f32 = 1.0;

/// Compares a backend's picture with the reference's, whose luma may be so much further away; yields the mean errors of
/// luma and chroma.
fn compare(got: &Frame, expected: &Drawn, further: f32) -> Result<[f64; 2], String> {
    let mut means = [0.0; 2];
    for index in 0..3 {
        let (wide, high) = plane_size(expected.size, index);
        let plane = got.plane(index);
        let mut bound = if index == 0 { LUMA } else { CHROMA };
        bound.inside += if index == 0 { further } else { 0.0 };
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

/// Draws so many plans, always the same, and compares.
pub fn any_plan(make: Make<'_>, cases: u32) -> Outcome {
    any_of(make, cases, any_case(), 0.0)
}

/// The same with plans whose sources have settings.
pub fn any_settings(make: Make<'_>, cases: u32) -> Outcome {
    any_of(make, cases, any_set_case(), OVERLAID)
}

fn any_of(make: Make<'_>, cases: u32, any: impl Strategy<Value = Case>, overlaid: f32) -> Outcome {
    let config =
        Config { failure_persistence: None, cases, max_shrink_iters: 500, ..Config::default() };
    let sums = Cell::new([0.0; 2]);
    let test = |case: Case| {
        let further = if is_overlaid(&case.picture) { overlaid } else { 0.0 };
        let means = compare(&case.drawn(make), &case.reference(), further);
        let means = means.map_err(TestCaseError::fail)?;
        sums.set([0, 1].map(|index| sums.get()[index] + means[index]));
        Ok(())
    };
    // Always the same plans: a test that fails by chance helps nobody.
    let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    TestRunner::new_with_rng(config, random).run(&any, test).map_err(|error| match error {
        TestError::Abort(why) => why.to_string(),
        // The bytes of its pictures would hide all else.
        TestError::Fail(why, Case { size, picture, sources, .. }) => {
            format!("{why}, on a canvas of {size:?} with the sources {sources:?}: {picture:?}")
        }
    })?;
    let [luma, chroma] = sums.get().map(|sum| sum / f64::from(cases));
    let said =
        format!("{cases} plans, mean errors of {luma:.3} codes of luma, {chroma:.3} of chroma");
    if luma <= MEANS[0] && chroma <= MEANS[1] { Ok(said.into()) } else { Err(said) }
}

/// Whether a bus has graphics that may lie over each other.
fn is_overlaid(picture: &Picture) -> bool {
    match picture {
        Picture::One(bus) => bus.graphics.len() > 1,
        Picture::Mix { from, to, .. } => from.graphics.len() > 1 || to.graphics.len() > 1,
    }
}

const SMALL: (u32, u32) = (480, 270);

/// Where a zone plate creeps by a tenth of a pixel a frame, no pixel of luma changes by more than a
/// code more than it does in the reference: nothing jumps, nothing shimmers.
pub fn creeping_picture(make: Make<'_>) -> Outcome {
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
        let (picture, images) = (Picture::One(bus), BTreeMap::new());
        let case = Case { size: SMALL, picture, sources, images };
        (case.drawn(make), case.reference())
    };
    let mut before = at(0);
    let mut most = 0.0_f32;
    for tenths in 1..=12 {
        let now = at(tenths);
        for index in 0..(SMALL.0 * SMALL.1) as usize {
            let got = |frame: &Frame| {
                let plane = frame.plane(0);
                let wide = SMALL.0 as usize;
                f32::from(plane.data[index / wide * plane.stride + index % wide])
            };
            let exact = |drawn: &Drawn| drawn.planes[0][index];
            let change = (got(&now.0) - got(&before.0)).abs();
            let right = (exact(&now.1) - exact(&before.1)).abs();
            let allowed = right.ceil() + 1.0;
            if change > allowed {
                return Err(format!("{tenths}, {index}: {change}, not {allowed}"));
            }
            most = most.max(change - right);
        }
        before = now;
    }
    Ok(format!("at most {most:.2} codes beyond what the reference changes by").into())
}
