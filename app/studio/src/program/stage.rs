//! The stage of a program: compares what should run with what runs, and starts and stops sources,
//! preparations, encodes and outputs accordingly, on a thread that may wait. The program thread gets the
//! result as a [`Wiring`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use arc_swap::ArcSwap;
use engine::{FrameIndex, Needs, OutputNeed, OutputRun, OutputState, Report};
use show::{Format, OutputId};

use crate::outputs::{OutputContext, RunningOutput};
use crate::problems::Problem;
use crate::program::backend::GpuRecovery;
use crate::program::encode_retries::EncodeRetries;
use crate::program::encodes::Encodes;
use crate::program::program_shared::ProgramShared;
use crate::program::source_leases::SourceLeases;
use crate::program::wiring::Wiring;
use crate::sources::{SourceHub, WarmBudget};

/// How many runs of an output may be ending, each with what its queue still holds; beyond, it is not started.
const MAX_ENDING: usize = 3;

/// The state of a stage. Its thread owns it.
pub struct Stage {
    format: Format,
    hub: Arc<SourceHub>,
    shared: Arc<ProgramShared>,
    context: OutputContext,
    prepare: crate::program::prepare_thread::PrepareLink,
    gpu_recovery: Option<GpuRecovery>,
    sources: SourceLeases,
    encodes: Encodes,
    /// Published for the readers of their counters.
    outputs: Arc<ArcSwap<Vec<Arc<OutputView>>>>,
    running: BTreeMap<OutputId, RunningOutput>,
    /// Outputs that were stopped and still close their file or stream.
    ending: Vec<RunningOutput>,
    /// Outputs that were stopped and still get the pictures that waited for their encode then.
    leaving: Vec<Leaving>,
    /// How long they wait for those at the most, in nanoseconds.
    longest_leave: u64,
    /// How often outputs were started again because their encoder had stopped.
    restarts: u32,
    retries: EncodeRetries,
    /// Outputs that do not run, since their encode or their start failed: their problem is over once they are
    /// not needed any more.
    blamed: BTreeSet<OutputId>,
    seen: Arc<Needs>,
}

/// How long a stopped output waits for its last pictures, in nanoseconds: whoever ended it waits, too.
const LONGEST_LEAVE: u64 = 800_000_000;

/// An output that was stopped while pictures waited for its encode.
struct Leaving {
    output: RunningOutput,
    /// The first frame that it does not get.
    end: FrameIndex,
    /// Until when it waits for those before, on the studio's clock.
    until: u64,
}

/// A running output as other threads see it.
pub struct OutputView {
    /// Its configuration when it was started.
    pub output: show::Output,
    /// The queue it drains.
    pub queue: Arc<media::queue::Queue>,
    /// Its counters.
    pub figures: Arc<crate::outputs::OutputCounts>,
}

impl Stage {
    /// A stage with nothing running.
    pub fn new(
        format: Format,
        (hub, budget): (Arc<SourceHub>, WarmBudget),
        shared: Arc<ProgramShared>,
        context: OutputContext,
        prepare: crate::program::prepare_thread::PrepareLink,
        gpu_recovery: Option<GpuRecovery>,
    ) -> Self {
        let place = (context.folder.clone(), Arc::clone(&context.problems));
        let sources = SourceLeases::new((Arc::clone(&hub), format), place, budget);
        let encodes = Encodes::new(format, context.clock.clone(), Arc::clone(&shared.sound));
        Self {
            format,
            hub,
            shared,
            context,
            prepare,
            gpu_recovery,
            sources,
            encodes,
            outputs: Arc::default(),
            running: BTreeMap::new(),
            ending: Vec::new(),
            leaving: Vec::new(),
            longest_leave: LONGEST_LEAVE,
            restarts: 0,
            retries: EncodeRetries::default(),
            blamed: BTreeSet::new(),
            seen: Arc::default(),
        }
    }

    /// For a program that has no clock: a stopped output has all of its pictures, however long they take.
    #[must_use]
    pub fn outside_real_time(self) -> Self {
        Self { longest_leave: u64::MAX, ..self }
    }

    /// The published running outputs.
    pub fn outputs(&self) -> Arc<ArcSwap<Vec<Arc<OutputView>>>> {
        Arc::clone(&self.outputs)
    }

    /// Starts and stops what the needs demand, if they have changed. True if they have.
    pub fn look(&mut self) -> bool {
        self.look_at_encodes();
        if let Some(gpu_recovery) = &mut self.gpu_recovery {
            gpu_recovery.look();
        }
        while self.shared.retired.pop().is_some() {}
        self.sources.tidy();
        if self.let_go() {
            self.end_idle_encodes();
        }
        self.ending.retain(|output| !output.has_ended());
        self.encodes.tidy();
        let needs = self.shared.needs.load_full();
        let is_seen = Arc::ptr_eq(&needs, &self.seen);
        if is_seen && !self.sources.is_warming() {
            return false;
        }
        let mut changed = self.sources.follow(&needs, self.now());
        if !is_seen {
            self.prepare.want(needs.preps.clone());
            changed |= self.follow_outputs(&needs);
        }
        if changed {
            self.wire();
        }
        if is_seen {
            return false;
        }
        self.seen = needs;
        self.shared.is_staged.store(true, Ordering::Release);
        true
    }

    /// The programme time of the next frame.
    fn now(&self) -> i64 {
        let next = FrameIndex(self.shared.counts.frames.load(Ordering::Acquire));
        i64::try_from(next.nanos(self.format.rate)).unwrap_or(i64::MAX)
    }

    fn follow_outputs(&mut self, needs: &Needs) -> bool {
        let mut changed = false;
        for id in
            self.blamed.extract_if(.., |id| !needs.outputs.iter().any(|need| need.output.id == *id))
        {
            self.context.problems.clear(id.into());
        }
        let gone: Vec<OutputId> = self
            .running
            .iter()
            .filter(|(_, running)| {
                let same = |need: &&OutputNeed| {
                    (&need.output, need.starts) == (&running.output, running.run.start)
                };
                !needs.outputs.iter().any(|need| same(&need))
            })
            .map(|(id, _)| *id)
            .collect();
        for id in gone {
            changed = true;
            self.stop_output(id);
        }
        for OutputNeed { output, starts, retries } in &needs.outputs {
            if let Some(running) = self.running.get(&output.id) {
                running.figures.rtmp.retries.store(*retries, Ordering::Release);
                continue;
            }
            if self.retries.waits(output.profile) {
                continue;
            }
            changed = true;
            let run = OutputRun { start: *starts, restart: self.restarts };
            let leaving = self.leaving.iter().map(|leaving| &leaving.output);
            let ending = self.ending.iter().chain(leaving);
            if ending.filter(|ending| ending.output.id == output.id).count() >= MAX_ENDING {
                self.fail((output.id, run), Problem::StillEnding);
                continue;
            }
            let hub = match self.encodes.hub(output.profile) {
                Ok(hub) => hub,
                Err(error) => {
                    self.fail((output.id, run), error.into());
                    continue;
                }
            };
            match RunningOutput::start((output.clone(), run), &hub, &self.context) {
                Ok(running) => _ = self.running.insert(output.id, running),
                Err(error) => {
                    let reason = Problem::NoOutputThread(error.to_string());
                    self.fail((output.id, run), reason);
                }
            }
        }
        self.let_go();
        self.end_idle_encodes();
        self.show_outputs();
        changed
    }

    fn fail(&mut self, (id, run): (OutputId, OutputRun), trouble: Problem) {
        self.blamed.insert(id);
        self.context.problems.set(id.into(), trouble);
        self.report((id, run), OutputState::Failed);
    }

    fn report(&self, (id, run): (OutputId, OutputRun), state: OutputState) {
        // The program may have ended.
        let _heard = self.context.reports.send(Report::Output(id, run, state));
    }

    fn stop_output(&mut self, id: OutputId) {
        let Some(output) = self.running.remove(&id) else { return };
        self.context.problems.clear(id.into());
        let end = FrameIndex(self.shared.counts.frames.load(Ordering::Acquire));
        output.queue.end_at(i64::try_from(end.nanos(self.format.rate)).unwrap_or(i64::MAX));
        let until = self.context.clock.now().saturating_add(self.longest_leave);
        self.leaving.push(Leaving { output, end, until });
    }

    /// Lets go of stopped outputs that have their last picture, or have waited for it long enough. True if there were
    /// any: their encode may be idle now.
    fn let_go(&mut self) -> bool {
        let now = self.context.clock.now();
        let encodes = &self.encodes;
        let has_all = |leaving: &mut Leaving| {
            let profile = leaving.output.output.profile;
            now >= leaving.until || encodes.has_encoded(profile, leaving.end)
        };
        let gone: Vec<Leaving> = self.leaving.extract_if(.., has_all).collect();
        let any = !gone.is_empty();
        for Leaving { output, .. } in gone {
            self.encodes.leave(&output.queue);
            self.ending.push(output);
        }
        any
    }

    fn show_outputs(&self) {
        let views = self.running.values().map(|running| {
            let RunningOutput { output, queue, figures, .. } = running;
            let (queue, figures) = (Arc::clone(queue), Arc::clone(figures));
            Arc::new(OutputView { output: output.clone(), queue, figures })
        });
        self.outputs.store(Arc::new(views.collect()));
    }

    fn end_idle_encodes(&mut self) {
        let leaving = self.leaving.iter().map(|leaving| &leaving.output);
        let used = self.running.values().chain(leaving).map(|running| running.output.profile);
        let used: Vec<_> = used.collect();
        let idle = self.encodes.take_out(|profile| !used.contains(&profile));
        if !idle.is_empty() {
            // The program must not push into them any more before they end.
            self.wire();
            idle.into_iter().for_each(|encode| self.encodes.retire(encode));
        }
    }

    /// Ends failed encodes, together with their outputs, and starts them again after a while.
    fn look_at_encodes(&mut self) {
        let now = self.context.clock.now();
        if self.retries.come_due(now) {
            // This look finds the outputs missing and starts them.
            self.seen = Arc::default();
        }
        for (profile, started, reason) in self.encodes.failed() {
            self.retries.failed(profile, (started, now), now / 1_000);
            self.restarts += 1;
            let ids: Vec<OutputId> = self
                .running
                .values()
                .filter(|running| running.output.profile == profile)
                .map(|running| running.output.id)
                .collect();
            for id in ids {
                let start = self.running.get(&id).map(|running| running.run.start);
                self.stop_output(id);
                self.blamed.insert(id);
                self.context.problems.set(id.into(), Problem::EncoderStopped(reason.clone()));
                if let Some(start) = start {
                    let run = OutputRun { start, restart: self.restarts };
                    self.report((id, run), OutputState::Reconnecting);
                }
            }
            let failed = self.encodes.take_out(|other| other == profile);
            self.wire();
            failed.into_iter().for_each(|encode| self.encodes.retire(encode));
        }
    }

    fn wire(&self) {
        let wiring =
            Wiring { sources: self.sources.wired().collect(), encodes: self.encodes.links() };
        self.shared.wiring.store(Arc::new(wiring));
    }

    /// Ends everything: drains encodes, finalises files, unpublishes streams.
    pub fn end(mut self) -> Vec<RunningOutput> {
        self.show_outputs();
        // Sources close while the outputs do; nothing reads them any more.
        self.sources.close_all();
        self.encodes.drain(self.shared.counts.frames.load(Ordering::Acquire));
        let mut ended = std::mem::take(&mut self.ending);
        ended.extend(std::mem::take(&mut self.leaving).into_iter().map(|leaving| leaving.output));
        ended.extend(std::mem::take(&mut self.running).into_values());
        for output in &ended {
            output.queue.close();
        }
        for output in &mut ended {
            output.wait();
        }
        self.hub.wait_for_closed();
        ended
    }
}
