//! All integration tests in one binary: one link, one process to start.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod bad_input;
mod browse;
mod by_hand;
mod composing;
mod cost;
mod desk;
mod desk_building;
mod desk_drops;
mod desk_files;
mod desk_items;
mod desk_live;
mod desk_moving;
mod disk;
mod document;
mod end_to_end;
mod engine_live;
mod engine_sessions;
mod engine_sound;
mod failures;
mod gpu;
mod harness;
mod media_encode;
mod media_hub;
mod media_parts;
mod media_player;
mod media_rtmp;
mod media_sources;
mod messages;
mod packaging;
mod preparing;
mod program;
mod programs;
mod rtmps;
mod secrets;
mod session_log;
mod shaders;
mod sound;
mod sound_feed;
mod takes;
mod thumbnails;
mod tidy;
mod twins;
mod window;
mod x_server;
