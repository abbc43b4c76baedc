//! Recovers a live source's clock from arrival times, one for its picture and its sound: pure, times are passed
//! in.
//!
//! Everything arrives late by a fixed delay and by jitter. How long before it is due an item arrives is its
//! *margin*; the greatest margin of a second belongs to an item without jitter. The map is set so that this
//! margin is the latency that was asked for, and follows the source's clock slowly. What is wrong by more than
//! that is put right at once while nothing is heard of it: before the first picture, after a gap, or in a pause
//! of the sound.

use std::collections::VecDeque;

use crate::live_map::LiveMap;
use crate::stream::Stream;

const MILLI: i64 = 1_000_000;
const SECOND: i64 = 1_000 * MILLI;

/// For how long margins are looked at before the map is corrected.
const WINDOW: i64 = SECOND;
/// For how many windows jitter is remembered.
const REMEMBERED: usize = 10;
/// By how much the latency exceeds the jitter: see [`LEAST`].
const ROOM: i64 = 70 * MILLI;
/// For how many windows in which something came the margins of a segmented source are remembered.
const SEGMENTS_REMEMBERED: usize = 30;
/// After how many of them it is known well enough to be played closer to its edge.
const SEGMENTS_KNOWN: usize = 10;
/// For how long what a segmented source begins with may come.
const SEGMENTS_BEGIN: i64 = 10 * SECOND;
/// By how much a segmented source's latency exceeds what its segments need, which depends on when the list of
/// them is read anew.
const SEGMENT_ROOM: i64 = 500 * MILLI;
/// For how long margins must not have grown for a backlog to be over.
const BACKLOG_ENDS: i64 = 300 * MILLI;
/// By how much a margin has to grow to be part of a backlog.
const BACKLOG_STEP: i64 = 10 * MILLI;
/// For how long a backlog is waited for.
const BACKLOG_MOST: i64 = 2_700 * MILLI;
/// More than this at once is no backlog but a film that is sent as quickly as it can be; it is played from its
/// beginning.
const FILM: i64 = 12 * SECOND;
/// For how long all items must be late before the map is moved: a lost packet is no gap.
const LATE: i64 = 60 * MILLI;
/// The margin below which an item is late: it has to be decoded, and a programme of 25 frames a second mixes 40 ms
/// at once.
const LEAST: i64 = 60 * MILLI;
/// An error up to this is put right by speed.
const SMALL: i64 = 250 * MILLI;
/// For how long a larger error must last before it is put right in a pause of the sound.
const WELL: i64 = 3 * SECOND;
/// For how long a pause is waited for.
const PAUSE_MOST: i64 = 8 * SECOND;
/// A pause must still last this long.
const PAUSE_LEFT: i64 = 20 * MILLI;
/// The most that speed differs for an error, in millionths: 9 hundredths of a semitone.
const ERROR_PPM: i64 = 5_000;
/// The most that a clock may run off, in millionths.
const DRIFT_PPM: i64 = 6_000;
/// An error by which the drift is not learned: it is of another cause.
const NO_DRIFT: i64 = 30 * MILLI;
/// An error that is put right at once when the source has just begun.
const FRESH: i64 = 5 * MILLI;
/// An error that is not worth a change of speed.
const NOTHING: i64 = MILLI;

/// How far behind its arrival a source is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Latency {
    /// The least, in nanoseconds.
    pub target: i64,
    /// Whether it comes in segments, each at once: then the latency is as long as they need.
    pub segmented: bool,
}

/// What happened to the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockEvent {
    /// The source was late for longer than its latency, and is played so much later from now on.
    Late(i64),
    /// The latency was brought to what it should be, by so much: later if that is positive.
    Adjusted(i64),
}

/// Recovers one live source's clock.
#[derive(Clone, Debug)]
pub struct ClockRecovery {
    take: u32,
    latency: Latency,
    map: Option<LiveMap>,
    phase: Phase,
    window: Window,
    /// The greatest and the least margin of the last windows, the newest last.
    windows: VecDeque<(i64, i64)>,
    /// What is known of the source's speed, in millionths.
    drift_ppm: i64,
    /// Since when all items of a stream are late, and the greatest margin since.
    late: [Option<(i64, i64)>; 2],
    /// Since when the error is too great for speed, and how great it is.
    wrong: Option<(i64, i64)>,
    /// A pause of the sound, in the source's time.
    pause: (i64, i64),
    /// The margin of the last window.
    margin: i64,
    /// Whether it has settled only now.
    fresh: bool,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    /// The first items come, or the first after a gap: perhaps a backlog at once.
    Settling {
        since: i64,
        /// When it begins to be seen: until then the map may move at will.
        plays_at: i64,
        best: [Option<i64>; 2],
        /// When the margin last grew.
        grew_at: i64,
    },
    Steady,
}

/// The margins of a second.
#[derive(Clone, Copy, Debug, Default)]
struct Window {
    began: i64,
    best: [Option<i64>; 2],
    worst: Option<i64>,
}

impl ClockRecovery {
    /// For a source that was opened for this take.
    pub fn new(take: u32, latency: Latency) -> Self {
        Self {
            take,
            latency,
            map: None,
            phase: Phase::Steady,
            window: Window::default(),
            windows: VecDeque::new(),
            drift_ppm: 0,
            late: [None; 2],
            wrong: None,
            pause: (0, 0),
            margin: latency.target,
            fresh: false,
        }
    }

    /// The map; `None` before anything has arrived.
    pub fn map(&self) -> Option<LiveMap> {
        self.map
    }

    /// How long before it is due what is in time arrives, in nanoseconds: the latency as it is.
    pub fn margin(&self) -> i64 {
        self.margin
    }

    /// What [`Self::margin`] should be, in nanoseconds: the target, or what the jitter needs.
    pub fn wanted(&self) -> i64 {
        self.latency.target.max(match self.latency.segmented {
            true => self.segment_jitter() + SEGMENT_ROOM,
            false => {
                let spread = self.windows.iter().map(|(best, worst)| best - worst).max();
                spread.unwrap_or(0) + ROOM
            }
        })
    }

    /// By how much the margins of a segmented source differ: a segment's length, and how irregularly they come.
    fn segment_jitter(&self) -> i64 {
        let best = self.windows.iter().map(|(best, _)| *best).max();
        let worst = self.windows.iter().map(|(_, worst)| *worst).min();
        best.zip(worst).map_or(0, |(best, worst)| best - worst)
    }

    /// It comes in segments after all.
    pub fn set_segmented(&mut self) {
        self.latency.segmented = true;
    }

    /// The sound is quiet from one time of the source to another: a good moment for a jump.
    pub fn set_pause(&mut self, from: i64, to: i64) {
        self.pause = (from, to);
    }

    /// Takes the arrival of an item with this time of the source at `now`, on the studio's clock.
    pub fn observe(&mut self, stream: Stream, time: i64, now: i64) -> Option<ClockEvent> {
        let Some(map) = self.map else {
            let (take, target) = (self.take, self.latency.target);
            self.map =
                Some(LiveMap { take, source: time, studio: now + target, ..LiveMap::default() });
            self.settle(now);
            return self.observe(stream, time, now);
        };
        let margin = map.studio_from_source(time) - now;
        let plays = !matches!(self.phase, Phase::Settling { plays_at, .. } if now < plays_at);
        if plays && let Some(event) = self.check_late(stream, margin, now) {
            return Some(event);
        }
        let event = self.go_on_settling(stream, margin, now);
        if event.is_some() {
            return event;
        }
        self.window.add(stream, margin);
        // What is late is either nothing, and then it is jitter, or it will be a jump.
        if now - self.window.began >= WINDOW && self.late == [None; 2] {
            self.close_window(now);
        }
        None
    }

    /// Puts right what is wrong, if this is the moment: to be called each some milliseconds.
    pub fn tick(&mut self, now: i64) -> Option<ClockEvent> {
        let (map, (since, error)) = (self.map?, self.wrong?);
        let place = map.source_from_studio(now);
        let pauses = self.pause.0 <= place && place + PAUSE_LEFT <= self.pause.1;
        let waited = now - since;
        let is_time = (pauses && waited >= WELL) || waited >= WELL + PAUSE_MOST;
        is_time.then(|| self.jump(error, now)).map(ClockEvent::Adjusted)
    }

    fn settle(&mut self, now: i64) {
        let plays_at = now + self.latency.target;
        self.phase = Phase::Settling { since: now, plays_at, best: [None; 2], grew_at: now };
        self.window = Window { began: now, ..Window::default() };
        (self.late, self.wrong, self.fresh) = ([None; 2], None, true);
    }

    /// Everything is due so much later, or earlier.
    fn jump(&mut self, by: i64, now: i64) -> i64 {
        self.map = self.map.map(|map| map.jumped(by));
        self.window = Window { began: now, ..Window::default() };
        self.margin += by;
        self.windows.iter_mut().for_each(|(best, worst)| {
            *best += by;
            *worst += by;
        });
        (self.late, self.wrong) = ([None; 2], None);
        by
    }

    /// A stream of which nothing has come in time for a while has stopped meanwhile, and goes on late.
    fn check_late(&mut self, stream: Stream, margin: i64, now: i64) -> Option<ClockEvent> {
        let late = &mut self.late[stream.index()];
        if margin >= LEAST.min(self.latency.target / 2) {
            *late = None;
            return None;
        }
        let (since, best) = late.unwrap_or((now, margin));
        let best = best.max(margin);
        *late = Some((since, best));
        if now - since < LATE {
            return None;
        }
        let by = self.jump(self.latency.target - best, now);
        self.settle(now);
        Some(ClockEvent::Late(by))
    }

    /// Follows a backlog to its end.
    fn go_on_settling(&mut self, stream: Stream, margin: i64, now: i64) -> Option<ClockEvent> {
        let Phase::Settling { since, plays_at, mut best, mut grew_at } = self.phase else {
            return None;
        };
        let target = self.latency.target;
        let before = edge(best);
        let mine = &mut best[stream.index()];
        *mine = Some(mine.map_or(margin, |best| best.max(margin)));
        let edge = edge(best).unwrap_or(target);
        if before.is_some_and(|before| edge > before + BACKLOG_STEP) {
            grew_at = now;
        }
        self.phase = Phase::Settling { since, plays_at, best, grew_at };
        let excess = edge - target;
        if self.latency.segmented {
            // What it begins with is what its latency is made of.
            if now - since >= SEGMENTS_BEGIN {
                self.phase = Phase::Steady;
            }
            return None;
        }
        if now < plays_at {
            self.map = self.map.map(|map| map.jumped(-excess));
            let best = best.map(|best| best.map(|best| best - excess));
            self.phase = Phase::Settling { since, plays_at, best, grew_at };
            return None;
        }
        if now - grew_at < BACKLOG_ENDS && now - since < BACKLOG_MOST {
            return None;
        }
        self.phase = Phase::Steady;
        if excess.abs() <= BACKLOG_STEP || excess >= FILM {
            // Readers place its pictures anew between their frames, now that it stands.
            self.jump(0, now);
            return None;
        }
        Some(ClockEvent::Adjusted(self.jump(-excess, now)))
    }

    /// Follows the source's clock by the margins of a window.
    fn close_window(&mut self, now: i64) {
        let window =
            std::mem::replace(&mut self.window, Window { began: now, ..Window::default() });
        let Some(edge) = edge(window.best) else { return };
        self.margin = edge;
        if matches!(self.phase, Phase::Settling { .. }) {
            return;
        }
        let most = if self.latency.segmented { SEGMENTS_REMEMBERED } else { REMEMBERED };
        if self.windows.len() >= most {
            self.windows.pop_front();
        }
        self.windows.push_back((edge, window.worst.unwrap_or(edge)));
        if self.latency.segmented {
            self.note_error(self.segment_error(), now);
            return;
        }
        let error = self.wanted() - edge;
        if error.abs() > SMALL {
            self.note_error(error, now);
            self.steer(self.drift_ppm, now);
            return;
        }
        self.wrong = None;
        if std::mem::take(&mut self.fresh) && error.abs() > FRESH {
            // The first second knows it better than the first moment; later it would be heard for longer.
            self.jump(error, now);
            return;
        }
        let error = if error.abs() < NOTHING { 0 } else { error };
        // A loop of second order, critically damped at 8 s: the quarter of an error goes in a second, and a
        // 64th of it is taken for drift.
        if error.abs() < NO_DRIFT {
            let drift = self.drift_ppm + error * 1_000 / MILLI / 64;
            self.drift_ppm = drift.clamp(-DRIFT_PPM, DRIFT_PPM);
        }
        let correction = (error * 250 / MILLI).clamp(-ERROR_PPM, ERROR_PPM);
        self.steer(self.drift_ppm + correction, now);
    }

    /// By how much a segmented source should be played later. Its clock is not followed: it lies hidden in how
    /// its segments come. Each some minutes it is moved instead.
    fn segment_error(&self) -> i64 {
        let (best, worst) = (
            self.windows.iter().map(|(best, _)| *best).max().unwrap_or(0),
            self.windows.iter().map(|(_, worst)| *worst).min().unwrap_or(0),
        );
        let needed = self.wanted();
        let most = needed + (best - worst) / 2 + SEGMENT_ROOM;
        match best {
            _ if worst < LEAST => needed - best,
            best if best > most && self.windows.len() >= SEGMENTS_KNOWN => needed - best,
            _ => 0,
        }
    }

    /// An error that is too great for speed, or none.
    fn note_error(&mut self, error: i64, now: i64) {
        let since = self.wrong.map_or(now, |(since, _)| since);
        self.wrong = (error.abs() > SMALL).then_some((since, error));
    }

    fn steer(&mut self, ppm: i64, now: i64) {
        let ppm = i32::try_from(ppm).unwrap_or(0);
        self.map =
            self.map.map(|map| if map.slope_ppm == ppm { map } else { map.steered(now, ppm) });
    }

    /// Sets the duration of the source's pictures, in nanoseconds. Small changes are its jitter.
    pub fn set_picture(&mut self, nanos: i64) {
        if let Some(map) = &mut self.map
            && (nanos - map.picture).abs() > map.picture / 64
        {
            map.picture = nanos;
        }
    }
}

impl Window {
    fn add(&mut self, stream: Stream, margin: i64) {
        let best = &mut self.best[stream.index()];
        *best = Some(best.map_or(margin, |best| best.max(margin)));
        self.worst = Some(self.worst.map_or(margin, |worst| worst.min(margin)));
    }
}

/// The margin that both streams have: the later one's.
fn edge(best: [Option<i64>; 2]) -> Option<i64> {
    best.into_iter().flatten().min()
}
