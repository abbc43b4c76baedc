//! Plays a film as a programme does, outside real time: what is due on each frame is waited for.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use engine::{FrameIndex, Run};
use media::link::SourceLink;
use media::sound_track::TrackPlace;
use media::source::{FileOpener, Opener, Opening, SourceError, SourceEvent, SourceHost};
use show::{FrameRate, SourceId};
use studio::program::audio_reader::AudioReader;
use studio::program::slot::Slot;
use studio::program::video_reader::VideoReader;

use crate::numbers::{self, Area, Luma};

/// The rate that films are played at.
pub const RATE: FrameRate = FrameRate::R25;

/// What was seen and heard of a film.
#[derive(Debug, Default)]
pub struct Played {
    /// The number of the picture on each frame; `None` while there is none that has one.
    pub numbers: Vec<Option<u64>>,
    /// How bright the middle of the picture was on each frame; `None` while there is none.
    pub luma: Vec<Option<u8>>,
    /// The sound, stereo interleaved; silence where there was none.
    pub sound: Vec<f32>,
    /// What was said of it.
    pub damage: Vec<SourceError>,
    /// Why it failed, if it did.
    pub broke: Option<SourceError>,
    /// The sound track that was played, if it was said to be silent at the end.
    pub silent_track: Option<TrackPlace>,
    /// On which frame it ended, if it did.
    pub ended: Option<u64>,
}

/// All of a film, to be played once.
pub fn once(path: &Path) -> FileOpener {
    let path = PathBuf::from(path);
    FileOpener { path, from: 0, to: None, looped: false, track: None, cue: 0 }
}

/// All of a film, again and again.
pub fn looped(path: &Path) -> FileOpener {
    FileOpener { looped: true, ..once(path) }
}

/// Plays a film for so many frames, or until it ends or fails.
pub fn play(opener: &FileOpener, frames: u64) -> Played {
    let link = Arc::new(SourceLink::default());
    let mut pictures = VideoReader::new(link.video.subscribe(), None);
    let mut sound = AudioReader::new(link.audio.subscribe(), None);
    let opening = Opening { take: 1, ..Opening::default() };
    let host = SourceHost::new(|| 0, || {});
    let mut film = opener.open(opening, &link, host).expect("it opens");
    let stop = AtomicBool::new(false);
    let mut played = Played::default();
    let mut broke = None;
    let damage = thread::scope(|scope| {
        let listener = scope.spawn(|| {
            let mut damage = Vec::new();
            while !stop.load(Ordering::Acquire) {
                match film.next(Duration::from_millis(5)) {
                    Some(SourceEvent::Damaged(error)) => damage.push(error),
                    Some(SourceEvent::Broke(error)) => {
                        broke = Some(error);
                        link.video.mark_lost();
                        link.audio.mark_lost();
                        break;
                    }
                    Some(SourceEvent::Ended) | None => {}
                }
            }
            damage
        });
        for n in 0..frames {
            let slot = Slot { frame: FrameIndex(n), rate: RATE, base: 0 };
            let advanced = pictures.advance(Run::Free, slot, true);
            if advanced.ended {
                played.ended = Some(n);
                break;
            }
            let (first, end) = (slot.frame.samples(RATE), slot.frame.next().samples(RATE));
            let mut out = vec![0.0; 2 * (end - first) as usize];
            let heard = sound.read(&pictures.standing(SourceId(1)), (first, 0), &mut out, true);
            if !heard {
                out.fill(0.0);
            }
            played.sound.extend(out);
            let luma = pictures.picture().map(Luma::of);
            let number =
                luma.as_ref().and_then(|luma| numbers::read(luma, Area::whole(luma)).both());
            played.numbers.push(number.map(|(_, number)| number));
            let middle =
                |luma: &Luma<'_>| luma.data[luma.height / 2 * luma.stride + luma.width / 2];
            played.luma.push(luma.as_ref().map(middle));
        }
        stop.store(true, Ordering::Release);
        listener.join().expect("it does not panic")
    });
    (played.damage, played.broke) = (damage, broke);
    played.silent_track = link.silent_track.load().as_deref().copied();
    played
}

/// By how much a sine of this many samples a period is out of phase in each piece of that length of the left side, in
/// samples, and how loud it is there (1 for a full one): against a sine that goes on from the first sample without a
/// break.
pub fn phases(sound: &[f32], period: usize) -> Vec<(f32, f32)> {
    let left: Vec<f32> = sound.iter().step_by(2).copied().collect();
    let turn = std::f32::consts::TAU / period as f32;
    let pieces = left.chunks_exact(period);
    let phase = pieces.map(|piece| {
        let (mut sine, mut cosine) = (0.0, 0.0);
        for (at, sample) in piece.iter().enumerate() {
            sine += sample * (at as f32 * turn).sin();
            cosine += sample * (at as f32 * turn).cos();
        }
        let half = period as f32 / 2.0;
        let (sine, cosine) = (sine / half, cosine / half);
        (cosine.atan2(sine) / turn, sine.hypot(cosine))
    });
    phase.collect()
}
