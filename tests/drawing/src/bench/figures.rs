//! What was measured, as a table and as JSON.

use std::io::{self, Write};

use serde_json::{Value, json};

/// What a GPU frame may cost the calling thread, in milliseconds.
const PROMISED: f64 = 1.0;
/// The promise.
pub const PROMISE: &str = "a GPU frame costs the calling thread under 1 ms";

/// What one frame cost, in milliseconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sample {
    /// CPU time of the calling thread, in the call.
    pub thread: f64,
    /// CPU time of the whole process, until the next frame.
    pub process: f64,
    /// Time that the call took.
    pub call: f64,
}

/// The middle of many, and what one in a hundred is beyond.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    /// The median.
    pub median: f64,
    /// The 99th percentile.
    pub p99: f64,
}

impl Spread {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.collect();
        values.sort_by(f64::total_cmp);
        let last = values.len().saturating_sub(1);
        let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
        let median = (at(last / 2) + at(last.div_ceil(2))) / 2.0;
        Self { median, p99: at((last as f64 * 0.99).round() as usize) }
    }

    fn json(self) -> Value {
        json!({ "median": self.median, "p99": self.p99 })
    }
}

/// What a frame costs when it is drawn in one way.
#[derive(Clone, Debug)]
pub struct Cost {
    /// In which way.
    pub name: &'static str,
    thread: Spread,
    process: Spread,
    call: Spread,
    finished: Spread,
    frames: usize,
    late: u64,
}

impl Cost {
    /// Of frames at a pace, the milliseconds until others were finished, and how many were not in time.
    pub fn new(name: &'static str, samples: &[Sample], finished: &[f64], late: u64) -> Self {
        let of = |value: fn(&Sample) -> f64| Spread::of(samples.iter().map(value));
        Self {
            name,
            thread: of(|sample| sample.thread),
            process: of(|sample| sample.process),
            call: of(|sample| sample.call),
            finished: Spread::of(finished.iter().copied()),
            frames: samples.len(),
            late,
        }
    }

    fn spreads(&self) -> [(&'static str, Spread); 4] {
        [
            ("thread_cpu_ms", self.thread),
            ("process_cpu_ms", self.process),
            ("call_ms", self.call),
            ("finished_ms", self.finished),
        ]
    }

    fn json(&self) -> Value {
        let mut all = json!({ "frames": self.frames, "late": self.late });
        for (name, spread) in self.spreads() {
            all[name] = spread.json();
        }
        all
    }
}

/// What a scene costs at a size.
#[derive(Clone, Debug)]
pub struct Costs {
    /// The scene's name.
    pub scene: &'static str,
    /// Width and height in pixels.
    pub size: (u32, u32),
    /// Into textures, from sources that stand still.
    pub still: Cost,
    /// Into textures, from sources that move.
    pub moving: Cost,
    /// Into pictures in memory, from sources that move: a frame of a programme.
    pub whole: Cost,
    /// By the CPU alone, from sources that move.
    pub cpu: Cost,
}

/// A part of a frame, in medians.
type Part = (&'static str, [f64; 4]);

impl Costs {
    fn all(&self) -> [&Cost; 4] {
        [&self.still, &self.moving, &self.whole, &self.cpu]
    }

    /// The parts of a GPU frame, by differences.
    fn parts(&self) -> [Part; 3] {
        let medians = |cost: &Cost| cost.spreads().map(|(_, spread)| spread.median);
        let [still, moving, whole] = [&self.still, &self.moving, &self.whole].map(medians);
        let less = |a: [f64; 4], b: [f64; 4]| [0, 1, 2, 3].map(|index| a[index] - b[index]);
        [("upload", less(moving, still)), ("compose", still), ("read-back", less(whole, moving))]
    }

    /// Whether a GPU frame costs the calling thread no more than is promised.
    pub fn is_as_promised(&self) -> bool {
        self.whole.thread.median < PROMISED
    }

    /// What of the promise comes true here.
    pub fn verdict(&self) -> String {
        let Spread { median, p99 } = self.whole.thread;
        let verdict = if self.is_as_promised() { "kept" } else { "NOT kept" };
        format!("{median:.2} ms, 99 of 100 at most {p99:.2}: {verdict}")
    }

    /// Writes them as a table.
    pub fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        let (scene, (width, height)) = (self.scene, self.size);
        writeln!(out, "\n{scene} {width}x{height}, ms a frame: median, 99th percentile")?;
        let heads = ["calling thread", "whole process", "time of the call", "until finished"];
        write!(out, "{:30}", "")?;
        heads.iter().try_for_each(|head| write!(out, "{head:>18}"))?;
        writeln!(out, "{:>8}", "frames")?;
        for cost in self.all() {
            write!(out, "  {:28}", cost.name)?;
            for (_, Spread { median, p99 }) in cost.spreads() {
                write!(out, "{median:>10.2}{p99:>8.2}")?;
            }
            write!(out, "{:>8}", cost.frames)?;
            writeln!(
                out,
                "{}",
                if cost.late > 0 { format!(", {} late", cost.late) } else { String::new() }
            )?;
        }
        for (name, medians) in self.parts() {
            let medians = medians.map(|median| format!("{median:>10.2}"));
            writeln!(out, "    {:26}{}", format!("{name} alone"), medians.join("        "))?;
        }
        writeln!(out, "  {PROMISE}: {}", self.verdict())?;
        out.flush()
    }

    /// The same as JSON.
    pub fn json(&self) -> Value {
        let mut ways = json!({});
        for cost in self.all() {
            ways[cost.name] = cost.json();
        }
        let mut parts = json!({});
        for (name, medians) in self.parts() {
            let names = self.still.spreads().map(|(name, _)| name);
            for (figure, median) in names.into_iter().zip(medians) {
                parts[name][figure] = median.into();
            }
        }
        let (width, height) = self.size;
        json!({
            "scene": self.scene, "width": width, "height": height,
            "ways": ways, "parts_by_medians": parts, "is_as_promised": self.is_as_promised(),
        })
    }
}
