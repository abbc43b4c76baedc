//! Sources: an [`Opener`] for each kind, the [`Origin`] it opens, and the [`Supervisor`], a small pure
//! state machine that decides when to open and to close.

mod channel_mix;
mod clock_time;
mod decode;
mod decode_shared;
mod decoder_threads;
mod delivery;
mod demuxed;
mod errors;
mod field_times;
mod file;
mod file_end;
mod film;
mod film_header;
mod film_repair;
mod host;
mod lap_end;
mod laps;
pub mod live;
mod mp3_ends;
mod orientation;
mod orientation_matrix;
mod orientation_sei;
mod origin;
mod pattern;
mod pause;
mod picture_chain;
mod picture_reader;
mod poster;
pub mod read_ahead;
mod sinks;
mod sound_chain;
mod sound_times;
mod supervisor;
mod uri;

pub use decoder_threads::decoder_threads;
pub use errors::{OpenError, SourceError};
pub use file::FileOpener;
pub use host::SourceHost;
pub use live::LiveOpener;
pub use origin::{Opener, Opening, Origin, SourceEvent};
pub use pattern::PatternOpener;
pub use poster::{Poster, PosterError};
pub use supervisor::{Observation, SourceAction, Supervisor};
