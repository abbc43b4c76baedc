//! What is wrong with a show, where, and what to do about it.

use std::collections::BTreeSet;

use crate::device_check::{check_camera, check_microphone, check_supervision};
use crate::faults::Faults;
use crate::settings_check::{check_crop, check_settings};
use crate::{
    AssetId, AssetKind, Background, BusName, ComponentId, ComponentKind, Fault, Feed, Layout,
    LayoutId, LiveUrl, MAX_LAYOUTS, MAX_PANES, OutputKind, Pane, Place, PlayFile, PlayList,
    ScreenArea, ScreenSource, Show, Source, SourceKind, Standby, Strip, TextStyle, UrlFault,
};

impl Show {
    /// Every fault of the show, in document order. An empty list means that the show can be used.
    pub fn check(&self) -> Vec<Fault> {
        let mut faults = Faults::default();
        faults.name(Place::Show("name"), &self.name);
        faults.range(Place::Show("transition"), self.transition.frames, 1..=1_000);
        self.check_ids(&mut faults);
        self.check_assets(&mut faults);
        self.check_sources(&mut faults);
        self.check_layouts(&mut faults);
        self.check_components(&mut faults);
        self.check_scenes(&mut faults);
        self.check_mixer(&mut faults);
        self.check_standby(&mut faults);
        check_supervision(&mut faults, &self.supervision);
        self.check_outputs(&mut faults);
        faults.into_list()
    }

    fn check_standby(&self, faults: &mut Faults) {
        let place = Place::Show("standby");
        let Some(standby) = self.standby else { return };
        faults.range(place, standby.after_millis.unwrap_or(Standby::AFTER_MILLIS), 500..=60_000);
        match self.source(standby.source) {
            None => faults.missing(place, standby.source),
            Some(source) if !Standby::accepts(source) => {
                let message = format!("{} comes to an end", standby.source);
                faults.add(place, "standby_ends", message, "Let it loop, or choose another");
            }
            Some(_) => {}
        }
    }

    fn check_ids(&self, faults: &mut Faults) {
        let mut seen = BTreeSet::new();
        for id in self.item_ids() {
            if !seen.insert(id) {
                let message = format!("{id} occurs more than once");
                faults.add(Place::Item(id, "id"), "id_twice", message, "Give each its own id");
            }
        }
    }

    fn check_assets(&self, faults: &mut Faults) {
        for asset in &self.assets {
            if asset.path.is_empty() {
                let place = Place::Item(asset.id.into(), "path");
                faults.add(place, "no_path", "the path is empty", "Choose a file");
            }
        }
    }

    fn check_asset(&self, faults: &mut Faults, place: Place, id: AssetId, kind: AssetKind) {
        match self.asset(id) {
            None => faults.missing(place, id),
            Some(asset) if asset.kind != kind => {
                let what = match kind {
                    AssetKind::Picture => "picture",
                    AssetKind::Media => "film or sound",
                    AssetKind::Folder => "folder",
                };
                let message = format!("{id} is not a {what}");
                faults.add(place, "wrong_kind", message, format!("Choose a {what}"));
            }
            Some(_) => {}
        }
    }

    fn check_sources(&self, faults: &mut Faults) {
        let mut uids = BTreeSet::new();
        for source in &self.sources {
            let place = |field| Place::Item(source.id.into(), field);
            faults.name(place("name"), &source.name);
            let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
            if !(1..=64).contains(&source.uid.len()) || !source.uid.bytes().all(plain) {
                let remedy = "Use 1 to 64 of the letters A-Z a-z, digits, _ and -";
                faults.add(
                    place("uid"),
                    "bad_uid",
                    "the SEI name has characters that are not allowed",
                    remedy,
                );
            }
            if !uids.insert(&source.uid) {
                let message = format!("the uid {} is used by another source", source.uid);
                faults.add(place("uid"), "uid_twice", message, "Give each source its own uid");
            }
            self.check_source_kind(faults, source);
            check_settings(faults, source);
        }
    }

    fn check_source_kind(&self, faults: &mut Faults, source: &Source) {
        let place = |field| Place::Item(source.id.into(), field);
        match &source.kind {
            SourceKind::TestPattern { tag } => faults.range(place("tag"), *tag, 0..=15),
            SourceKind::Live { url, latency_millis } => {
                faults.range(place("latency"), *latency_millis, 0..=5_000);
                if let Err(UrlFault { code, message, remedy }) = LiveUrl::parse(url) {
                    // What has a field of its own at the desk is said there.
                    let at = match code {
                        "srt_passphrase" => place("passphrase"),
                        "srt_latency" => place("srt latency"),
                        _ => place("url"),
                    };
                    faults.add(at, code, message, remedy);
                }
            }
            SourceKind::List(list) => {
                faults.range(place("files"), list.assets.len(), 1..=PlayList::MAX);
                for id in list.assets.iter().filter(|id| self.asset(**id).is_none()) {
                    faults.missing(place("files"), *id);
                }
                let (least, most) = PlayList::PICTURE_MILLIS;
                faults.range(place("time of a picture"), list.picture_millis, least..=most);
            }
            SourceKind::File(play) => {
                self.check_asset(faults, place("asset"), play.asset, AssetKind::Media);
                faults.range(place("in point"), play.in_millis, 0..=PlayFile::MAX_MILLIS);
                if let Some(out) = play.out_millis {
                    faults.range(place("out point"), out, 0..=PlayFile::MAX_MILLIS);
                }
                if let Some(track) = play.track {
                    faults.range(place("sound track"), track, 1..=PlayFile::MAX_TRACK);
                }
                if play.out_millis.is_some_and(|out| out <= play.in_millis) {
                    let remedy = "Set the out point after the in point";
                    faults.add(
                        place("out point"),
                        "out_before_in",
                        "the out point is not after the in point",
                        remedy,
                    );
                }
            }
            SourceKind::Still { asset } => {
                self.check_asset(faults, place("asset"), *asset, AssetKind::Picture);
            }
            SourceKind::Camera(camera) => check_camera(faults, camera, place),
            SourceKind::Microphone(microphone) => check_microphone(faults, microphone, place),
            SourceKind::Screen(screen) => check_screen(faults, screen, place),
            SourceKind::StandardPattern(_) | SourceKind::Colour { .. } => {}
        }
    }

    fn check_layouts(&self, faults: &mut Faults) {
        let count = self.counted_layouts();
        if count > MAX_LAYOUTS {
            let message = format!("{count} layouts are too many");
            let remedy = format!("Keep at most {MAX_LAYOUTS}");
            faults.add(Place::Show("layouts"), "too_many_layouts", message, remedy);
        }
        for layout in &self.layouts {
            let place = |field| Place::Item(layout.id.into(), field);
            faults.name(place("name"), &layout.name);
            if !(1..=MAX_PANES).contains(&layout.panes.len()) {
                let message = format!("{} panes cannot be shown", layout.panes.len());
                let remedy = format!("Keep 1 to {MAX_PANES} panes");
                faults.add(place("panes"), "pane_count", message, remedy);
            }
            if let Background::Picture { asset, .. } = layout.background {
                self.check_asset(faults, place("background"), asset, AssetKind::Picture);
            }
            self.check_feeds(faults, layout);
            for (index, pane) in layout.panes.iter().enumerate() {
                self.check_pane(faults, layout.id, index, pane);
            }
            self.check_layout_audio(faults, layout);
        }
    }

    fn check_feeds(&self, faults: &mut Faults, layout: &Layout) {
        let mut seen = BTreeSet::new();
        for (index, pane) in layout.panes.iter().enumerate() {
            let place = Place::Pane(layout.id, index, "source");
            match pane.feed {
                Feed::Empty => {
                    faults.add(place, "pane_empty", "the pane has no source", "Choose a source");
                }
                Feed::Source(id) if self.source(id).is_none() => faults.missing(place, id),
                Feed::Source(id) if !seen.insert(id) => {
                    let message = format!("{id} is already in another pane of this layout");
                    faults.add(place, "source_twice", message, "Choose another source");
                }
                Feed::Source(_) => {}
            }
        }
    }

    fn check_pane(&self, faults: &mut Faults, layout: LayoutId, index: usize, pane: &Pane) {
        let place = |field| Place::Pane(layout, index, field);
        if !pane.rect.is_visible() {
            let remedy = "Give it a size, and move it onto the picture";
            faults.add(place("rect"), "unseen", "the pane cannot be seen", remedy);
        }
        faults.range(place("z"), pane.z, 0..=99);
        faults.range(place("corner"), pane.corner, 0.0..=0.5);
        faults.range(place("opacity"), pane.opacity, 0.0..=1.0);
        if let Some(border) = pane.border {
            faults.range(place("border"), border.width, 0.0..=0.25);
        }
        check_crop(faults, place("crop"), pane.crop);
        if let Some(asset) = pane.placeholder {
            self.check_asset(faults, place("placeholder"), asset, AssetKind::Picture);
        }
    }

    fn check_layout_audio(&self, faults: &mut Faults, layout: &Layout) {
        let place = Place::Item(layout.id.into(), "audio");
        let mut seen = BTreeSet::new();
        for part in &layout.audio {
            if self.source(part.source).is_none() {
                faults.missing(place, part.source);
            }
            if !seen.insert(part.source) {
                let message = format!("{} is listed twice", part.source);
                faults.add(place, "source_twice", message, "List each source once");
            }
            faults.range(place, part.gain.0, -100.0..=12.0);
            faults.range(place, part.delay_millis, 0..=Strip::MAX_DELAY_MILLIS);
        }
    }

    fn check_components(&self, faults: &mut Faults) {
        for component in &self.components {
            let place = |field| Place::Item(component.id.into(), field);
            faults.name(place("name"), &component.name);
            faults.range(place("opacity"), component.opacity, 0.0..=1.0);
            faults.range(place("position"), component.place.x, -1.0..=1.0);
            faults.range(place("position"), component.place.y, -1.0..=1.0);
            match &component.kind {
                ComponentKind::Image { asset, height } => {
                    self.check_asset(faults, place("picture"), *asset, AssetKind::Picture);
                    if let Some(height) = height {
                        faults.range(place("height"), *height, 0.001..=1.0);
                    }
                }
                ComponentKind::Text(style) => check_text(faults, component.id, style),
            }
        }
    }

    fn check_scenes(&self, faults: &mut Faults) {
        for scene in &self.scenes {
            let place = |field| Place::Item(scene.id.into(), field);
            faults.name(place("name"), &scene.name);
            if self.layout(scene.layout).is_none() {
                faults.missing(place("layout"), scene.layout);
            }
            let mut seen = BTreeSet::new();
            for id in &scene.components {
                if self.component(*id).is_none() {
                    faults.missing(place("components"), id);
                }
                if !seen.insert(id) {
                    let message = format!("{id} is in the scene twice");
                    faults.add(place("components"), "component_twice", message, "Keep it once");
                }
            }
        }
    }

    fn check_mixer(&self, faults: &mut Faults) {
        faults.range(Place::Show("programme fader"), self.mixer.programme.0, -100.0..=12.0);
        let mut seen = BTreeSet::new();
        for strip in &self.mixer.strips {
            let Strip { source, mode: _, trim, fader, mute: _, pan, delay_millis } = *strip;
            let place = |field| Place::Strip(source, field);
            if self.source(source).is_none() {
                faults.missing(place("source"), source);
            }
            if !seen.insert(source) {
                let message = format!("{source} has two strips");
                faults.add(place("source"), "source_twice", message, "Keep one");
            }
            faults.range(place("trim"), trim.0, -20.0..=20.0);
            faults.range(place("fader"), fader.0, -100.0..=12.0);
            faults.range(place("pan"), pan, -1.0..=1.0);
            faults.range(place("delay"), delay_millis, 0..=Strip::MAX_DELAY_MILLIS);
        }
    }

    fn check_outputs(&self, faults: &mut Faults) {
        for output in &self.outputs {
            let place = |field| Place::Item(output.id.into(), field);
            faults.name(place("name"), &output.name);
            match &output.kind {
                OutputKind::Rtmp { url, key } => {
                    if !is_rtmp_url(url) {
                        let remedy = "Write rtmp://host/app or rtmps://host/app, and keep the \
                                      stream key, user and password apart";
                        faults.add(place("url"), "bad_url", "this is not an RTMP URL", remedy);
                    }
                    if key.0.is_empty() {
                        let remedy = "Name the secret that holds the stream key";
                        faults.add(place("key"), "no_key", "there is no stream key", remedy);
                    }
                }
                OutputKind::Record { path } => {
                    if path.is_empty() {
                        faults.add(place("path"), "no_path", "the path is empty", "Choose a file");
                    }
                }
            }
            if output.bus == BusName::Pvw {
                let remedy = "Choose PGM: this version sends the programme only";
                faults.add(place("bus"), "pvw_output", "PVW cannot be sent", remedy);
            }
            faults.range(place("video bitrate"), output.profile.video_kbps, 100..=50_000);
            faults.range(place("audio bitrate"), output.profile.audio_kbps, 32..=500);
            faults.range(place("keyframes"), output.profile.keyframe_millis, 500..=10_000);
            let payload = output.sei.payload_type;
            if payload != 5 && !(100..=254).contains(&payload) {
                let message = format!("payload type {payload} cannot be sent");
                faults.add(place("sei"), "bad_payload", message, "Choose 5, or 100 to 254");
            }
            if let Some(timing) = output.sei.layout_volume {
                faults.range(place("sei interval"), timing.interval_millis, 1_000..=5_000);
            }
        }
    }
}

fn check_screen(faults: &mut Faults, screen: &ScreenSource, place: impl Fn(&'static str) -> Place) {
    if let Some(rate) = screen.rate {
        faults.range(place("rate"), rate, 1..=ScreenSource::MAX_RATE);
    }
    let is_bad = |name: &str| !ScreenSource::is_name(name);
    match &screen.area {
        ScreenArea::Monitor { name } if is_bad(name) => {
            let remedy = "Choose a monitor, or write its name as `xrandr` lists it";
            faults.add(place("monitor"), "no_monitor", "the monitor has no name", remedy);
        }
        ScreenArea::Window { class, .. } if is_bad(class) => {
            let remedy = "Choose a window, or write its class as `xprop WM_CLASS` says it";
            faults.add(place("window"), "no_window", "the window's program has no name", remedy);
        }
        ScreenArea::Window { title: Some(title), .. } if is_bad(title) => {
            let remedy = "Write the title in full, or leave it out for any window of the program";
            faults.add(place("title"), "no_title", "the window's title is empty", remedy);
        }
        _ => {}
    }
}

fn check_text(faults: &mut Faults, id: ComponentId, style: &TextStyle) {
    let place = |field| Place::Item(id.into(), field);
    let TextStyle { text, size, max_width, outline, shadow, text_box, .. } = style;
    if text.chars().count() > 2_000 {
        faults.add(place("text"), "too_long", "the text is too long", "Keep 2,000 characters");
    }
    faults.range(place("size"), *size, 0.005..=1.0);
    faults.range(place("width"), *max_width, 0.01..=1.0);
    if let Some(outline) = outline {
        faults.range(place("outline"), outline.width, 0.0..=0.25);
    }
    if let Some(shadow) = shadow {
        faults.range(place("shadow"), shadow.dx, -0.5..=0.5);
        faults.range(place("shadow"), shadow.dy, -0.5..=0.5);
    }
    if let Some(text_box) = text_box {
        faults.range(place("box"), text_box.padding, 0.0..=2.0);
    }
}

/// A host and an app, and nothing that could hide a secret (user, password, query). White space around it does no
/// harm: who sends to it leaves it out.
fn is_rtmp_url(url: &str) -> bool {
    let url = url.trim();
    let rest = url.strip_prefix("rtmp://").or_else(|| url.strip_prefix("rtmps://"));
    let Some((host, app)) = rest.and_then(|rest| rest.split_once('/')) else { return false };
    let clean = |text: &str| !text.is_empty() && !text.contains(['@', '?', '#', ' ']);
    url.len() <= 2_048 && clean(host) && clean(app)
}
