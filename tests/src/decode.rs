//! Decodes what was recorded or sent, with ffmpeg as a judge that is not ours.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::thread;

use media::pattern;

use crate::numbers::{self, Area, Luma};

/// A decoded picture and what was made of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen<T> {
    /// When it is shown, in nanoseconds on the file's own time line.
    pub pts: i64,
    /// What was made of it.
    pub what: T,
}

/// Sound, with its place on the file's own time line.
#[derive(Clone, Debug, Default)]
pub struct Sound {
    /// Pieces without a gap: when each begins, in nanoseconds, and the place of its first sample.
    pub pieces: Vec<(i64, usize)>,
    /// Samples of 48 kHz, stereo interleaved.
    pub samples: Vec<f32>,
}

impl Sound {
    /// When a sample (of one side) is heard, in nanoseconds.
    pub fn time(&self, sample: usize) -> i64 {
        let piece = self.pieces.partition_point(|(_, first)| *first <= sample).checked_sub(1);
        let (start, first) = self.pieces[piece.expect("a piece begins with sample 0")];
        start + ((sample - first) as i64 * 1_000_000_000 / 48_000)
    }
}

/// Decodes all pictures of a file and makes something of each as it comes.
pub fn pictures<T>(path: &Path, mut make: impl FnMut(Luma<'_>) -> T) -> Vec<Seen<T>> {
    let (width, height) = size(path);
    // Y' alone, as it was decoded: nothing of what is judged here is in the colours.
    let filters = ["-map", "0:v:0", "-vf", "showinfo=checksum=0,extractplanes=y"];
    let mut child = ffmpeg(path, &filters, &["-fps_mode", "passthrough", "-f", "rawvideo"]);
    let said = listen(&mut child, "Parsed_showinfo_0", false);
    let mut out = child.stdout.take().expect("a pipe");
    let mut bytes = vec![0; width * height];
    let mut made = Vec::new();
    while out.read_exact(&mut bytes).is_ok() {
        made.push(make(Luma { data: &bytes, stride: width, width, height }));
    }
    let times = ended(child, said, path);
    assert_eq!(times.len(), made.len(), "{}: each picture has its time", path.display());
    times.into_iter().zip(made).map(|((pts, _), what)| Seen { pts, what }).collect()
}

/// Decodes all sound of a file.
pub fn sound(path: &Path) -> Sound {
    let filters =
        ["-map", "0:a:0", "-af", "aformat=sample_rates=48000:channel_layouts=stereo,ashowinfo"];
    let mut child = ffmpeg(path, &filters, &["-c:a", "pcm_f32le", "-f", "f32le"]);
    let said = listen(&mut child, "Parsed_ashowinfo_1", true);
    let mut bytes = Vec::new();
    child.stdout.take().expect("a pipe").read_to_end(&mut bytes).expect("ffmpeg's answer");
    let samples = bytes.as_chunks::<4>().0.iter().map(|sample| f32::from_le_bytes(*sample));
    let mut sound = Sound { pieces: Vec::new(), samples: samples.collect() };
    let mut first = 0;
    for (pts, count) in ended(child, said, path) {
        sound.pieces.push((pts, first));
        first += count;
    }
    assert_eq!(first, sound.samples.len() / 2, "{}: each sample has its time", path.display());
    sound
}

/// Where clicks begin, in samples of one side. The burst is found by where the signal is most like
/// it: encoders smear its start, but not its middle.
pub fn clicks(samples: &[f32]) -> Vec<usize> {
    let left: Vec<f32> = samples.iter().step_by(2).copied().collect();
    let length = pattern::CLICK_SAMPLES as usize;
    let burst: Vec<f32> =
        (0..length).map(|sample| (sample as f32 / 48.0 * std::f32::consts::TAU).cos()).collect();
    let likeness = |at: usize| -> f32 { left[at..].iter().zip(&burst).map(|(a, b)| a * b).sum() };
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(loud) = left[at.min(left.len())..].iter().position(|value| value.abs() > 0.2) {
        let near = (at + loud).saturating_sub(length)..at + loud + length;
        let fits = near.filter(|start| start + length <= left.len());
        let best = fits.max_by(|a, b| likeness(*a).total_cmp(&likeness(*b)));
        // Less than half of a click's energy is something else, and so is one that is cut off.
        let full = pattern::CLICK_LEVEL * length as f32 / 2.0;
        found.extend(best.filter(|best| likeness(*best) > full / 2.0));
        at += loud + 2 * length;
    }
    found
}

/// How far sound and picture are apart.
#[derive(Clone, Copy, Debug)]
pub struct Offset {
    /// How many seconds were compared.
    pub seconds: usize,
    /// The mean of click less flash, in milliseconds: above zero the sound is late.
    pub mean_millis: f64,
    /// The one that is furthest from zero, in milliseconds.
    pub worst_millis: f64,
}

/// Compares each flash of the whole picture with the click next to it.
pub fn click_against_flash(path: &Path) -> Offset {
    let lit = pictures(path, |luma| numbers::flash(&luma, Area::whole(&luma)));
    let sound = sound(path);
    let clicks: Vec<i64> = clicks(&sound.samples).into_iter().map(|at| sound.time(at)).collect();
    offset(&flashes(&lit), &clicks)
}

/// When flashes begin: pictures that are lit after one that is not.
pub fn flashes(lit: &[Seen<bool>]) -> Vec<i64> {
    let pairs = lit.windows(2).filter(|pair| !pair[0].what && pair[1].what);
    pairs.map(|pair| pair[1].pts).collect()
}

/// The offset between flashes and clicks, both in nanoseconds; each flash needs a click within a
/// quarter of a second.
pub fn offset(flashes: &[i64], clicks: &[i64]) -> Offset {
    let nearest = |flash: &i64| {
        let offsets = clicks.iter().map(|click| click - flash);
        offsets.min_by_key(|offset| offset.abs()).filter(|offset| offset.abs() < 250_000_000)
    };
    let millis: Vec<f64> = flashes
        .iter()
        .map(|flash| nearest(flash).unwrap_or_else(|| panic!("no click at {flash} of {clicks:?}")))
        .map(|nanos| nanos as f64 / 1e6)
        .collect();
    assert!(!millis.is_empty(), "no flash");
    let worst = millis.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs()));
    Offset {
        seconds: millis.len(),
        mean_millis: millis.iter().sum::<f64>() / millis.len() as f64,
        worst_millis: worst.unwrap_or_default(),
    }
}

/// What ffprobe says of the first picture stream or of the file: `entries` as its `-show_entries`.
pub fn probe(path: &Path, entries: &str) -> String {
    let mut command = Command::new("ffprobe");
    command.args(["-v", "error", "-select_streams", "v:0", "-show_entries", entries]);
    let output = command.args(["-of", "csv=p=0"]).arg(path).output().expect("ffprobe is installed");
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{}: {complaint}", path.display());
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Width and height of the first picture stream.
pub fn size(path: &Path) -> (usize, usize) {
    let answer = probe(path, "stream=width,height");
    let mut numbers = answer.lines().next().unwrap_or_default().split(',');
    let mut next = || numbers.next().and_then(|number| number.parse().ok());
    match (next(), next()) {
        (Some(width), Some(height)) => (width, height),
        _ => panic!("{}: no pictures: {answer}", path.display()),
    }
}

fn ffmpeg(path: &Path, filters: &[&str], output: &[&str]) -> Child {
    let mut command = Command::new("ffmpeg");
    command.args(["-hide_banner", "-nostdin", "-nostats", "-loglevel", "info", "-copyts"]);
    command.arg("-i").arg(path).args(filters).args(output).arg("pipe:1");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("ffmpeg is installed")
}

/// What was heard: times and counts, and everything else it said.
type Heard = (Vec<(i64, usize)>, String);

/// Collects what a filter says of each frame: its time in nanoseconds, and for sound its samples.
fn listen(child: &mut Child, filter: &'static str, sound: bool) -> thread::JoinHandle<Heard> {
    let stderr = child.stderr.take().expect("a pipe");
    let name = "listener".to_owned();
    thread::Builder::new().name(name).spawn(move || heard(stderr, filter, sound)).expect("a thread")
}

fn heard(stderr: ChildStderr, filter: &str, sound: bool) -> Heard {
    let (mut times, mut rest, mut base) = (Vec::new(), String::new(), (1_i64, 48_000_i64));
    for line in BufReader::new(stderr).lines().map_while(Result::ok) {
        let from_filter = line.contains(filter);
        if let Some(found) = after(&line, "config in time_base: ").filter(|_| from_filter) {
            let (num, den) = found.trim_end_matches(',').split_once('/').expect("a fraction");
            base = (num.parse().expect("a number"), den.parse().expect("a number"));
        } else if let Some(pts) = after(&line, " pts:").filter(|_| from_filter) {
            let pts: i64 = pts.parse().expect("a picture has a time");
            let nanos = i128::from(pts) * i128::from(base.0) * 1_000_000_000 / i128::from(base.1);
            let count = after(&line, " nb_samples:").filter(|_| sound);
            let count = count.map_or(0, |count| count.parse().expect("a number"));
            times.push((i64::try_from(nanos).expect("a time of this century"), count));
        } else if !from_filter {
            rest.push_str(&line);
            rest.push('\n');
        }
    }
    (times, rest)
}

/// The word behind a label, with or without spaces between.
fn after<'a>(line: &'a str, label: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(label)?;
    rest.split_whitespace().next()
}

fn ended(mut child: Child, said: thread::JoinHandle<Heard>, path: &Path) -> Vec<(i64, usize)> {
    let (times, rest) = said.join().expect("the listener reads to the end");
    let status = child.wait().expect("ffmpeg ends");
    assert!(status.success(), "{}: ffmpeg says:\n{rest}", path.display());
    times
}
