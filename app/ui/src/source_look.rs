//! What the desk is shown of an open source.

/// An open source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SourceLook {
    /// How long ago its last data arrived, in milliseconds.
    pub silent_millis: Option<u64>,
    /// In how many milliseconds it is reopened, if it waits for that.
    pub retry_millis: Option<u64>,
    /// How it comes in, if it is live and anything has come.
    pub live: Option<LiveLook>,
    /// What its pictures are as they come, if that is known.
    pub picture: Option<PictureLook>,
    /// The number of the sound track of a film that is played, and how many there are, while that one is silent.
    pub silent_track: Option<(u32, u32)>,
    /// How late its pictures are, in milliseconds, if that is less than what is set.
    pub reached_delay: Option<u32>,
    /// What it has brought nothing of for longer than the show allows.
    pub lack: Option<LackLook>,
}

/// That a source brings nothing though it is live, and for how long, in milliseconds. The worst is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LackLook {
    /// Its picture is black.
    Black(u64),
    /// Its picture stands still.
    Frozen(u64),
    /// Its sound is silent.
    Silent(u64),
}

/// What a source's pictures are as they come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PictureLook {
    /// Width and height in pixels.
    pub size: (u32, u32),
    /// Pictures a second, in hundredths; 0 if that changes or is not known.
    pub rate_hundredths: u32,
    /// Pictures of it are interlaced, and each of their fields is shown as a picture.
    pub has_fields: bool,
    /// The name of what it has beyond BT.709, to which it is brought.
    pub beyond: Option<&'static str>,
}

/// How a live source comes in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LiveLook {
    /// The latency that it should have, in milliseconds.
    pub target_millis: u64,
    /// The latency that it has, in milliseconds.
    pub latency_millis: u64,
    /// By how much it was late, in milliseconds, if that was a moment ago.
    pub late_millis: Option<u64>,
    /// How often it was too late for its latency, and is played later since.
    pub lates: u32,
    /// How often its timestamps have jumped.
    pub jumps: u32,
    /// Pictures that were past before they could be decoded.
    pub skipped: u64,
    /// It sends sound and no pictures.
    pub no_picture: bool,
    /// It sends pictures and no sound.
    pub no_sound: bool,
}
