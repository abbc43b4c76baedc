//! The address of a live source: what it will do, said as it is typed, and the settings of SRT, which are parts of
//! the address.

use egui::{RichText, Ui};
use show::{LiveProtocol, LiveUrl};

use crate::theme;
use crate::translations::Translations;
use crate::widgets::form::Form;

/// The rows. `wants_focus`: the line of the address gets the keyboard.
pub fn rows(ui: &mut Ui, form: &Form<'_>, url: &mut String, wants_focus: bool) {
    let line = form.text(ui, "url", "url", url);
    if wants_focus {
        line.request_focus();
    }
    let words = form.words;
    ui.label(RichText::new(what_it_does(url, words)).size(theme::DETAIL).color(theme::FAINT));
    // What is wrong with it is said at its place; whether it is SRT can be told all the same.
    if url.trim_start().starts_with("srt://") {
        srt(ui, form, url);
    }
}

/// What an address does, or how one is written.
fn what_it_does(url: &str, words: &Translations) -> String {
    if url.trim().is_empty() {
        return words.get("address-examples");
    }
    let Ok(of) = LiveUrl::parse(url) else { return String::new() };
    let port = of.port.map_or_else(String::new, |port| port.to_string());
    let calls = |key| words.with(key, "host", of.host.to_owned());
    match of.protocol {
        LiveProtocol::Srt if of.waits_for_sender() => words.with("address-listens", "port", port),
        LiveProtocol::Udp | LiveProtocol::Rtp => words.with("address-receives", "port", port),
        LiveProtocol::Srt => calls("address-srt"),
        LiveProtocol::Rtsp => calls("address-rtsp"),
        LiveProtocol::Rtmp => calls("address-rtmp"),
        LiveProtocol::Http => calls("address-http"),
        LiveProtocol::Other => words.get("address-other"),
    }
}

/// Who calls, by which passphrase, and how long lost packets are asked for again.
fn srt(ui: &mut Ui, form: &Form<'_>, url: &mut String) {
    let words = form.words;
    let parsed = LiveUrl::parse(url).ok();
    // As far as it can be told while something else is wrong.
    let looks = url.contains("mode=listener") || url.trim_start().starts_with("srt://:");
    let listens = parsed.map_or(looks, |of| of.waits_for_sender());
    let mut now = listens;
    let ways = [(false, words.get("srt-calls")), (true, words.get("srt-listens"))];
    if form.choice(ui, "srt-mode", &mut now, &ways) {
        *url = LiveUrl::with(url, "mode", Some(if now { "listener" } else { "caller" }));
    }
    let mut phrase = LiveUrl::value_in(url, "passphrase").unwrap_or_default();
    if form.hidden(ui, "srt-passphrase", "passphrase", &mut phrase).changed() {
        let phrase = Some(phrase.as_str()).filter(|phrase| !phrase.is_empty());
        *url = LiveUrl::with(url, "passphrase", phrase);
    }
    let written = LiveUrl::value_in(url, "latency").and_then(|value| value.parse().ok());
    let mut latency = written.unwrap_or(LiveUrl::SRT_DEFAULT_LATENCY);
    let before = latency;
    let (least, most) = LiveUrl::SRT_LATENCY;
    form.number(ui, ("srt-latency", "srt latency"), &mut latency, least..=most, "ms");
    if latency != before {
        *url = LiveUrl::with(url, "latency", Some(&latency.to_string()));
    }
}
