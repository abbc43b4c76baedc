//! The errors of sources, worded for the operator.

use std::path::PathBuf;

use gstreamer as gst;
use gstreamer::prelude::*;

use super::device::error::DeviceError;
use super::live::network_fault::NetworkFault;
use super::screen::error::ScreenError;
use crate::sound_track::TrackPlace;
use crate::stream::Stream;

/// Why a source cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The file does not exist or cannot be read.
    #[error("{}: cannot be opened: {reason}. Choose another file.", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// The path is a folder or a device.
    #[error("{}: cannot be opened: it is not a file. Choose another file.", .0.display())]
    NotAFile(PathBuf),
    /// The pipeline cannot be built.
    #[error("it cannot be opened: {0}. Run `downstage doctor` to see what is missing.")]
    Pipeline(String),
    /// No element receives from such a URL.
    #[error(
        "{0}: this kind of address is not known here. Run `downstage doctor` to see what is missing."
    )]
    Protocol(String),
    /// It failed as soon as it was opened.
    #[error(transparent)]
    Broke(SourceError),
    /// The device cannot be opened.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The screen, or the window on it, cannot be captured.
    #[error(transparent)]
    Screen(#[from] ScreenError),
    /// GStreamer gives no reason.
    #[error("it cannot be opened: it was refused. Run `downstage doctor` to see what is missing.")]
    Refused,
}

/// An error of a source that was opened. The source is named by its path, or by its host alone: a URL
/// may contain a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// It is not media.
    #[error("{name}: this is not a video or audio file. Choose another file.")]
    NoMedia {
        /// The source.
        name: String,
    },
    /// No decoder for it is installed.
    #[error(
        "{name}: a decoder for it is missing ({codec}). Install gstreamer1.0-libav and the plugins."
    )]
    NoDecoder {
        /// The source.
        name: String,
        /// What it is coded in.
        codec: String,
    },
    /// Its pictures cannot be decoded; its sound plays.
    #[error(
        "{name}: its picture cannot be decoded ({codec}). Install gstreamer1.0-libav and the plugins, \
         or convert it."
    )]
    NoPicture {
        /// The source.
        name: String,
        /// What its pictures are coded in.
        codec: String,
    },
    /// Its sound cannot be decoded; its pictures play.
    #[error(
        "{name}: its sound cannot be decoded ({codec}). Install gstreamer1.0-libav and the plugins, \
         or convert it."
    )]
    NoSound {
        /// The source.
        name: String,
        /// What its sound is coded in.
        codec: String,
    },
    /// The sound track that is asked for does not exist; another one plays.
    #[error(
        "{name}: there is no sound track {}, only {}. Choose another in the source's settings.",
        .place.number, .place.of
    )]
    NoTrack {
        /// The source.
        name: String,
        /// The number that is asked for, and how many there are.
        place: TrackPlace,
    },
    /// Nothing comes of a film, or nothing more though it has not ended.
    #[error(
        "{name}: nothing comes of it any more. Its disk does not answer, or the file is damaged: copy it again."
    )]
    NothingComes {
        /// The source.
        name: String,
    },
    /// A list of which nothing can be played.
    #[error("{name}: nothing in it can be played. Choose other files.")]
    NothingPlays {
        /// The source.
        name: String,
    },
    /// It cannot be played, or has failed while it played.
    #[error("{name}: it cannot be played: {reason}")]
    Broke {
        /// The source.
        name: String,
        /// GStreamer's reason.
        reason: String,
    },
    /// The device is gone, or taken.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// Nothing can be received from a network.
    #[error("{name}: {fault}")]
    Network {
        /// The source.
        name: String,
        /// Why.
        fault: NetworkFault,
    },
    /// The screen, or the window on it, cannot be captured any more.
    #[error(transparent)]
    Screen(#[from] ScreenError),
    /// The file is truncated.
    #[error("{name}: it ends too early, after {seen} of {length} seconds. Copy it again.")]
    CutOff {
        /// The source.
        name: String,
        /// The seconds that exist.
        seen: u64,
        /// The seconds that its container claims.
        length: u64,
    },
}

/// One stream of a source cannot be decoded.
pub fn not_decoded(name: String, stream: Stream, codec: String) -> SourceError {
    match stream {
        Stream::Picture => SourceError::NoPicture { name, codec },
        Stream::Sound => SourceError::NoSound { name, codec },
    }
}

/// The stream for which a decoder is missing, if a message says that, and what it is coded in.
pub fn missing_decoder(message: &gst::MessageRef) -> Option<(Stream, String)> {
    let gst::MessageView::Element(element) = message.view() else { return None };
    // As gst_missing_decoder_message_new writes it.
    let said = element.structure().filter(|said| said.name() == "missing-plugin")?;
    if said.get::<&str>("type").ok()? != "decoder" {
        return None;
    }
    let caps = said.get::<gst::Caps>("detail").ok()?;
    let stream = Stream::of_caps(&caps)?;
    let codec = said.get::<String>("name").ok();
    let codec = codec.or_else(|| Some(caps.structure(0)?.name().to_string()))?;
    Some((stream, codec.trim_end_matches(" decoder").to_owned()))
}

/// The stream whose decoder sent an error message, and what it decodes.
pub fn failed_decoder(message: &gst::MessageRef) -> Option<(Stream, String)> {
    let element = message.src()?.downcast_ref::<gst::Element>()?;
    let klass = element.factory()?.metadata("klass")?.to_owned();
    let stream = match (klass.contains("Video"), klass.contains("Audio")) {
        _ if !klass.contains("Decoder") => None,
        (true, _) => Some(Stream::Picture),
        (_, true) => Some(Stream::Sound),
        _ => None,
    }?;
    let caps = element.static_pad("sink")?.current_caps()?;
    Some((stream, caps.structure(0)?.name().to_string()))
}

/// Translates GStreamer's error for the operator; `name` is a path or a host.
pub fn source_error(error: &gst::glib::Error, name: String) -> SourceError {
    if error.matches(gst::StreamError::TypeNotFound) || error.matches(gst::StreamError::WrongType) {
        SourceError::NoMedia { name }
    } else if error.matches(gst::CoreError::MissingPlugin)
        || error.matches(gst::StreamError::CodecNotFound)
    {
        SourceError::NoDecoder { name, codec: error.message().to_owned() }
    } else {
        SourceError::Broke { name, reason: error.message().to_owned() }
    }
}
