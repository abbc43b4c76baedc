//! A bus in textures of a device that is shared: what is in them, and how long they are left alone.

use std::sync::Arc;

use compositor::{Compositor, Gpu, Prepared, TextureCompositor};
use engine::{Frame, FrameIndex, FramePool, Picture, Pinned};
use show::SourceId;

use crate::Outcome;
use crate::faults::{SIZE, grey};
use crate::window::Window;

/// What is in textures as a picture in memory, so that it can be compared: two of them mixed, too.
pub struct ReadBack {
    compositor: TextureCompositor,
    window: Window,
    size: (u32, u32),
}

impl ReadBack {
    /// One that composes on the device of a window.
    pub fn new(size: (u32, u32), prepared: Arc<Prepared>, window: &Window, gpu: &Arc<Gpu>) -> Self {
        let compositor = TextureCompositor::new(size.0, size.1, prepared, Arc::clone(gpu));
        Self { compositor, window: window.clone(), size }
    }

    /// The samples of Y', Cb and Cr.
    fn planes(&mut self, bus: &Arc<Pinned>, sources: &[(SourceId, Frame)]) -> [Vec<f32>; 3] {
        self.window.wait();
        let views = self.compositor.draw(bus, sources).expect("nothing is under way");
        let [luma, chroma] = [0, 1].map(|index| self.window.read(&views[index]));
        let part = |index: usize| chroma.iter().skip(index).step_by(2).copied().collect();
        [luma, part(0), part(1)]
    }
}

impl Compositor for ReadBack {
    fn draw(
        &mut self,
        frame: FrameIndex,
        picture: &Picture,
        sources: &[(SourceId, Frame)],
    ) -> Option<(FrameIndex, Frame)> {
        let planes = match picture {
            Picture::One(bus) => self.planes(bus, sources),
            Picture::Mix { from, to, part, whole } => {
                let share = *part as f32 / *whole as f32;
                let mut both = [from, to].map(|bus| self.planes(bus, sources));
                let [from, to] = &mut both;
                let samples = from.iter_mut().flatten().zip(to.iter().flatten());
                samples.for_each(|(from, to)| *from += (to - *from) * share);
                let [mixed, _] = both;
                mixed
            }
        };
        let mut canvas = FramePool::new(self.size.0, self.size.1, 1).take();
        for (index, samples) in planes.into_iter().enumerate() {
            let wide = self.size.0 as usize / if index == 0 { 1 } else { 2 };
            let (bytes, stride) = canvas.plane_mut(index);
            for (at, sample) in samples.into_iter().enumerate() {
                let code = (sample.clamp(0.0, 1.0) * 255.0).round() as u8;
                bytes[at / wide * stride + at % wide] = code;
            }
        }
        Some((frame, canvas.finish()))
    }

    fn latency(&self) -> u32 {
        0
    }
}

/// Textures that somebody holds keep what is in them, and are drawn on again when nobody does.
pub fn held_are_not_drawn_on(window: &Window, gpu: &Arc<Gpu>) -> Outcome {
    let mut compositor = TextureCompositor::new(SIZE.0, SIZE.1, Arc::default(), Arc::clone(gpu));
    let mut draw = |level: u8| {
        window.wait();
        compositor.draw(&grey(level), &[])
    };
    let held: Option<Vec<_>> = (1..=4).map(|level| draw(level * 50)).collect();
    let held = held.ok_or("it does not draw four pictures")?;
    if draw(250).is_some() {
        return Err("it draws although all are held".to_owned());
    }
    for (views, level) in held.iter().zip(1_u8..) {
        let expected = (16.0 + f32::from(level * 50)) / 255.0;
        let differs = |sample: &f32| (sample - expected).abs() >= 0.6 / 255.0;
        if let Some(sample) = window.read(&views[0]).into_iter().find(differs) {
            return Err(format!("{sample} in texture {level}, not {expected}"));
        }
    }
    drop(held);
    match draw(250) {
        Some(_) => Ok("four held".to_owned().into()),
        None => Err("it does not draw although none is held".to_owned()),
    }
}
