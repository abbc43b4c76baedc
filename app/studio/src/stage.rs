//! The stage of a program: compares what should run with what does, and makes it so. It starts and
//! stops sources, preparations, encodes and outputs, on a thread that may wait; the program thread gets
//! the result as a [`Wiring`].

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use arc_swap::ArcSwap;
use engine::{Needs, OutputNeed, OutputState, Report, SourceNeed};
use media::encode::{EncodeError, Encoder};
use media::hub::Hub;
use show::{EncodeProfile, Format, OutputId, SourceId};

use crate::backend::Keeper;
use crate::notes::Trouble;
use crate::outputs::{Ground, RunningOutput};
use crate::program::Shared;
use crate::sources::{News, Source, SourceHub};
use crate::wiring::{EncodeLink, Wired, Wiring};
use crate::{encoding, threads};

/// A stage. Owned by its thread.
pub struct Stage {
    program: u32,
    format: Format,
    hub: Arc<SourceHub>,
    shared: Arc<Shared>,
    ground: Ground,
    prepare: crate::prepare::PrepareLink,
    keeper: Option<Keeper>,
    sources: BTreeMap<SourceId, OpenSource>,
    encodes: Vec<Encode>,
    /// Shared with who reads their figures.
    outputs: Arc<ArcSwap<Vec<Arc<OutputView>>>>,
    running: BTreeMap<OutputId, RunningOutput>,
    /// Sources that nobody needs, until dropping them takes no time.
    closing: Vec<Arc<Source>>,
    /// Outputs that were stopped and are closing their file or their stream.
    ending: Vec<RunningOutput>,
    /// Encodes that ended, until nobody else holds them: the last to let one go closes its pipeline,
    /// and that must be this thread.
    retired: Vec<Arc<EncodeLink>>,
    seen: Arc<Needs>,
}

/// An output as others see it.
pub struct OutputView {
    /// As it was started.
    pub output: show::Output,
    /// What waits for it.
    pub queue: Arc<media::queue::Queue>,
    /// What it counts.
    pub figures: Arc<crate::outputs::Figures>,
}

struct OpenSource {
    need: SourceNeed,
    source: Arc<Source>,
    wired: Wired,
}

struct Encode {
    profile: EncodeProfile,
    link: Arc<EncodeLink>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Stage {
    /// A stage on which nothing runs.
    pub fn new(
        (program, format): (u32, Format),
        hub: Arc<SourceHub>,
        shared: Arc<Shared>,
        ground: Ground,
        prepare: crate::prepare::PrepareLink,
        keeper: Option<Keeper>,
    ) -> Self {
        Self {
            program,
            format,
            hub,
            shared,
            ground,
            prepare,
            keeper,
            sources: BTreeMap::new(),
            encodes: Vec::new(),
            outputs: Arc::default(),
            running: BTreeMap::new(),
            closing: Vec::new(),
            ending: Vec::new(),
            retired: Vec::new(),
            seen: Arc::default(),
        }
    }

    /// Where the running outputs can be seen.
    pub fn outputs(&self) -> Arc<ArcSwap<Vec<Arc<OutputView>>>> {
        Arc::clone(&self.outputs)
    }

    /// Makes what should run, if that has changed. True if something changed.
    pub fn look(&mut self) -> bool {
        self.look_at_encodes();
        if let Some(keeper) = &mut self.keeper {
            keeper.look();
        }
        self.closing.retain(|source| !source.is_dropped_at_once());
        self.ending.retain(|output| !output.has_ended());
        self.retired.retain(|encode| Arc::strong_count(encode) > 1);
        let needs = self.shared.needs.load_full();
        if Arc::ptr_eq(&needs, &self.seen) {
            return false;
        }
        self.prepare.want(needs.preps.clone());
        let mut changed = self.follow_sources(&needs);
        changed |= self.follow_outputs(&needs);
        if changed {
            self.wire();
        }
        self.seen = needs;
        true
    }

    fn follow_sources(&mut self, needs: &Needs) -> bool {
        let mut changed = false;
        let wanted = |id: &SourceId| needs.sources.iter().find(|need| need.source.id == *id);
        let gone: Vec<SourceId> = self
            .sources
            .iter()
            .filter(|(id, open)| {
                wanted(id).is_none_or(|need| {
                    need.source.kind != open.need.source.kind || need.path != open.need.path
                })
            })
            .map(|(id, _)| *id)
            .collect();
        for id in gone {
            changed = true;
            self.close_source(id);
        }
        for need in &needs.sources {
            if let Some(open) = self.sources.get_mut(&need.source.id) {
                if open.need.run != need.run {
                    open.need.run = need.run;
                    SourceHub::set_run(&open.source, need.run);
                }
                continue;
            }
            self.open_source(need);
            changed = true;
        }
        changed
    }

    fn open_source(&mut self, need: &SourceNeed) {
        if !need.source.has_audio() {
            // A still and a colour have no pictures of their own: the compositor draws them.
            return;
        }
        let (program, format) = (self.program, self.format);
        let Ground { folder, news, notes, .. } = &self.ground;
        let opened = self.hub.acquire(need, (program, format), folder, news, notes);
        let source = match opened {
            Ok(source) => source,
            Err(error) => {
                notes.set(need.source.id.into(), Trouble::NoSourceThread(error.to_string()));
                return;
            }
        };
        let link = &source.link;
        let wired = Wired {
            id: need.source.id,
            live: source.live.then(|| Arc::clone(link)),
            video: link.video.subscribe(),
            audio: link.audio.subscribe(),
        };
        self.sources.insert(need.source.id, OpenSource { need: need.clone(), source, wired });
    }

    fn close_source(&mut self, id: SourceId) {
        if let Some(open) = self.sources.remove(&id) {
            open.source.link.video.unsubscribe(&open.wired.video);
            open.source.link.audio.unsubscribe(&open.wired.audio);
            self.hub.release(&open.source, self.program, id);
            self.closing.push(open.source);
        }
    }

    fn follow_outputs(&mut self, needs: &Needs) -> bool {
        let mut changed = false;
        let gone: Vec<OutputId> = self
            .running
            .iter()
            .filter(|(_, running)| {
                let same = |need: &&OutputNeed| {
                    (&need.output, need.starts) == (&running.output, running.start)
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
            changed = true;
            let hub = match self.encode(output.profile) {
                Ok(hub) => hub,
                Err(error) => {
                    self.fail(output.id, error.into());
                    continue;
                }
            };
            match RunningOutput::start((output.clone(), *starts), &hub, &self.ground) {
                Ok(running) => _ = self.running.insert(output.id, running),
                Err(error) => {
                    self.fail(output.id, Trouble::NoOutputThread(error.to_string()));
                }
            }
        }
        self.end_idle_encodes();
        self.show_outputs();
        changed
    }

    fn fail(&self, id: OutputId, trouble: Trouble) {
        self.ground.notes.set(id.into(), trouble);
        let report = Report::Output(id, OutputState::Failed);
        // A program that is gone hears nothing.
        let _heard = self.ground.news.send(News::Report(report));
    }

    fn stop_output(&mut self, id: OutputId) {
        if let Some(running) = self.running.remove(&id) {
            for encode in &self.encodes {
                encode.link.hub.leave(&running.queue);
            }
            self.ground.notes.clear(id.into());
            self.ending.push(running);
        }
    }

    fn show_outputs(&self) {
        let views = self.running.values().map(|running| {
            let RunningOutput { output, queue, figures, .. } = running;
            let (queue, figures) = (Arc::clone(queue), Arc::clone(figures));
            Arc::new(OutputView { output: output.clone(), queue, figures })
        });
        self.outputs.store(Arc::new(views.collect()));
    }

    /// The hub of the encode with this profile, which is started if there is none.
    fn encode(&mut self, profile: EncodeProfile) -> Result<Arc<Hub>, EncodeError> {
        if let Some(encode) = self.encodes.iter().find(|encode| encode.profile == profile) {
            return Ok(Arc::clone(&encode.link.hub));
        }
        let hub = Arc::new(Hub::default());
        let sink: Arc<dyn media::encode::Sink> = hub.clone();
        let encoder = Encoder::start(self.format, profile, sink)?;
        let link = Arc::new(EncodeLink::new(encoder, Arc::clone(&hub)));
        let stop = Arc::new(AtomicBool::new(false));
        let thread = {
            let (link, stop, format) = (Arc::clone(&link), Arc::clone(&stop), self.format);
            let (clock, sound) = (self.ground.clock.clone(), Arc::clone(&self.shared.sound));
            let name = format!("encode-{}", self.encodes.len());
            let run = move || encoding::run(&link, format, &clock, &sound.levels, &stop);
            threads::spawn(name, run).map_err(|error| EncodeError::NoThread(error.to_string()))?
        };
        self.encodes.push(Encode { profile, link, stop, thread: Some(thread) });
        Ok(hub)
    }

    fn end_idle_encodes(&mut self) {
        let used = |profile| self.running.values().any(|r| r.output.profile == profile);
        let idle: Vec<usize> =
            (0..self.encodes.len()).filter(|at| !used(self.encodes[*at].profile)).collect();
        for at in idle.into_iter().rev() {
            let encode = self.encodes.swap_remove(at);
            // The program must not push into it any more before it ends.
            self.wire();
            self.retire(encode);
        }
    }

    fn retire(&mut self, mut encode: Encode) {
        encode.join();
        self.retired.push(Arc::clone(&encode.link));
    }

    /// An encode that has failed is an output that has failed: it is started anew.
    fn look_at_encodes(&mut self) {
        let failed = |encode: &Encode| encode.link.encoder.error();
        let broken: Vec<_> =
            self.encodes.iter().filter_map(|e| Some((e.profile, failed(e)?))).collect();
        for (profile, reason) in broken {
            let ids: Vec<OutputId> = self
                .running
                .values()
                .filter(|running| running.output.profile == profile)
                .map(|running| running.output.id)
                .collect();
            for id in ids {
                self.stop_output(id);
                self.ground.notes.set(id.into(), Trouble::EncoderStopped(reason.clone()));
            }
            if let Some(at) = self.encodes.iter().position(|e| e.profile == profile) {
                let encode = self.encodes.swap_remove(at);
                self.wire();
                self.retire(encode);
            }
            // Looked at anew, they are missing and started.
            self.seen = Arc::default();
        }
    }

    fn wire(&self) {
        let sources = self.sources.values().map(|open| Wired {
            id: open.wired.id,
            live: open.wired.live.clone(),
            video: Arc::clone(&open.wired.video),
            audio: Arc::clone(&open.wired.audio),
        });
        let encodes = self.encodes.iter().map(|encode| Arc::clone(&encode.link));
        let wiring = Wiring { sources: sources.collect(), encodes: encodes.collect() };
        self.shared.wiring.store(Arc::new(wiring));
    }

    /// Ends everything: encodes are emptied, files closed, streams unpublished.
    pub fn end(mut self) -> Vec<RunningOutput> {
        self.show_outputs();
        // Sources take their time while outputs take theirs; nobody reads them any more.
        let ids: Vec<SourceId> = self.sources.keys().copied().collect();
        for id in ids {
            self.close_source(id);
        }
        for encode in self.encodes.drain(..) {
            encode.drain();
        }
        let mut ended = std::mem::take(&mut self.ending);
        ended.extend(std::mem::take(&mut self.running).into_values());
        for output in &ended {
            output.queue.close();
        }
        for output in &mut ended {
            output.wait();
        }
        ended
    }
}

impl Encode {
    /// Lets it encode what waits, and hands on all that comes out.
    fn drain(mut self) {
        self.join();
        self.link.encoder.finish();
    }

    fn join(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.link.bell.ring();
        if let Some(thread) = self.thread.take() {
            // It panicked: that is in the log, and it is over either way.
            let _ended = thread.join();
        }
    }
}
