//! What a network says when nothing can be received, in words that help.

use gstreamer as gst;
use gstreamer::prelude::*;

/// Why nothing comes from an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkFault {
    /// The name has no address.
    #[error("there is no such host. Check how it is written, and the network.")]
    NoHost,
    /// Nobody answers.
    #[error("nobody answers there. Check the address, and whether it sends.")]
    NoAnswer,
    /// The peer wants to know who we are, or does not accept it.
    #[error("it lets nobody in without the right user, password or passphrase. Check them.")]
    NotAllowed,
    /// The peer has nothing under this name.
    #[error("there is nothing under this name. Check the path, and whether it sends.")]
    NoStream,
    /// The port cannot be listened on.
    #[error(
        "this port cannot be used here. Close the other program that has it, or choose another."
    )]
    PortTaken,
    /// A server of RTSP does not send over TCP.
    #[error("it does not send over TCP. Write rtspu:// to receive over UDP.")]
    NotByTcp,
}

impl NetworkFault {
    /// What an error message of an element that receives means, if that is known.
    ///
    /// The elements tell little by the error's code, and the rest in words that are not translated: those of
    /// `gst-plugins-good` (soup, rtsp, udp) and `-bad` (srt) 1.22 to 1.26.
    pub fn of(error: &gst::message::Error) -> Option<Self> {
        let (code, debug) = (error.error(), error.debug().unwrap_or_default());
        // Of a connection that cannot be made `souphttpsrc` says no more than that it has stopped.
        let from = error.src().map(|source| source.name());
        if from.is_some_and(|name| name.starts_with("souphttpsrc"))
            && debug.contains("streaming stopped")
        {
            return Some(Self::NoAnswer);
        }
        Self::of_words(code.kind::<gst::ResourceError>(), &format!("{} {debug}", code.message()))
    }

    /// The same, from an error's code and its words.
    pub fn of_words(code: Option<gst::ResourceError>, words: &str) -> Option<Self> {
        let says = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
        if code == Some(gst::ResourceError::NotAuthorized)
            || says(&["Failed to authenticate", "Unauthorized", "Forbidden"])
        {
            return Some(Self::NotAllowed);
        }
        if says(&["Error resolving", "Failed to resolve", "Could not resolve"]) {
            return Some(Self::NoHost);
        }
        if says(&["Cannot bind", "bind failed"]) {
            return Some(Self::PortTaken);
        }
        if says(&["Unsupported transport", "No supported stream was found", "no protocols left"]) {
            return Some(Self::NotByTcp);
        }
        if says(&[
            "Connection timeout",
            "Connection refused",
            "Could not connect",
            "Failed to connect",
            "timed out",
        ]) {
            return Some(Self::NoAnswer);
        }
        (code == Some(gst::ResourceError::NotFound)).then_some(Self::NoStream)
    }
}
