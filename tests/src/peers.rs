//! Other mixers at the same jobs: what is measured beside them is measured on the same day and the
//! same machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::jobs::Job;

/// The same job for GStreamer's compositor, as fast as it goes. Where no `textoverlay` is installed it goes without
/// the text, which is to its advantage.
pub fn gstreamer(job: &Job, films: &[PathBuf], logo: &Path, record: &Path) -> Command {
    compositor(job, films, (logo, record), ("", ""))
}

/// As [`gstreamer()`], in real time: as a live mixer, which may be as late as ours is without losing a picture. It ends
/// its recording when it is interrupted.
pub fn gstreamer_live(job: &Job, films: &[PathBuf], logo: &Path, record: &Path) -> Command {
    let live = " force-live=true latency=500000000 min-upstream-latency=200000000";
    let mut command = compositor(job, films, (logo, record), (live, " clocksync ! queue !"));
    command.arg("-e");
    command
}

/// `mode` is what the mixers are told, and what paces each film before them.
fn compositor(
    job: &Job,
    films: &[PathBuf],
    (logo, record): (&Path, &Path),
    (mode, paced): (&str, &str),
) -> Command {
    let (width, height) = job.raster.size();
    let at = |fraction: f64, whole: u32| (fraction * f64::from(whole)) as u32;
    let mut mixer = format!("compositor name=c background=black{mode}");
    let mut inputs = String::new();
    for (n, (film, rect)) in films.iter().zip(job.panes).enumerate() {
        let (x, y) = (at(rect.x, width), at(rect.y, height));
        let (w, h) = (at(rect.w, width), at(rect.h, height));
        mixer += &format!(
            " sink_{n}::xpos={x} sink_{n}::ypos={y} sink_{n}::width={w} sink_{n}::height={h}"
        );
        let film = film.display();
        inputs += &format!(
            " filesrc location={film} ! qtdemux name=d{n} \
              d{n}.video_0 ! queue ! h264parse ! avdec_h264 ! queue !{paced} c.sink_{n} \
              d{n}.audio_0 ! queue ! aacparse ! avdec_aac ! audioconvert ! audioresample !{paced} a.sink_{n}"
        );
    }
    let (x, y, size) = job.logo_place();
    let has_text = Command::new("gst-inspect-1.0").args(["--exists", "textoverlay"]).status();
    let text = match has_text.is_ok_and(|status| status.success()) {
        true => "textoverlay text=Harbour ! ",
        false => "",
    };
    let (logo, kbps, record) = (logo.display(), job.kbps, record.display());
    let line = format!(
        "{mixer} ! video/x-raw,format=I420,width={width},height={height},framerate=25/1 \
         ! gdkpixbufoverlay location={logo} offset-x={x} offset-y={y} overlay-width={size} \
           overlay-height={size} ! {text}queue \
         ! x264enc tune=zerolatency speed-preset=veryfast bitrate={kbps} key-int-max=50 \
           vbv-buf-capacity=1000 ! h264parse ! queue ! matroskamux name=m ! filesink location={record} \
         audiomixer name=a{mode} ! audioconvert ! avenc_aac bitrate=128000 ! queue ! m. {inputs}"
    );
    let mut command = Command::new("gst-launch-1.0");
    command.arg("-q").args(line.split_whitespace());
    command
}

/// The job for ffmpeg, which reads its files at their pace, for so many seconds. It draws no text.
pub fn ffmpeg(job: &Job, films: &[PathBuf], logo: &Path, record: &Path, seconds: u64) -> Command {
    let (width, height) = job.raster.size();
    let at = |fraction: f64, whole: u32| (fraction * f64::from(whole)) as u32;
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-y"]);
    for film in films {
        command.args(["-threads", "1", "-re", "-i"]).arg(film);
    }
    command.arg("-i").arg(logo);
    let mut filter = format!("color=black:s={width}x{height}:r=25[p0]");
    for (n, rect) in job.panes.iter().enumerate() {
        let (x, y) = (at(rect.x, width), at(rect.y, height));
        let (w, h) = (at(rect.w, width), at(rect.h, height));
        filter += &format!(
            ";[{n}:v]scale={w}:{h}:flags=area[s{n}];[p{n}][s{n}]overlay={x}:{y}[p{}]",
            n + 1
        );
    }
    let (n, (x, y, size)) = (films.len(), job.logo_place());
    filter += &format!(";[{n}:v]scale=-1:{size}[logo];[p{n}][logo]overlay={x}:{y}[v]");
    let (length, kbps) = (seconds.to_string(), format!("{}k", job.kbps));
    command.args(["-filter_complex", &filter, "-map", "[v]", "-map", "0:a", "-t", &length]);
    command.args(["-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-g", "50"]);
    command.args(["-threads", "1", "-b:v", &kbps, "-maxrate", &kbps, "-bufsize", &kbps]);
    command.args(["-c:a", "aac", "-b:a", "128k"]).arg(record);
    command
}
