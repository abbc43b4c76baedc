//! What a programme sees of a GPU's delay, of its loss, and of one that has something else to do.

use std::sync::Arc;
use std::time::Duration;

use compositor::{Compositor, CpuCompositor, Gpu, GpuCompositor};
use engine::{BusItems, Frame, FrameIndex, Picture, Pinned, PixelFormat};
use show::{
    Background, Colour, Feed, Format, FrameRate, Layout, LayoutId, MAX_PANES, Pane, Raster, Rect,
    Show, SourceId,
};

use crate::busy::Busy;
use crate::case::bus_of;
use crate::clock;
use crate::pictures::picture;
use crate::window::Window;
use crate::{Outcome, Report};

/// Width and height of the canvas: what is drawn is nothing but a number.
pub const SIZE: (u32, u32) = (64, 36);

/// A bus of nothing but a grey whose Y' is 16 and `level`, of 219.
pub fn grey(level: u8) -> Arc<Pinned> {
    let mut show = Show::new("Grey", Format { raster: Raster::Hd, rate: FrameRate::R25 });
    let background = Background::Colour { colour: code(level) };
    let (id, name, panes, audio) = (LayoutId(1), "Grey".to_owned(), Vec::new(), Vec::new());
    show.layouts.push(Layout { id, name, background, panes, audio });
    BusItems { layout: Some(id), ..BusItems::default() }.pin(&show)
}

/// The grey whose Y' is 16 and `level`.
fn code(level: u8) -> Colour {
    let value = (f64::from(level) * 255.0 / 219.0).round() as u8;
    Colour::rgb(value, value, value)
}

/// The number of a frame that came out, and the one it shows.
type Shown = (u64, u8);

/// Draws a frame that shows its own number.
fn draw(compositor: &mut GpuCompositor, frame: u64) -> Option<Shown> {
    shown(compositor.draw(FrameIndex(frame), &Picture::One(grey(frame as u8)), &[]))
}

fn shown(drawn: Option<(FrameIndex, Frame)>) -> Option<Shown> {
    // In a corner that nothing covers.
    let level = |picture: &Frame| picture.plane(0).data[5].wrapping_sub(16);
    drawn.map(|(frame, picture)| (frame.0, level(&picture)))
}

/// The same, and waits for the GPU.
fn step(compositor: &mut GpuCompositor, frame: u64) -> Option<Shown> {
    let drawn = draw(compositor, frame);
    compositor.wait();
    drawn
}

/// Whether so many frames came out, each once, in order, and with its own number.
fn all_came(shown: &[Shown], frames: u64) -> Result<(), String> {
    let expected = (0..frames).map(|frame| (frame, frame as u8));
    if expected.eq(shown.iter().copied()) { Ok(()) } else { Err(format!("{shown:?} came")) }
}

/// A picture comes two frames after the call that draws it, and in order.
pub fn two_frames_late(gpu: &Arc<Gpu>) -> Outcome {
    let mut compositor = GpuCompositor::new(SIZE.0, SIZE.1, Arc::default(), Arc::clone(gpu));
    if compositor.latency() != 2 {
        return Err(format!("a latency of {}", compositor.latency()));
    }
    for frame in 0_u64..12 {
        let expected = frame.checked_sub(2).map(|shown| (shown, shown as u8));
        let came = step(&mut compositor, frame);
        if came != expected {
            return Err(format!("{came:?} came with frame {frame}, not {expected:?}"));
        }
    }
    Ok("12 frames".to_owned().into())
}

/// The frames that a lost GPU had are drawn by the CPU, which goes on until another GPU takes over.
pub fn lost(first: Arc<Gpu>, second: Arc<Gpu>) -> Outcome {
    let mut second = Some(second);
    let mut compositor = GpuCompositor::new(SIZE.0, SIZE.1, Arc::default(), Arc::clone(&first));
    let mut shown = Vec::new();
    for frame in 0..15 {
        match frame {
            4 => first.mark_lost(),
            9 => compositor.spare().store(second.take()),
            _ => {}
        }
        shown.extend(step(&mut compositor, frame));
        if compositor.is_on_cpu() != (4..9).contains(&frame) {
            return Err(format!("on the CPU at frame {frame}: {}", compositor.is_on_cpu()));
        }
    }
    all_came(&shown, 13)?;
    // Two that it had, and five meanwhile.
    match compositor.drawn_by_cpu() {
        7 => Ok("15 frames, 7 of them by the CPU".to_owned().into()),
        other => Err(format!("{other} frames drawn by the CPU, not 7")),
    }
}

/// A GPU that is asked for more than it can: every picture comes on its call all the same, in order, and
/// no call waits for the GPU: it takes what the CPU needs to draw, at most.
pub fn too_slow(gpu: &Arc<Gpu>) -> Outcome {
    let size = (1_280, 720);
    let film = picture(size, PixelFormat::PROGRAMME, 0, |_, _, x, y| (x + y) as u8);
    let rect = Rect::new(0.1, 0.1, 0.9, 0.9);
    let pane = Pane { opacity: 0.5, ..Pane::new(rect, Feed::Source(SourceId(1))) };
    // Nobody waits for a picture, and no time goes by between two of them.
    let draw_all = |compositor: &mut dyn Compositor, frames: u64| {
        let (mut came, mut calls) = (Vec::new(), Vec::new());
        for frame in 0..frames {
            let background = Background::Colour { colour: code(frame as u8) };
            let bus = bus_of(vec![pane.clone(); MAX_PANES], Vec::new(), background, Colour::BLACK);
            let (picture, sources) = (Picture::One(bus), [(SourceId(1), film.clone())]);
            let before = clock::now();
            came.extend(shown(compositor.draw(FrameIndex(frame), &picture, &sources)));
            calls.push(before.elapsed());
        }
        calls.sort();
        (came, calls[calls.len() / 2])
    };
    let (_, by_cpu_alone) = draw_all(&mut CpuCompositor::new(size.0, size.1, Arc::default()), 5);
    let mut compositor = GpuCompositor::new(size.0, size.1, Arc::default(), Arc::clone(gpu));
    let (came, call) = draw_all(&mut compositor, 40);
    all_came(&came, 38)?;
    let (by_cpu, waiting) = (compositor.drawn_by_cpu(), compositor.in_flight());
    // It is not left busy with what nobody wants.
    compositor.wait();
    let said = format!(
        "40 frames, {by_cpu} of them by the CPU; most calls took {call:.1?}, \
         where the CPU alone takes {by_cpu_alone:.1?}"
    );
    if gpu.is_lost() || waiting != 2 {
        return Err(format!("it is lost, or {waiting} frames pile up: {said}"));
    }
    // Where no picture was late, either the GPU is quick or the calls waited for it. Where the CPU draws, it
    // does so beside a GPU that may be the CPU as well.
    let most = by_cpu_alone * if by_cpu == 0 { 1 } else { 10 };
    if call > most {
        return Err(format!("the calls wait: {said}"));
    }
    Ok(Report { said, was_tried: by_cpu > 0 })
}

/// A GPU that is busy with something else for a second, as one that hangs is: every picture comes on its
/// call all the same, from the CPU, and no call waits; afterwards the GPU draws again.
pub fn stalled(window: &Window) -> Outcome {
    let busy = Busy::new(window);
    let gpu = window.gpu().map_err(|error| error.to_string())?;
    let mut compositor = GpuCompositor::new(SIZE.0, SIZE.1, Arc::default(), Arc::clone(&gpu));
    let mut shown: Vec<Shown> = (0..6).filter_map(|n| step(&mut compositor, n)).collect();
    let sent = clock::now();
    busy.begin(window, Duration::from_secs(1));
    let sent = sent.elapsed();
    let stall = through(&busy, &mut compositor, &mut shown)?;
    let Stall { frames, by_cpu, length, longest } = stall;
    for n in frames..frames + 6 {
        shown.extend(step(&mut compositor, n));
    }
    all_came(&shown, frames + 4)?;
    let said = format!(
        "{frames} frames, {by_cpu} of them by the CPU, {length:.0?} without the GPU, \
         the longest call took {longest:.1?}"
    );
    // Mesa's software GPU of 2022 takes work only once it has computed what it was given before: then the
    // second has gone by before the first frame is drawn, and only the rest can be judged.
    let is_over_before = sent > Duration::from_millis(100);
    let was_late = length > Duration::from_millis(100) && by_cpu > 0;
    let wrong = [
        ("it was never late", !was_late && !is_over_before),
        ("a call waited", longest > Duration::from_millis(500)),
        ("it is lost", gpu.is_lost() || compositor.is_on_cpu()),
        ("frames pile up", compositor.in_flight() != 2),
    ];
    if let Some((wrong, _)) = wrong.iter().find(|(_, is_so)| *is_so) {
        return Err(format!("{wrong}: {said}"));
    }
    if was_late {
        return Ok(said.into());
    }
    let said = format!("this driver takes no work from anybody while it is busy: {said}");
    Ok(Report { said, was_tried: false })
}

/// What was seen of a stall.
struct Stall {
    /// How many frames were drawn up to its end.
    frames: u64,
    by_cpu: u64,
    length: Duration,
    /// The longest that a call took.
    longest: Duration,
}

/// Draws a frame each 10 ms until the GPU is no longer busy, 40 frames at least.
fn through(
    busy: &Busy,
    compositor: &mut GpuCompositor,
    shown: &mut Vec<Shown>,
) -> Result<Stall, String> {
    let (began, mut length) = (clock::now(), None);
    let mut longest = Duration::ZERO;
    let mut frames = shown.len() as u64 + u64::from(compositor.latency());
    while !busy.is_over() || frames < 40 {
        let before = clock::now();
        let drawn = draw(compositor, frames);
        longest = longest.max(before.elapsed());
        shown.extend(drawn);
        frames += 1;
        if busy.is_over() {
            length.get_or_insert(began.elapsed());
        }
        // The frame's number must stay a level of grey.
        if frames >= 200 {
            return Err("it was busy for too long".to_owned());
        }
        clock::sleep(Duration::from_millis(10));
    }
    let length = length.unwrap_or_default();
    Ok(Stall { frames, by_cpu: compositor.drawn_by_cpu(), length, longest })
}
