//! The sizes and rates of pictures that a camera offers, and which of them is taken.

use gstreamer as gst;
use gstreamer::glib::Value;
use show::{CameraMode, Format};

/// The most modes that are read of a camera.
const MAX_MODES: usize = 256;
/// Sizes that are offered of a camera that has any within a range.
const SIZES: [(i32, i32); 6] =
    [(640, 360), (640, 480), (1_280, 720), (1_920, 1_080), (2_560, 1_440), (3_840, 2_160)];
/// Rates that are offered likewise.
const RATES: [(i32, i32); 8] =
    [(15, 1), (24, 1), (25, 1), (30_000, 1_001), (30, 1), (50, 1), (60_000, 1_001), (60, 1)];

/// A way in which a camera can send its pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode {
    /// Width and height in pixels.
    pub size: (i32, i32),
    /// Pictures a second, as a fraction; 0 if it does not say.
    pub rate: (i32, i32),
    /// Each picture is a JPEG.
    pub is_jpeg: bool,
}

impl Mode {
    /// As a show remembers it; `None` if it has no rate.
    pub fn chosen(self) -> Option<CameraMode> {
        let side = |side: i32| u32::try_from(side).ok();
        let (num, den) = (i64::from(self.rate.0), i64::from(self.rate.1));
        let rate = (num > 0 && den > 0).then(|| (num * 1_000 + den / 2) / den)?;
        let (width, height) = (side(self.size.0)?, side(self.size.1)?);
        Some(CameraMode { width, height, rate_millihertz: u32::try_from(rate).ok()? })
    }

    /// The caps by which it is asked for.
    pub fn caps(self) -> gst::Caps {
        let media = if self.is_jpeg { "image/jpeg" } else { "video/x-raw" };
        let caps = gst::Caps::builder(media)
            .field("width", self.size.0)
            .field("height", self.size.1)
            .build();
        let mut caps = caps;
        if self.rate.0 > 0 {
            caps.make_mut().set("framerate", gst::Fraction::new(self.rate.0, self.rate.1));
        }
        caps
    }

    fn millihertz(self) -> i64 {
        i64::from(self.rate.0) * 1_000 / i64::from(self.rate.1.max(1))
    }
}

/// The modes that these caps offer, what we cannot take left out.
pub fn modes(caps: &gst::CapsRef) -> Vec<Mode> {
    let mut modes = Vec::new();
    for one in caps.iter() {
        let is_jpeg = match one.name().as_str() {
            "video/x-raw" => false,
            "image/jpeg" => true,
            _ => continue,
        };
        let of = |name: &str| one.value(name).ok().map(|value| &**value);
        let widths: Vec<i32> = SIZES.iter().map(|size| size.0).collect();
        let heights: Vec<i32> = SIZES.iter().map(|size| size.1).collect();
        let (widths, heights) = (numbers(of("width"), &widths), numbers(of("height"), &heights));
        let rates = rates(of("framerate"));
        let is_range = widths.len() > 1 || heights.len() > 1;
        for size in widths.iter().flat_map(|width| heights.iter().map(move |high| (*width, *high)))
        {
            if is_range && !SIZES.contains(&size) {
                continue;
            }
            for rate in &rates {
                let mode = Mode { size, rate: *rate, is_jpeg };
                if !modes.contains(&mode) && modes.len() < MAX_MODES {
                    modes.push(mode);
                }
            }
        }
    }
    modes
}

/// The numbers of a field: one, several, or of a range those among `usual`.
fn numbers(value: Option<&Value>, usual: &[i32]) -> Vec<i32> {
    let Some(value) = value else { return Vec::new() };
    if let Ok(one) = value.get::<i32>() {
        return vec![one];
    }
    if let Ok(range) = value.get::<gst::IntRange<i32>>() {
        let is_in = |one: &&i32| (range.min()..=range.max()).contains(*one);
        let mut found: Vec<i32> = usual.iter().filter(is_in).copied().collect();
        found.dedup();
        return found;
    }
    let list = value
        .get::<gst::List>()
        .map(|list| list.iter().filter_map(|one| one.get::<i32>().ok()).collect::<Vec<i32>>());
    list.unwrap_or_default()
}

fn rates(value: Option<&Value>) -> Vec<(i32, i32)> {
    let pair = |rate: gst::Fraction| (rate.numer(), rate.denom());
    // One that does not say it sends as it likes.
    let Some(value) = value else { return vec![(0, 1)] };
    if let Ok(one) = value.get::<gst::Fraction>() {
        return vec![pair(one)];
    }
    if let Ok(range) = value.get::<gst::FractionRange>() {
        let is_in = |rate: &&(i32, i32)| {
            let rate = gst::Fraction::new(rate.0, rate.1);
            range.min() <= rate && rate <= range.max()
        };
        let found: Vec<_> = RATES.iter().filter(is_in).copied().collect();
        return if found.is_empty() { vec![pair(range.max())] } else { found };
    }
    let list = value.get::<gst::List>().map(|list| {
        let all = list.iter().filter_map(|one| one.get::<gst::Fraction>().ok());
        all.map(pair).collect::<Vec<_>>()
    });
    list.unwrap_or_else(|_| vec![(0, 1)])
}

/// The mode that is asked for, uncoded if it can be had so; `None` if it is not offered.
pub fn wanted(modes: &[Mode], wanted: CameraMode) -> Option<Mode> {
    let mut fitting: Vec<Mode> =
        modes.iter().filter(|mode| mode.chosen() == Some(wanted)).copied().collect();
    fitting.sort_by_key(|mode| mode.is_jpeg);
    fitting.first().copied()
}

/// The mode that fits a programme best: as quick as that, then as large, then uncoded.
pub fn best(modes: &[Mode], format: Format) -> Option<Mode> {
    let (width, height) = format.raster.size();
    let (num, den) = format.rate.fraction();
    // A camera of 29.97 is as quick as a programme of 30.
    let quick = i64::from(num) * 990 / i64::from(den);
    let merit = |mode: &&Mode| {
        let (wide, high) = (i64::from(mode.size.0), i64::from(mode.size.1));
        let covers = wide >= i64::from(width) && high >= i64::from(height);
        let rate = mode.millihertz();
        let is_quick = rate >= quick;
        // No larger than it must be, and no smaller; no quicker, and no slower.
        let size = if covers { -wide * high } else { wide * high };
        let rate = if is_quick { -rate } else { rate };
        (is_quick, covers, size, rate, !mode.is_jpeg)
    };
    modes.iter().max_by_key(merit).copied()
}
