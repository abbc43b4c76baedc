//! A program: its session, its threads, the links between them, and its statistics.

pub mod audio_reader;
pub mod audio_thread;
pub mod backend;
pub mod encode_retries;
pub mod encode_thread;
pub mod encodes;
pub mod lateness;
mod leased;
pub mod live_phase;
pub mod live_sound;
pub mod monitor_output;
pub mod picture_delay;
pub mod prepare_thread;
pub mod program_shared;
pub mod program_thread;
pub mod session;
pub mod session_threads;
pub mod slot;
pub mod source_input;
pub mod source_leases;
pub mod stage;
pub mod stats;
pub mod video_reader;
pub mod view;
pub mod wiring;
