//! An open source that captures a screen: it is read when something has changed, and at no other time.

use std::sync::Arc;
use std::time::Duration;

use show::{ScreenArea, ScreenSource};
use x11rb::NONE;
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::damage::{ConnectionExt as _, ReportLevel};

use super::area::Area;
use super::error::ScreenError;
use super::pictures::Pictures;
use super::pointer::Pointer;
use super::server::Server;
use super::shared_pixels::SharedPixels;
use crate::link::{SourceLink, Timed};
use crate::live_map::LiveMap;
use crate::picture_format::PictureFormat;
use crate::source::host::SourceHost;
use crate::source::origin::{Origin, SourceEvent};

/// An open screen. Closing its connection takes back all that was asked of the server.
pub struct ScreenCapture {
    server: Server,
    area: Area,
    /// By which the server tells that something has changed.
    damage: u32,
    /// `None` if it is not shown.
    pointer: Option<Pointer>,
    shared: SharedPixels,
    pictures: Pictures,
    link: Arc<SourceLink>,
    host: SourceHost,
    take: u32,
    /// The least time between two pictures, in nanoseconds.
    period: i64,
    /// When the next picture may be taken.
    due: i64,
    /// Whether something has changed since the last one.
    has_changed: bool,
    /// The size of the last one; 0 before it.
    size: (u16, u16),
}

impl ScreenCapture {
    /// Opens it on this display, or on that of `DISPLAY`, for this take.
    ///
    /// # Errors
    /// [`ScreenError`].
    pub fn open(
        display: Option<&str>,
        source: &ScreenSource,
        (take, period): (u32, i64),
        link: &Arc<SourceLink>,
        host: SourceHost,
    ) -> Result<Self, ScreenError> {
        let server = Server::connect(display)?;
        server.require_extensions()?;
        let area = Area::find(&server, &source.area)?;
        let damage = server.link.generate_id()?;
        let window = area.window(&server);
        server.link.damage_create(damage, window, ReportLevel::NON_EMPTY)?.check()?;
        let pointer = source.cursor.then(|| Pointer::watch(&server)).transpose()?;
        // Its pictures are timed by the studio's clock, and each is due at once.
        link.map.store(Arc::new(LiveMap { take, ..LiveMap::default() }));
        let due = host.now();
        Ok(Self {
            server,
            area,
            damage,
            pointer,
            shared: SharedPixels::default(),
            pictures: Pictures::default(),
            link: Arc::clone(link),
            host,
            take,
            period,
            due,
            has_changed: true,
            size: (0, 0),
        })
    }

    /// Takes a picture if there is a new one by now; else waits for a change.
    fn step(&mut self, wait: Duration) -> Result<(), ScreenError> {
        if let Some(pointer) = &mut self.pointer {
            let place = (self.area.window(&self.server), self.area.origin());
            self.has_changed |= pointer.look(&self.server, place, self.size)?;
        }
        self.take_events()?;
        let left = self.due - self.host.now();
        match (self.has_changed, u64::try_from(left)) {
            (true, Err(_) | Ok(0)) => self.capture(),
            (true, Ok(left)) => self.server.wait(wait.min(Duration::from_nanos(left))),
            (false, _) => self.server.wait(wait),
        }
    }

    /// Takes what the server has told.
    fn take_events(&mut self) -> Result<(), ScreenError> {
        let window = self.area.window(&self.server);
        while let Some(event) = self.server.link.poll_for_event()? {
            match event {
                Event::DestroyNotify(event) if event.window == window => {
                    return Err(self.area.closed().unwrap_or_else(root_is_gone));
                }
                Event::XfixesCursorNotify(_) => {
                    if let Some(pointer) = &mut self.pointer {
                        pointer.forget_shape();
                    }
                }
                Event::RandrScreenChangeNotify(_)
                | Event::RandrNotify(_)
                | Event::ConfigureNotify(_) => {
                    self.area.forget_place();
                    self.has_changed = true;
                }
                Event::DamageNotify(_) | Event::MapNotify(_) => self.has_changed = true,
                _ => {}
            }
        }
        Ok(())
    }

    fn capture(&mut self) -> Result<(), ScreenError> {
        let now = self.host.now();
        let is_in_step = now - self.due < self.period;
        self.due = if is_in_step { self.due } else { now } + self.period;
        self.has_changed = false;
        // First: what changes from now on is told again.
        self.server.link.damage_subtract(self.damage, NONE, NONE)?.ignore_error();
        let Some(size) = self.area.read(&self.server, &mut self.shared)? else {
            match self.area.minimised() {
                // Its last picture stays.
                Some(_) if self.size != (0, 0) => {}
                Some(error) => return Err(error),
                None => self.has_changed = true,
            }
            return Ok(());
        };
        let (shared, pointer) = (&self.shared, &self.pointer);
        let picture = self.pictures.make(size, |pixels| {
            shared.read(pixels)?;
            if let Some(pointer) = pointer {
                pointer.draw(pixels, size);
            }
            Ok(())
        })?;
        let Some(picture) = picture else {
            self.has_changed = true;
            return Ok(());
        };
        if self.size != size {
            self.size = size;
            let format = PictureFormat {
                size: (size.0.into(), size.1.into()),
                rate: (0, 1),
                has_fields: false,
                beyond: None,
            };
            self.link.format.store(Some(Arc::new(format)));
        }
        self.link.video.push(Timed { take: self.take, pts: now, what: Some(picture) });
        self.host.tell_arrival();
        Ok(())
    }
}

impl Origin for ScreenCapture {
    fn next(&mut self, wait: Duration) -> Option<SourceEvent> {
        self.step(wait).err().map(|error| SourceEvent::Broke(error.into()))
    }

    // It never starts on its take.
    fn cue(&mut self, _take: u32) {}

    fn roll(&mut self) {}
}

fn root_is_gone() -> ScreenError {
    ScreenError::Server("its screen is gone".to_owned())
}

/// What a screen is called in errors.
pub fn name_of(area: &ScreenArea) -> &str {
    match area {
        ScreenArea::Desktop => "desktop",
        ScreenArea::Monitor { name } => name,
        ScreenArea::Window { class, title } => title.as_deref().unwrap_or(class),
    }
}
