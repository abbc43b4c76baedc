//! Media for tests, made by ffmpeg from the test pattern: every frame says its number, every second
//! flashes and clicks.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use engine::Frame;
use media::pattern::Pattern;
use show::{Format, FrameRate, Raster};

/// How a film is coded.
#[derive(Clone, Copy, Debug)]
pub struct Coding {
    /// Kilobits per second of the pictures.
    pub kbps: u32,
    /// The most B frames in a row.
    pub b_frames: u32,
    /// Strength of the grain over the pictures, 0 to 100: makes decoding as dear as a real film's.
    pub grain: u32,
    /// Whether there is sound.
    pub sound: bool,
}

impl Default for Coding {
    fn default() -> Self {
        Self { kbps: 5_000, b_frames: 3, grain: 0, sound: true }
    }
}

/// Makes a film of so many seconds; what its name ends with (mp4, mkv) says its container.
pub fn film(path: &Path, format: Format, seconds: u32, tag: u8, coding: Coding) {
    let (num, den) = format.rate.fraction();
    film_of(path, format, u64::from(seconds) * u64::from(num) / u64::from(den), tag, coding);
}

/// The same, of so many pictures.
pub fn film_of(path: &Path, format: Format, frames: u64, tag: u8, coding: Coding) {
    let (num, den) = format.rate.fraction();
    let pattern = Pattern::new(format, tag);
    let (width, height) = format.raster.size();
    let size = format!("{width}x{height}");
    let sound = tempfile::NamedTempFile::new().expect("a temporary file");
    fs::write(sound.path(), bytes_of(&pattern_sound(&pattern, frames))).expect("room for sound");
    let mut command = Command::new("ffmpeg");
    command.args(["-hide_banner", "-loglevel", "error", "-y", "-f", "rawvideo"]);
    command.args(["-pix_fmt", "yuv420p", "-color_range", "tv", "-colorspace", "bt709"]);
    command.args(["-s", &size, "-r", &format!("{num}/{den}"), "-i", "pipe:0"]);
    if coding.sound {
        command.args(["-f", "f32le", "-ar", "48000", "-ac", "2", "-i"]).arg(sound.path());
        command.args(["-c:a", "aac", "-b:a", "160k"]);
    }
    if coding.grain > 0 {
        command.args(["-vf", &format!("noise=alls={}:allf=t", coding.grain)]);
    }
    command.args(["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p"]);
    command.args(["-b:v", &format!("{}k", coding.kbps), "-bf", &coding.b_frames.to_string()]);
    // A keyframe each two seconds, as streams have them.
    command.args(["-g", &(2 * format.rate.nominal()).to_string()]);
    command.args(["-color_range", "tv", "-colorspace", "bt709"]);
    command.args(["-color_primaries", "bt709", "-color_trc", "bt709"]);
    command.args(["-movflags", "+faststart"]).arg(path);
    run_with_pictures(command, (0..frames).map(|n| pattern.picture(n)));
}

/// Runs ffmpeg with these pictures on its standard input.
pub fn run_with_pictures(mut command: Command, pictures: impl Iterator<Item = Frame>) {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("ffmpeg is installed");
    let mut input = io::BufWriter::new(child.stdin.take().expect("a pipe"));
    for picture in pictures {
        // A broken pipe is ffmpeg's failure, which its exit code tells.
        if write_packed(&mut input, &picture).is_err() {
            break;
        }
    }
    drop(input);
    assert!(child.wait().expect("ffmpeg ends").success(), "{command:?} failed");
}

/// The planes of a picture without what lies between its rows.
pub fn write_packed(out: &mut dyn Write, picture: &Frame) -> io::Result<()> {
    for index in 0..3 {
        let ((wide, high), plane) = (picture.plane_size(index), picture.plane(index));
        for row in 0..high {
            out.write_all(&plane.data[row * plane.stride..][..wide])?;
        }
    }
    Ok(())
}

/// The sound of the first so many frames.
pub fn pattern_sound(pattern: &Pattern, frames: u64) -> Vec<f32> {
    let mut sound = Vec::new();
    for n in 0..frames {
        pattern.sound(n, &mut sound);
    }
    sound
}

/// Samples as they lie in a raw file.
pub fn bytes_of(samples: &[f32]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

/// A cheap film that many tests share: 640x360 at 25, six seconds, one a tag. Made once and kept
/// beside the test program.
pub fn small_film(tag: u8) -> PathBuf {
    let format = Format { raster: Raster::Ld, rate: FrameRate::R25 };
    kept(&format!("small-{tag}-2.mp4"), |path| {
        film(path, format, 6, tag, Coding { kbps: 800, ..Coding::default() });
    })
}

/// A file that is made the first time it is asked for. A name must change with what makes it.
pub fn kept(name: &str, make: impl FnOnce(&Path)) -> PathBuf {
    kept_in(&crate::downstage::built().join("test-media"), name, make)
}

/// The same in this folder.
pub fn kept_in(folder: &Path, name: &str, make: impl FnOnce(&Path)) -> PathBuf {
    // Two tests never make the same file at once.
    static MAKING: Mutex<()> = Mutex::new(());
    let _making = MAKING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    fs::create_dir_all(folder).expect("the build folder can be written");
    let path = folder.join(name);
    if !path.exists() {
        let begun = tempfile::tempdir_in(folder).expect("the build folder can be written");
        let new = begun.path().join(name);
        make(&new);
        fs::rename(new, &path).expect("both are in one folder");
    }
    path
}

/// A logo of this size: a disc that fades out to its edge, on nothing.
pub fn logo(path: &Path, size: u32) {
    let alpha = "a='clip(510*(1-hypot(X-W/2,Y-H/2)/(W/2)),0,255)'";
    let source = format!("color=c=red:s={size}x{size},format=rgba,geq=r=230:g=40:b=60:{alpha}");
    let mut command = Command::new("ffmpeg");
    command.args(["-hide_banner", "-loglevel", "error", "-y", "-f", "lavfi", "-i", &source]);
    command.args(["-frames:v", "1"]).arg(path);
    assert!(command.status().expect("ffmpeg is installed").success(), "no logo");
}

/// A PNG of over 12 MB: 2048x2048 of noise, which nothing compresses.
pub fn huge_png(path: &Path) {
    noise_png(path, 2_048);
}

/// A square PNG of noise: three bytes a pixel, which nothing compresses.
pub fn noise_png(path: &Path, side: usize) {
    let mut random = crate::signals::noise();
    let noise: Vec<u8> = (0..3 * side * side).map(|_| (random() * 127.0) as i8 as u8).collect();
    let raw = tempfile::NamedTempFile::new().expect("a temporary file");
    fs::write(raw.path(), noise).expect("room for it");
    let mut command = Command::new("ffmpeg");
    command.args(["-hide_banner", "-loglevel", "error", "-y", "-f", "rawvideo"]);
    let size = format!("{side}x{side}");
    command.args(["-pix_fmt", "rgb24", "-s", &size, "-i"]).arg(raw.path()).arg(path);
    assert!(command.status().expect("ffmpeg is installed").success(), "no picture");
}

/// A few bytes that claim to be a PNG of 30,000x30,000 RGBA: 3.6 GB for whoever believes it.
pub fn bomb_png(path: &Path) {
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let side = 30_000_u32.to_be_bytes();
    chunk(&mut png, b"IHDR", &[&side[..], &side, &[8, 6, 0, 0, 0]].concat());
    // zlib: one stored block of 16 zeros, and its Adler-32.
    let mut data = vec![0x78, 0x01, 1, 16, 0, !16, !0];
    data.extend([0; 16]);
    data.extend([0, 16, 0, 1]);
    chunk(&mut png, b"IDAT", &data);
    chunk(&mut png, b"IEND", &[]);
    fs::write(path, png).expect("room for it");
}

fn chunk(png: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    png.extend((data.len() as u32).to_be_bytes());
    let start = png.len();
    png.extend(kind);
    png.extend(data);
    let crc = png[start..].iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            crc >> 1 ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    });
    png.extend((!crc).to_be_bytes());
}

/// The first part of another file, in percent: a copy that broke off. Of an MP4 whose index comes
/// first it is a film that ends early; the index says otherwise.
pub fn truncated(path: &Path, whole: &Path, percent: usize) {
    let bytes = fs::read(whole).expect("the whole file");
    fs::write(path, &bytes[..bytes.len() * percent / 100]).expect("room for it");
}

/// A text that is called a film.
pub fn text_as_film(path: &Path) {
    fs::write(path, "This is no film.\n".repeat(500)).expect("room for it");
}
