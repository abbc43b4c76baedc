//! One encode as a receiver sees it: every picture, and sound on its picture.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Once};
use std::thread;
use std::time::Duration;

use compositor::{Compositor, CpuCompositor};
use engine::{BusItems, Frame, FrameIndex, Picture};
use media::encode::{Encoder, Headers, Sink, Unit, UnitKind};
use media::encoders;
use media::hub::Hub;
use media::pattern::Pattern;
use media::queue::{Packet, Queue, QueueBounds};
use media::record::{self, RecordReports, RecordStats};
use show::{
    EncodeProfile, Feed, Format, FrameRate, LayoutId, Raster, SeiPolicy, Show, SourceId,
    SourceKind, Template,
};
use tests::numbers::{self, Area};
use tests::{decode, time};

/// GStreamer, once.
pub fn start_media() {
    static START: Once = Once::new();
    START.call_once(|| media::init().unwrap());
}

pub fn audio_encoders() -> Vec<(&'static str, i64)> {
    start_media();
    encoders::all_audio().collect()
}

/// Keeps all that an encode yields.
#[derive(Default)]
pub struct Collect {
    units: Mutex<Vec<Unit>>,
    headers: Mutex<Vec<Headers>>,
}

impl Collect {
    pub fn units(&self) -> Vec<Unit> {
        self.units.lock().unwrap().clone()
    }

    pub fn headers(&self) -> Headers {
        let headers = self.headers.lock().unwrap();
        assert_eq!(headers.len(), 1, "told once");
        headers[0].clone()
    }
}

impl Sink for Collect {
    fn unit(&self, unit: Unit) {
        self.units.lock().unwrap().push(unit);
    }

    fn headers(&self, headers: Headers) {
        self.headers.lock().unwrap().push(headers);
    }
}

/// Feeds frames of the pattern, pictures and sound, and waits for the end.
pub fn feed(encoder: &Encoder, format: Format, frames: std::ops::Range<u64>, idr: &[u64]) {
    let pattern = Pattern::new(format, 5);
    for n in frames {
        let (mut sound, start) = (Vec::new(), FrameIndex(n).samples(format.rate));
        pattern.sound(n, &mut sound);
        assert!(encoder.audio(start, &sound, true));
        assert!(encoder.video(FrameIndex(n), &pattern.picture(n), idr.contains(&n)));
    }
    encoder.finish();
    assert_eq!(encoder.error(), None);
}

/// AAC frames as a file that any player opens: each behind its ADTS header (ISO/IEC 14496-3, 1.A.2).
fn write_adts(path: &Path, config: &[u8], units: &[Unit]) {
    let (object, rate) = (config[0] >> 3, (config[0] & 7) << 1 | config[1] >> 7);
    let channels = config[1] >> 3 & 15;
    let mut bytes = Vec::new();
    for unit in units.iter().filter(|unit| unit.kind == UnitKind::Sound) {
        let length = unit.data.len() + 7;
        bytes.extend([0xff, 0xf1, (object - 1) << 6 | rate << 2 | channels >> 2]);
        bytes.extend([(channels & 3) << 6 | (length >> 11) as u8, (length >> 3) as u8]);
        bytes.extend([((length & 7) << 5) as u8 | 0x1f, 0xfc]);
        bytes.extend_from_slice(&unit.data);
    }
    fs::write(path, bytes).unwrap();
}

/// How many samples later than its time stamps say each click is heard.
fn lateness(name: &'static str, delay: i64, rate: FrameRate) -> Vec<i64> {
    let format = Format { raster: Raster::Ld, rate };
    let sink = Arc::new(Collect::default());
    let profile = EncodeProfile::default();
    let encoder = Encoder::start_with((name, delay), format, profile, sink.clone()).unwrap();
    feed(&encoder, format, 0..FrameIndex::in_millis(rate, 4_100), &[]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sound.aac");
    let units = sink.units();
    write_adts(&path, &sink.headers().aac, &units);
    let mut command = Command::new("ffmpeg");
    command.args(["-loglevel", "error", "-nostdin", "-i"]).arg(&path);
    let output = command.args(["-f", "f32le", "-ac", "2", "-"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let samples = output.stdout.as_chunks::<4>().0.iter().map(|sample| f32::from_le_bytes(*sample));
    let clicks = decode::clicks(&samples.collect::<Vec<f32>>());
    // Unit k is heard as samples k * 1,024 and on; it says itself when that should be.
    let sounds: Vec<&Unit> = units.iter().filter(|unit| unit.kind == UnitKind::Sound).collect();
    clicks
        .iter()
        .zip(0..)
        .map(|(at, second)| {
            let unit = sounds[at / 1_024];
            let heard = unit.pts + (at % 1_024) as i64 * 1_000_000_000 / 48_000;
            let (num, den) = rate.fraction();
            let frame = (second * u64::from(num)).div_ceil(u64::from(den));
            let meant = FrameIndex(frame).samples(rate) as i64;
            heard * 48_000 / 1_000_000_000 - meant
        })
        .collect()
}

/// What the table says of each encoder's look-ahead is true to the sample; the other is rounding.
#[test]
fn each_aac_encoder_is_early_by_its_look_ahead() {
    for (name, delay) in audio_encoders() {
        for rate in [FrameRate::R25, FrameRate::R29_97, FrameRate::R59_94] {
            let late = lateness(name, delay, rate);
            println!("{name} at {rate}: clicks are {late:?} samples late");
            assert_eq!(late.len(), 5, "{name}: every click is found");
            assert!(late.iter().all(|late| late.abs() <= 2), "{name} at {rate}: {late:?}");
        }
    }
}

/// Records what `draw` yields for each frame, with the pattern's sound, as a whole studio would: encode,
/// hub, file.
pub fn recorded(
    folder: &Path,
    (format, frames): (Format, u64),
    audio: (&'static str, i64),
    mut draw: impl FnMut(&Encoder, u64) -> Frame,
) -> PathBuf {
    let (hub, queue) = (Arc::new(Hub::default()), Arc::new(Queue::new(QueueBounds::RECORDING)));
    hub.join(SeiPolicy::default(), Arc::clone(&queue));
    let encoder = Encoder::start_with(audio, format, EncodeProfile::default(), hub.clone());
    let encoder = encoder.unwrap();
    let path = folder.join("recording.mkv");
    let stats = RecordStats::default();
    thread::scope(|scope| {
        let recording = scope.spawn(|| record::run(&path, &queue, &stats, &RecordReports::UNHEARD));
        let pattern = Pattern::new(format, 5);
        for n in 0..frames {
            let (mut sound, start) = (Vec::new(), FrameIndex(n).samples(format.rate));
            pattern.sound(n, &mut sound);
            let picture = draw(&encoder, n);
            assert!(
                encoder.audio(start, &sound, true) && encoder.video(FrameIndex(n), &picture, false)
            );
        }
        encoder.finish();
        hub.leave(&queue);
        recording.join().unwrap().unwrap();
    });
    assert_eq!(stats.pictures.load(Ordering::Relaxed), frames, "pictures that went into the file");
    assert_eq!((stats.paths().len(), queue.dropped()), (1, 0));
    path
}

/// A keyframe that is asked for is that very frame, though others wait for the encoder.
#[test]
fn a_keyframe_comes_on_the_frame_it_was_asked_for() {
    start_media();
    for rate in [FrameRate::R25, FrameRate::R29_97] {
        let sink = Arc::new(Collect::default());
        let profile = EncodeProfile { keyframe_millis: 10_000, ..EncodeProfile::default() };
        let format = a_format(Raster::Hd, rate);
        let encoder = Encoder::start(format, profile, sink.clone()).unwrap();
        let asked = [0, 7, 8, 20, 33, 50, 79];
        feed(&encoder, format, 0..90, &asked[1..]);
        let units = sink.units();
        let pictures = units.iter().filter(|unit| unit.kind != UnitKind::Sound);
        let keys: Vec<u64> = (0..)
            .zip(pictures)
            .inspect(|(n, unit)| assert_eq!(unit.pts, FrameIndex(*n).nanos(rate) as i64))
            .filter(|(_, unit)| unit.kind == UnitKind::Keyframe)
            .map(|(n, _)| n)
            .collect();
        assert_eq!(keys, asked, "{rate}");
    }
}

fn a_format(raster: Raster, rate: FrameRate) -> Format {
    Format { raster, rate }
}

/// Nine panes at the default profile, on every raster: both numbers of each pane of each frame.
#[test]
fn the_numbers_of_nine_panes_are_read_from_a_recording_of_any_raster() {
    for raster in Raster::ALL {
        let (format, size) = (a_format(raster, FrameRate::R25), raster.size());
        let mut show = Show::new("Nine", format);
        let ids: Vec<u32> = (1..=9).collect();
        show.sources.extend(
            ids.iter().map(|id| tests::shows::source(*id, SourceKind::TestPattern { tag: 0 })),
        );
        let feeds: Vec<Feed> = ids.iter().map(|id| Feed::Source(SourceId(*id))).collect();
        let layout = Template::NineUp.layout(LayoutId(20), "Nine", &feeds);
        let panes: Vec<Area> = layout.panes.iter().map(|p| Area::pane(p.rect, size)).collect();
        show.layouts.push(layout);
        let bus = BusItems { layout: Some(LayoutId(20)), ..BusItems::default() }.pin(&show);
        let picture = Picture::One(bus);
        let patterns: Vec<_> = ids.iter().map(|id| Pattern::new(format, *id as u8)).collect();
        let mut compositor = CpuCompositor::new(size.0, size.1, Default::default());
        let folder = tempfile::tempdir().unwrap();
        let frames = 30;
        let audio = audio_encoders()[0];
        let path = recorded(folder.path(), (format, frames), audio, |_, n| {
            let of = |id: &u32| patterns[*id as usize - 1].picture(1_000 * u64::from(*id) + n);
            let sources: Vec<_> = ids.iter().map(|id| (SourceId(*id), of(id))).collect();
            compositor.draw(FrameIndex(n), &picture, &sources).unwrap().1
        });
        let read = decode::pictures(&path, |luma| {
            panes.iter().map(|pane| numbers::read(&luma, *pane).both()).collect::<Vec<_>>()
        });
        assert_eq!(read.len() as u64, frames, "{raster:?}");
        for (n, seen) in (0..).zip(&read) {
            let wanted: Vec<_> =
                ids.iter().map(|id| Some((*id as u8, 1_000 * u64::from(*id) + n))).collect();
            assert_eq!(seen.what, wanted, "{raster:?}, frame {n}");
        }
    }
}

/// What is recorded is what was made: every number once and in order, each flash with its click.
#[test]
fn a_recording_has_every_frame_once_and_its_sound_on_time() {
    for audio in audio_encoders() {
        for rate in [FrameRate::R25, FrameRate::R29_97, FrameRate::R59_94] {
            let format = a_format(Raster::Ld, rate);
            let frames = FrameIndex::in_millis(rate, 5_200);
            let folder = tempfile::tempdir().unwrap();
            let pattern = Pattern::new(format, 5);
            let path = recorded(folder.path(), (format, frames), audio, |_, n| pattern.picture(n));
            let read =
                decode::pictures(&path, |luma| numbers::read(&luma, Area::whole(&luma)).both());
            let wanted: Vec<_> = (0..frames).map(|n| Some((5, n))).collect();
            assert_eq!(read.iter().map(|seen| seen.what).collect::<Vec<_>>(), wanted);
            for (n, seen) in (0..).zip(&read) {
                // Matroska counts in milliseconds.
                let off = seen.pts - FrameIndex(n).nanos(rate) as i64;
                assert!(off.abs() <= 1_000_000, "frame {n} is {off} ns off");
            }
            let offset = decode::click_against_flash(&path);
            println!("{} at {rate}: {offset:.2?}", audio.0);
            assert_eq!(offset.seconds, 5);
            assert!(offset.worst_millis.abs() <= 3.0, "{} at {rate}: {offset:?}", audio.0);
        }
    }
}

/// A recording of over ten minutes is two files, with nothing lost and nothing twice between them.
#[test]
fn the_next_file_goes_on_where_the_last_one_ended() {
    start_media();
    let (sink, format) = (Arc::new(Collect::default()), a_format(Raster::Ld, FrameRate::R25));
    let profile = EncodeProfile { video_kbps: 200, keyframe_millis: 1_000, ..Default::default() };
    let encoder = Encoder::start(format, profile, sink.clone()).unwrap();
    feed(&encoder, format, 0..50, &[]);
    let units = sink.units();
    let sounds = units.iter().filter(|unit| unit.kind == UnitKind::Sound).count();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.mkv");
    let (queue, stats) = (
        Queue::new(QueueBounds { nanos: i64::MAX, ..QueueBounds::RECORDING }),
        RecordStats::default(),
    );
    queue.push(Packet::Headers(sink.headers()));
    let laps = 303;
    // Two seconds of an encode, again and again, its sound as late as encoders have it.
    let of_lap = |lap: i64| units.iter().map(move |unit| (unit.pts + lap * 2_000_000_000, unit));
    let mut all: Vec<_> = (0..laps).flat_map(of_lap).collect();
    all.sort_by_key(|(pts, unit)| pts + if unit.kind == UnitKind::Sound { 100_000_000 } else { 0 });
    for (pts, unit) in all {
        queue.push(Packet::Unit(Unit { pts, ..unit.clone() }));
    }
    queue.close();
    record::run(&path, &queue, &stats, &RecordReports::UNHEARD).unwrap();
    assert_eq!(
        (stats.paths().len(), stats.pictures.load(Ordering::Relaxed)),
        (2, 50 * laps as u64)
    );
    let second = folder.path().join("long-0002.mkv");
    assert_eq!(media::record_name::file_name(&path, 2), second);
    let packets = |path: &Path, stream: &str| -> Vec<f64> {
        let mut command = Command::new("ffprobe");
        command.args(["-v", "error", "-select_streams", stream, "-show_entries"]);
        let output =
            command.args(["packet=pts_time", "-of", "csv=p=0"]).arg(path).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| line.trim_end_matches(',').parse().unwrap()).collect()
    };
    assert_eq!((packets(&path, "v").len(), packets(&second, "v").len()), (15_000, 150));
    let (first_sound, second_sound) = (packets(&path, "a"), packets(&second, "a"));
    // What began before the very first picture belongs to no file.
    let early = units.iter().filter(|unit| unit.pts < 0).count();
    assert_eq!(first_sound.len() + second_sound.len(), laps as usize * sounds - early);
    assert!((599.9..600.0).contains(first_sound.last().unwrap()), "{:?}", first_sound.last());
    assert!(second_sound[0] < 0.022, "{}", second_sound[0]);
}

#[test]
fn files_are_numbered_behind_their_stem_and_never_overwritten() {
    let name = |path: &str, number| media::record_name::file_name(Path::new(path), number);
    assert_eq!(name("a/show.mkv", 1), Path::new("a/show.mkv"));
    assert_eq!(name("a/show.mkv", 2), Path::new("a/show-0002.mkv"));
    assert_eq!(name("a/show.of.today.mkv", 12_345), Path::new("a/show.of.today-12345.mkv"));
    assert_eq!(name("show", 3), Path::new("show-0003"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recording.mkv");
    fs::write(&path, "mine").unwrap();
    let format = a_format(Raster::Ld, FrameRate::R25);
    let pattern = Pattern::new(format, 5);
    let audio = audio_encoders()[0];
    recorded(folder.path(), (format, 30), audio, |_, n| pattern.picture(n));
    assert_eq!(fs::read(&path).unwrap(), b"mine");
    let second = folder.path().join("recording-0002.mkv");
    assert_eq!(decode::pictures(&second, |_| ()).len(), 30);
}

/// Takes pictures, and not one frame of sound, until it is let go.
#[derive(Default)]
struct Stuck {
    freed: AtomicBool,
}

impl Sink for Stuck {
    fn unit(&self, unit: Unit) {
        while unit.kind == UnitKind::Sound && !self.freed.load(Ordering::Acquire) {
            time::sleep(Duration::from_millis(5));
        }
    }

    fn headers(&self, _headers: Headers) {}
}

#[test]
fn an_aac_encoder_that_hangs_holds_up_nobody() {
    start_media();
    let format = Format { raster: Raster::Ld, rate: FrameRate::R25 };
    let sink = Arc::new(Stuck::default());
    let encoder = Encoder::start(format, EncodeProfile::default(), sink.clone()).unwrap();
    let (began, sound) = (time::now(), vec![0.1_f32; 2 * 1_920]);
    // Ten seconds of sound, by the one thread that feeds all encodes.
    for n in 0..250 {
        assert!(encoder.audio(n * 1_920, &sound, false));
    }
    let took = began.elapsed();
    sink.freed.store(true, Ordering::Release);
    assert!(took < Duration::from_secs(2), "{took:?}");
    // Half a second waits, and what its encoder holds; the rest is counted.
    let lost = encoder.lost_samples();
    assert!((250 * 1_920 * 8 / 10..250 * 1_920).contains(&lost), "{lost} samples are lost");
}
