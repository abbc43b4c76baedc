//! The harness: what several tests share. Nothing here is shipped.

pub mod air;
pub mod allocations;
pub mod canary;
pub mod decode;
pub mod display;
pub mod downstage;
pub mod fake;
pub mod ingest;
pub mod jobs;
pub mod listed;
pub mod live;
pub mod live_server;
pub mod load;
pub mod media;
pub mod nginx;
pub mod numbers;
pub mod odd_server;
pub mod opening;
pub mod order;
pub mod peers;
pub mod sei;
pub mod shows;
pub mod signals;
pub mod silent;
pub mod time;
pub mod watched;
