//! What the tags of a film's sound track say of it.

use gstreamer as gst;
use gstreamer::prelude::*;

use crate::sound_track::SoundTrack;

/// Describes the track that comes out of a demuxer's pad.
pub fn describe(pad: &gst::glib::WeakRef<gst::Pad>, caps: &gst::Caps) -> SoundTrack {
    let tags = pad.upgrade().map(|pad| tags_of(&pad)).unwrap_or_default();
    let text = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let first = |language: Option<String>| language.filter(|code| code != "und");
    let language = tags.get::<gst::tags::LanguageCode>().map(|code| code.get().to_owned());
    let title = tags.get::<gst::tags::Title>().map(|title| title.get().to_owned());
    let title = title.or_else(|| name_of_quick_time(&tags));
    let named = tags.get::<gst::tags::AudioCodec>().map(|codec| codec.get().to_owned());
    let channels = caps.structure(0).and_then(|caps| caps.get::<i32>("channels").ok());
    SoundTrack {
        language: text(first(language)),
        title: text(title),
        channels: channels.and_then(|channels| u32::try_from(channels).ok()),
        codec: codec(caps).map(ToOwned::to_owned).or(named).unwrap_or_else(|| {
            let kind = caps.structure(0).map_or("", |caps| caps.name().as_str());
            kind.trim_start_matches("audio/").trim_start_matches("x-").to_owned()
        }),
    }
}

/// All tags that have passed a pad.
fn tags_of(pad: &gst::Pad) -> gst::TagList {
    let mut all = gst::TagList::new();
    pad.sticky_events_foreach(|event| {
        if let gst::EventView::Tag(tag) = event.view() {
            let tag = tag.tag();
            // What is said of the whole file is not said of a track.
            if tag.scope() == gst::TagScope::Stream {
                all = all.merge(tag, gst::TagMergeMode::Replace);
            }
        }
        std::ops::ControlFlow::Continue(gst::EventForeachAction::Keep)
    });
    all
}

/// The name of a track of MP4 or MOV (QuickTime File Format, "User Data Atoms"), which `qtdemux` hands on as it is.
fn name_of_quick_time(tags: &gst::TagList) -> Option<String> {
    let size = tags.size_by_name("private-qt-tag");
    (0..size).find_map(|at| {
        let value = tags.index_generic("private-qt-tag", at)?;
        let sample = value.get::<gst::Sample>().ok()?;
        let atom = sample.buffer()?.map_readable().ok()?;
        let (_size, inside) = atom.split_at_checked(4)?;
        let name = inside.strip_prefix(b"name")?;
        let name = std::str::from_utf8(name).ok()?.trim_matches('\0');
        Some(name.to_owned()).filter(|name| !name.is_empty())
    })
}

/// How those who work with it call it.
fn codec(caps: &gst::Caps) -> Option<&'static str> {
    let caps = caps.structure(0)?;
    let number = |field: &str| caps.get::<i32>(field).ok();
    Some(match caps.name().as_str() {
        "audio/mpeg" => match (number("mpegversion"), number("layer")) {
            (Some(2 | 4), _) => "AAC",
            (_, Some(3)) => "MP3",
            (_, Some(1)) => "MP1",
            _ => "MP2",
        },
        "audio/x-raw" => "PCM",
        "audio/x-ac3" | "audio/ac3" => "AC-3",
        "audio/x-eac3" => "E-AC-3",
        "audio/x-dts" => "DTS",
        "audio/x-opus" => "Opus",
        "audio/x-vorbis" => "Vorbis",
        "audio/x-flac" => "FLAC",
        "audio/x-alac" => "ALAC",
        "audio/x-alaw" => "A-law",
        "audio/x-mulaw" => "µ-law",
        _ => return None,
    })
}
