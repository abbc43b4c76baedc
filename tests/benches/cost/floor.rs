//! The least a job can cost: what decoding its films and encoding its programme alone take.

use std::path::PathBuf;
use std::process::Command;

use tests::jobs::Job;
use tests::load::{self, Usage};

use super::{Bench, FILM, command};

/// Seconds of the composed picture that the floor encodes.
const COMPOSED: u32 = 10;

/// The least a job can cost.
pub struct Floor<'a> {
    job: &'a Job,
    films: Vec<PathBuf>,
    pictures: PathBuf,
    sound: PathBuf,
}

/// CPU seconds for a second of programme.
pub struct Least {
    pub decode: f64,
    pub encode: f64,
    encode_on_one: f64,
    pub sound: f64,
    pub usage: Usage,
}

impl Least {
    pub fn whole(&self) -> f64 {
        self.decode + self.encode + self.sound
    }

    pub fn whole_on_one(&self) -> f64 {
        self.decode + self.encode_on_one + self.sound
    }
}

impl<'a> Floor<'a> {
    /// Takes the composed picture and the sound from an offline run of ours, so that the encoders of
    /// both are given the same.
    pub fn prepare(bench: &Bench, job: &'a Job) -> Self {
        let (show, record) = bench.stage(job);
        let length = format!("{}s", COMPOSED + 2);
        load::of_command(&mut command(&show, &["--offline", "--for", &length]));
        let (pictures, sound) =
            (record.with_file_name("composed.y4m"), record.with_file_name("sound.wav"));
        let mut split = ffmpeg();
        split.args(["-ss", "2", "-i"]).arg(&record).args(["-map", "0:v"]).arg(&pictures);
        load::of_command(split.args(["-map", "0:a"]).arg(&sound));
        Self { job, films: bench.films(job), pictures, sound }
    }

    pub fn measure(&self, seconds: u64) -> Least {
        let mut decode = ffmpeg();
        let seconds = seconds.min(u64::from(FILM));
        for film in &self.films {
            decode.args(["-threads", "1", "-t", &seconds.to_string(), "-i"]).arg(film);
        }
        for index in 0..self.films.len() {
            decode.args(["-map", &index.to_string()]);
        }
        let decode = load::of_command(decode.args(["-f", "null", "-"]));
        let (encode, encode_on_one) = (self.encode("auto"), self.encode("1"));
        let mut aac = ffmpeg();
        aac.arg("-i").arg(&self.sound).args(["-c:a", "aac", "-b:a", "128k", "-f", "null", "-"]);
        let aac = load::of_command(&mut aac);
        let composed = f64::from(COMPOSED);
        Least {
            decode: decode.cpu / seconds as f64,
            encode: encode.cpu / composed,
            encode_on_one: encode_on_one.cpu / composed,
            sound: aac.cpu / composed,
            usage: decode + encode + encode_on_one + aac,
        }
    }

    fn encode(&self, threads: &str) -> Usage {
        let rate = format!("{}k", self.job.kbps);
        let mut encode = ffmpeg();
        encode.arg("-i").arg(&self.pictures);
        encode.args(["-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency"]);
        encode.args(["-b:v", &rate, "-maxrate", &rate, "-bufsize", &rate, "-g", "50"]);
        load::of_command(encode.args(["-threads", threads, "-f", "null", "-"]))
    }
}

fn ffmpeg() -> Command {
    let mut command = Command::new("ffmpeg");
    command.args(["-hide_banner", "-nostdin", "-loglevel", "error", "-y"]);
    command
}
