//! What a frame costs: uploading its sources, composing it and reading it back apart, and the CPU
//! compositor beside it. They are told apart by differences of what can be asked for.

mod figures;
mod scenes;

pub use figures::{Cost, Costs, PROMISE, Sample};
pub use scenes::{Moving, Scene};

use std::sync::Arc;
use std::time::Duration;

use compositor::{Compositor, CpuCompositor, Gpu, GpuCompositor, TextureCompositor};
use engine::{Frame, FrameIndex, Picture, Pinned};
use show::SourceId;

use crate::clock;
use crate::window::Window;

/// The sizes of a canvas.
pub const SIZES: [(u32, u32); 3] = [(1_280, 720), (1_920, 1_080), (3_840, 2_160)];

/// Frames are at least so far apart, as they are in a programme, so that none waits for the one before.
const PACE: Duration = Duration::from_millis(10);
/// However slow a GPU is, so many frames are measured.
const LEAST: usize = 5;
/// At most this many frames say how long one takes until it is finished.
const FINISHED: usize = 20;
/// Frames that do not count: what is drawn for the first time is made ready and uploaded.
const FIRST: u64 = 4;

/// One way to draw.
trait Way {
    /// Draws a frame; nothing if the one before is not finished.
    fn draw(&mut self, frame: u64, sources: &[(SourceId, Frame)]) -> Option<()>;

    /// Waits until it is finished.
    fn wait(&mut self);

    /// How many frames the GPU was too late with.
    fn late(&self) -> u64;
}

struct Textures<'a> {
    compositor: TextureCompositor,
    window: &'a Window,
    bus: Arc<Pinned>,
    late: u64,
}

impl Way for Textures<'_> {
    fn draw(&mut self, _: u64, sources: &[(SourceId, Frame)]) -> Option<()> {
        let drawn = self.compositor.draw(&self.bus, sources).map(drop);
        self.late += u64::from(drawn.is_none());
        drawn
    }

    fn wait(&mut self) {
        self.window.wait();
    }

    fn late(&self) -> u64 {
        self.late
    }
}

struct Pictures<C> {
    compositor: C,
    picture: Picture,
    late: fn(&C) -> u64,
}

impl<C: Compositor> Way for Pictures<C> {
    fn draw(&mut self, frame: u64, sources: &[(SourceId, Frame)]) -> Option<()> {
        // None comes out of the first calls.
        drop(self.compositor.draw(FrameIndex(frame), &self.picture, sources));
        Some(())
    }

    fn wait(&mut self) {
        self.compositor.wait();
    }

    fn late(&self) -> u64 {
        (self.late)(&self.compositor)
    }
}

/// Measures a scene at a size in each way, so long in all.
///
/// # Errors
/// A GPU finishes nothing, or is lost.
pub fn run(
    (window, shared): (&Window, &Arc<Gpu>),
    gpu: &Arc<Gpu>,
    (scene, size): (Scene, (u32, u32)),
    length: Duration,
) -> Result<Costs, String> {
    let (bus, prepared) = scenes::bus(scene, size);
    let (moving, length) = (Moving::new(scene, size), length / 4);
    let still = moving.at(0);
    let picture = Picture::One(Arc::clone(&bus));
    let (width, height) = size;
    let compositor =
        TextureCompositor::new(width, height, Arc::clone(&prepared), Arc::clone(shared));
    let mut textures = Textures { compositor, window, bus, late: 0 };
    let compositor = GpuCompositor::new(width, height, Arc::clone(&prepared), Arc::clone(gpu));
    let mut whole =
        Pictures { compositor, picture: picture.clone(), late: GpuCompositor::drawn_by_cpu };
    let compositor = CpuCompositor::new(width, height, prepared);
    let mut cpu = Pictures { compositor, picture, late: |_| 0 };
    let move_on = |frame| moving.at(frame);
    let costs = Costs {
        scene: scene.name(),
        size,
        still: measure("compose", &mut textures, |_| still.clone(), length)?,
        moving: measure("compose and upload", &mut textures, move_on, length)?,
        whole: measure("a GPU frame: and read back", &mut whole, move_on, length)?,
        cpu: measure("the CPU compositor", &mut cpu, move_on, length)?,
    };
    if shared.is_lost() || gpu.is_lost() {
        return Err("the GPU was lost".to_owned());
    }
    Ok(costs)
}

fn millis(length: Duration) -> f64 {
    length.as_secs_f64() * 1_000.0
}

/// Some frames one after the other, each until it is finished; then more of them, at a pace at which the
/// GPU is done with each before the next.
fn measure(
    name: &'static str,
    way: &mut dyn Way,
    sources: impl Fn(u64) -> Vec<(SourceId, Frame)>,
    length: Duration,
) -> Result<Cost, String> {
    let (mut finished, mut frame) = (Vec::new(), 0);
    // What was measured before may have left a frame under way.
    way.wait();
    let began = clock::now();
    while frame < FIRST || finished.len() < LEAST || began.elapsed() < length / 4 {
        let sources = sources(frame);
        let before = clock::now();
        way.draw(frame, &sources).ok_or_else(|| {
            format!("{name}: frame {frame} was refused, although the one before was waited for")
        })?;
        way.wait();
        if frame >= FIRST {
            finished.push(before.elapsed());
        }
        frame += 1;
        if finished.len() >= FINISHED {
            break;
        }
    }
    finished.sort();
    let pace = (finished.get(finished.len() / 2).copied().unwrap_or_default() * 2).max(PACE);
    let (late, mut samples) = (way.late(), Vec::new());
    let began = clock::now();
    let mut next = began;
    while samples.len() < LEAST || began.elapsed() < length {
        let sources = sources(frame);
        let process = clock::process_cpu();
        let (before, thread) = (clock::now(), clock::thread_cpu());
        let drawn = way.draw(frame, &sources);
        let (thread, call) = (clock::thread_cpu() - thread, before.elapsed());
        next = clock::now().max(next + pace);
        clock::sleep(next.saturating_duration_since(clock::now()));
        if drawn.is_some() {
            let process = millis(clock::process_cpu() - process);
            samples.push(Sample { thread: millis(thread), process, call: millis(call) });
        } else if way.late() - late > 100 {
            return Err(format!("{name}: the GPU is always late, at a frame each {pace:?}"));
        }
        frame += 1;
    }
    let finished: Vec<f64> = finished.into_iter().map(millis).collect();
    Ok(Cost::new(name, &samples, &finished, way.late() - late))
}
