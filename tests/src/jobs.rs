//! The three jobs by which mixers are compared: films side by side, with a logo and a line of text.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use show::{
    Anchor, Asset, AssetId, AssetKind, Component, ComponentId, ComponentKind, EncodeProfile, Feed,
    FileEnd, Format, FrameRate, Layout, LayoutId, Output, OutputId, OutputKind, Pane, Placement,
    PlayFile, Raster, Rect, Scene, SceneId, Show, SourceId, SourceKind,
};

use crate::media::{self, Coding};
use crate::numbers::{self, Area};
use crate::{decode, shows};

/// The output that records, for `--at 0s "start output-51"`.
pub const OUTPUT: OutputId = OutputId(51);
/// Strength of the films' grain.
const GRAIN: u32 = 12;

/// A job.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    /// Its name on the command line.
    pub name: &'static str,
    /// Raster of the films and of the programme.
    pub raster: Raster,
    /// Where the films are, one a tag from 1 on.
    pub panes: &'static [Rect],
    /// Kilobits per second of each film.
    pub film_kbps: u32,
    /// Kilobits per second of the programme.
    pub kbps: u32,
    /// How far the logo is below the top and the text above the bottom: over a pane, and over no
    /// number.
    graphics: f64,
}

const HALF: f64 = 0.5;

/// Two films of 720p side by side.
pub const TWO: Job = Job {
    name: "two",
    raster: Raster::Hd,
    panes: &[Rect::new(0.0, 0.25, HALF, HALF), Rect::new(HALF, 0.25, HALF, HALF)],
    film_kbps: 5_000,
    kbps: 2_500,
    graphics: 0.35,
};

/// Four films of 720p.
pub const QUAD: Job = Job {
    name: "quad",
    raster: Raster::Hd,
    panes: &[
        Rect::new(0.0, 0.0, HALF, HALF),
        Rect::new(HALF, 0.0, HALF, HALF),
        Rect::new(0.0, HALF, HALF, HALF),
        Rect::new(HALF, HALF, HALF, HALF),
    ],
    film_kbps: 5_000,
    kbps: 2_500,
    graphics: 0.15,
};

/// One film of 1080p, full screen.
pub const FULL: Job = Job {
    name: "full",
    raster: Raster::Uhd,
    panes: &[Rect::FULL],
    film_kbps: 8_000,
    kbps: 4_500,
    graphics: 0.15,
};

/// All of them.
pub const ALL: [Job; 3] = [TWO, QUAD, FULL];

impl Job {
    /// The programme's format.
    pub const fn format(&self) -> Format {
        Format { raster: self.raster, rate: FrameRate::R25 }
    }

    /// How the programme is encoded.
    pub fn profile(&self) -> EncodeProfile {
        EncodeProfile { video_kbps: self.kbps, ..EncodeProfile::default() }
    }

    /// The films, so many seconds each, in this folder: made the first time.
    pub fn films(&self, folder: &Path, seconds: u32) -> Vec<PathBuf> {
        let (_, high) = self.raster.size();
        let kbps = self.film_kbps;
        let film = |tag| {
            let name = format!("{high}p-{kbps}k-grain{GRAIN}-{seconds}s-{tag}.mp4");
            media::kept_in(folder, &name, |path| {
                let coding = Coding { kbps, grain: GRAIN, ..Coding::default() };
                media::film(path, self.format(), seconds, tag, coding);
            })
        };
        (1..=self.panes.len() as u8).map(film).collect()
    }

    /// Where the logo is, in pixels of the programme from its top left corner, and its height.
    pub fn logo_place(&self) -> (u32, u32, u32) {
        let (width, height) = self.raster.size();
        let size = (f64::from(height) * LOGO_HEIGHT) as u32;
        let from_right = (f64::from(width) * LOGO_INSET) as u32;
        (width - from_right - size, (f64::from(height) * self.graphics) as u32, size)
    }

    /// Writes the show of these films into a folder, with an output that records to `record`.
    pub fn write(&self, folder: &Path, films: &[PathBuf], record: &Path) -> PathBuf {
        let logo = folder.join("logo.png");
        media::logo(&logo, self.logo_place().2);
        let path = folder.join(format!("{}.json", self.name));
        let show = self.show(films, &logo, record);
        fs::write(&path, show::file::encode(&show)).expect("the folder can be written");
        path
    }

    fn show(&self, films: &[PathBuf], logo: &Path, record: &Path) -> Show {
        let mut show = Show::new(self.name, self.format());
        let asset = |id, path: &Path, kind| {
            let path = path.to_string_lossy().into_owned();
            Asset { id: AssetId(id), path, kind, hash: None }
        };
        show.assets.push(asset(1, logo, AssetKind::Picture));
        let mut panes = Vec::new();
        for (n, (film, rect)) in (0..).zip(films.iter().zip(self.panes)) {
            show.assets.push(asset(2 + n, film, AssetKind::Media));
            let (end, in_millis, out_millis, start) = (FileEnd::Loop, 0, None, None);
            let play = PlayFile {
                asset: AssetId(2 + n),
                end,
                in_millis,
                out_millis,
                start,
                track: None,
                hidden: show::WhenHidden::Pause,
            };
            show.sources.push(shows::source(11 + n, SourceKind::File(play)));
            panes.push(Pane::new(*rect, Feed::Source(SourceId(11 + n))));
        }
        let (background, audio) = Default::default();
        let (id, name) = (LayoutId(21), self.name.to_owned());
        show.layouts.push(Layout { id, name, background, panes, audio });
        let place = |anchor, x, y| Placement { anchor, x, y };
        show.components.push(Component {
            id: ComponentId(31),
            name: "Logo".into(),
            kind: ComponentKind::Image { asset: AssetId(1), height: Some(LOGO_HEIGHT) },
            place: place(Anchor::TopRight, -LOGO_INSET, self.graphics),
            opacity: 1.0,
            live: false,
        });
        let place = place(Anchor::BottomLeft, LOGO_INSET, -self.graphics);
        show.components.push(Component { place, ..shows::text(32, "Harbour Tonight, live") });
        let components = vec![ComponentId(31), ComponentId(32)];
        let (id, name, layout) = (SceneId(41), self.name.to_owned(), LayoutId(21));
        show.scenes.push(Scene { id, name, layout, components });
        let kind = OutputKind::Record { path: record.to_string_lossy().into_owned() };
        let (bus, sei) = Default::default();
        let (name, profile) = ("Recording".to_owned(), self.profile());
        show.outputs.push(Output { id: OUTPUT, name, kind, profile, bus, sei });
        show
    }

    /// What a recording of it shows, judged against films of `lap` frames.
    pub fn judge(&self, recording: &Path, lap: u64) -> Seen {
        let tags: Vec<u8> = (1..=self.panes.len() as u8).collect();
        Seen::of(&numbers_of(recording, self.panes, &tags), lap)
    }
}

/// Height of the logo, of the picture's.
const LOGO_HEIGHT: f64 = 0.1;
/// How far the graphics are from the left and the right, of the picture's width.
const LOGO_INSET: f64 = 0.05;

/// Each pane's numbers, picture by picture; nothing where there is none, or another tag's.
pub fn numbers_of(recording: &Path, panes: &[Rect], tags: &[u8]) -> Vec<Vec<Option<u64>>> {
    let pictures = decode::pictures(recording, |luma| {
        let size = (luma.width as u32, luma.height as u32);
        let read = |(rect, tag): (&Rect, &u8)| {
            let reading = numbers::read(&luma, Area::pane(*rect, size));
            reading.both().filter(|(seen, _)| seen == tag).map(|(_, number)| number)
        };
        panes.iter().zip(tags).map(read).collect::<Vec<_>>()
    });
    pictures.into_iter().map(|seen| seen.what).collect()
}

/// What a recording shows of its sources.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Pictures in it.
    pub pictures: usize,
    /// The first picture on which every pane's number can be read.
    pub first: Option<usize>,
    /// Numbers behind it that are the same as on the picture before, over all panes.
    pub repeated: u64,
    /// Numbers behind it that are missing, over all panes.
    pub skipped: u64,
    /// Numbers behind it that cannot be read.
    pub unread: u64,
}

impl Seen {
    /// Of films whose numbers begin again after `lap`.
    pub fn of(pictures: &[Vec<Option<u64>>], lap: u64) -> Self {
        let first = pictures.iter().position(|panes| panes.iter().all(Option::is_some));
        let mut seen = Self { pictures: pictures.len(), first, ..Self::default() };
        let from: Range<usize> = first.unwrap_or(pictures.len())..pictures.len();
        let mut last = pictures.get(from.start).cloned().unwrap_or_default();
        for panes in pictures[from].iter().skip(1) {
            for (last, number) in last.iter_mut().zip(panes) {
                let (Some(before), Some(now)) = (*last, *number) else {
                    seen.unread += 1;
                    continue;
                };
                match (now + lap - before) % lap {
                    0 => seen.repeated += 1,
                    step => seen.skipped += step - 1,
                }
                *last = Some(now);
            }
        }
        seen
    }

    /// Whether every number of every pane is there once and in order.
    pub fn is_whole(&self) -> bool {
        self.first.is_some() && (self.repeated, self.skipped, self.unread) == (0, 0, 0)
    }
}
