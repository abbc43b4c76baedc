//! Mixes the strips into the programme and the monitor mix, and meters them.

use engine::{MixPlan, StripPlan};
use show::SourceId;

use crate::limiter::Limiter;
use crate::loudness::Loudness;
use crate::meters::{self, Meters};
use crate::ramp;
use crate::strip::StripProcessor;

/// Mixes one block for each frame's plan. Owned by one thread; never blocks, and allocates only
/// when strips come or go, a delay is first used or a block is longer than all before.
pub struct Mixer {
    strips: Vec<StripProcessor>,
    /// The programme fader at the end of the last block; none before the first.
    fader: Option<f32>,
    limiter: Limiter,
    loudness: Loudness,
    /// Frames of the limiter's look-ahead still to be dropped, so that the output begins at the
    /// start.
    lead: usize,
    /// Whether a strip was soloed in the last block.
    solo: bool,
    block: Vec<f32>,
    bus: Vec<f32>,
    mixed: Mixed,
}

/// The result of mixing a block.
#[derive(Clone, Debug, Default)]
pub struct Mixed {
    /// The programme's sample index of the first frame of `programme`. The limiter looks ahead,
    /// so it is [`Limiter::LATENCY`] frames before the plan's own start, and the start itself at
    /// the first block, whose programme is shorter by as much.
    pub start: u64,
    /// The programme after fader and limiter; interleaved stereo.
    pub programme: Vec<f32>,
    /// What the operator hears: the programme before its limiter, or the solo strips; clamped to
    /// full scale. It starts where the plan's frame starts and is as long.
    pub monitor: Vec<f32>,
    /// The meters.
    pub meters: Meters,
}

impl Mixer {
    /// A mixer whose first plan starts at this sample of the programme.
    pub fn new(start_sample: u64) -> Self {
        Self {
            strips: Vec::new(),
            fader: None,
            limiter: Limiter::new(),
            loudness: Loudness::new(),
            lead: Limiter::LATENCY,
            solo: false,
            block: Vec::new(),
            bus: Vec::new(),
            mixed: Mixed { start: start_sample, ..Mixed::default() },
        }
    }

    /// Starts the integrated loudness again.
    pub fn reset_loudness(&mut self) {
        self.loudness.reset();
    }

    /// Mixes the block of a frame; plans come frame after frame. `read` is called once for each
    /// strip of the plan, in its order, and fills the slice (the plan's samples, stereo) with the
    /// source's sound, or returns false for silence.
    pub fn mix(
        &mut self,
        plan: &MixPlan,
        read: &mut dyn FnMut(SourceId, &mut [f32]) -> bool,
    ) -> &Mixed {
        let values = 2 * plan.samples as usize;
        self.mixed.start += self.mixed.programme.len() as u64 / 2;
        for buffer in [&mut self.bus, &mut self.mixed.monitor] {
            buffer.clear();
            buffer.resize(values, 0.0);
        }
        self.block.resize(values, 0.0);
        self.match_strips(plan);
        self.mix_strips(plan, read);
        self.finish();
        &self.mixed
    }

    /// Adds and removes strips to match the plan. One that is removed fades from its last sample to
    /// zero.
    fn match_strips(&mut self, plan: &MixPlan) {
        let ids = || plan.strips.iter().map(|strip| strip.source);
        if self.strips.iter().map(|strip| strip.source).eq(ids()) {
            return;
        }
        let mut old = std::mem::take(&mut self.strips);
        for id in ids() {
            let at = old.iter().position(|strip| strip.source == id);
            self.strips.push(at.map_or_else(|| StripProcessor::new(id), |at| old.swap_remove(at)));
        }
        for gone in old {
            ramp::add_tail(&mut self.bus, gone.last);
        }
    }

    fn mix_strips(&mut self, plan: &MixPlan, read: &mut dyn FnMut(SourceId, &mut [f32]) -> bool) {
        let Self { strips, block, bus, mixed, .. } = self;
        let solo = plan.strips.iter().any(|strip| strip.solo);
        // Without solo the monitor is the programme: a sum of its own is needed only with solo, and
        // in the blocks that ramp to it and back.
        let separate = solo || self.solo;
        mixed.meters.strips.clear();
        for (strip, plan_of) in strips.iter_mut().zip(&plan.strips) {
            let there = read(plan_of.source, block);
            let (meter, heard) = strip.process(plan_of, there, block);
            mixed.meters.strips.push(meter);
            let share = std::mem::replace(&mut strip.share, plan_of.share);
            let to = monitor_share(plan_of, solo, plan.programme);
            let monitor = std::mem::replace(&mut strip.monitor, to);
            let last = std::mem::take(&mut strip.last);
            if !there && !heard {
                ramp::add_tail(bus, last);
            }
            if heard {
                ramp::add(bus, block, share, plan_of.share);
                strip.last = ramp::last(block).map(|sample| sample * plan_of.share);
                if separate {
                    ramp::add(&mut mixed.monitor, block, monitor, to);
                }
            }
        }
        let fader = self.fader.replace(plan.programme).unwrap_or(plan.programme);
        ramp::scale(bus, [fader; 2], [plan.programme; 2]);
        if !separate {
            mixed.monitor.copy_from_slice(bus);
        }
        mixed.monitor.iter_mut().for_each(|sample| *sample = sample.clamp(-1.0, 1.0));
        self.solo = solo;
    }

    /// Limits and measures the bus.
    fn finish(&mut self) {
        let Self { limiter, loudness, bus, mixed, .. } = self;
        limiter.process(bus);
        let dropped = self.lead.min(bus.len() / 2);
        self.lead -= dropped;
        mixed.programme.clear();
        mixed.programme.extend_from_slice(&bus[2 * dropped..]);
        loudness.process(&mixed.programme);
        let meter = &mut mixed.meters.programme;
        meter.peak = meters::peak(&mixed.programme);
        meter.true_peak = limiter.true_peak().map(meters::decibels);
        meter.momentary = loudness.momentary;
        meter.short_term = loudness.short_term;
        meter.integrated = loudness.integrated;
        meter.reduction = -meters::decibels(limiter.least_gain());
    }
}

/// A strip's gain into the monitor: while there is a solo, 1 if it is soloed and 0 if not; else its
/// gain into the programme.
fn monitor_share(plan: &StripPlan, solo: bool, programme: f32) -> f32 {
    match (solo, plan.solo) {
        (true, true) => 1.0,
        (true, false) => 0.0,
        (false, _) => plan.share * programme,
    }
}
