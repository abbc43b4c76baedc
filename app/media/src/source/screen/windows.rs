//! The windows that are open on an X server, each by its program and its title.

use x11rb::errors::ReplyError;
use x11rb::protocol::res::{ClientIdMask, ClientIdSpec, ConnectionExt as _};
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ConnectionExt as _, GetPropertyReply, MapState, WindowClass,
};

use super::error::ScreenError;
use super::server::Server;

/// The most windows that are looked at.
const MAX_WINDOWS: usize = 512;
/// How much of a title or a class is read, in words of four bytes: together with what replaces half a letter at its
/// end it is no longer than a show can hold.
const TEXT: u32 = 255;
/// How deep below the root windows of programs lie where nobody lists them: in a frame, and in what holds that.
const DEPTH: u32 = 3;

/// A window of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenWindow {
    /// Its number on the X server, which it has as long as it is open.
    pub id: u32,
    /// Its program, as that names it.
    pub class: String,
    /// Its title.
    pub title: String,
    /// Whether it is shown now, though other windows may cover it.
    pub is_shown: bool,
}

/// All windows of programs, in the order in which they were opened where the server knows it.
///
/// # Errors
/// The server cannot be asked. What a single window refuses leaves that out.
pub fn all(server: &Server) -> Result<Vec<OpenWindow>, ScreenError> {
    let names = Names::of(server)?;
    let ids = match names.listed(server)? {
        Some(ids) => ids,
        None => found(server)?,
    };
    let mut windows = Vec::new();
    for id in ids.into_iter().take(MAX_WINDOWS) {
        match names.window(server, id) {
            Ok(window) => windows.extend(window),
            // It was closed meanwhile.
            Err(ReplyError::X11Error(_)) => {}
            Err(ReplyError::ConnectionError(error)) => return Err(error.into()),
        }
    }
    Ok(windows)
}

/// The window of this class, and of this title if there is one: rather one that is shown.
///
/// # Errors
/// There is none, it is minimised, or the server cannot be asked.
pub fn find(server: &Server, class: &str, title: Option<&str>) -> Result<OpenWindow, ScreenError> {
    let is_it = |window: &OpenWindow| {
        window.class == class && title.is_none_or(|title| window.title == title)
    };
    let mut found: Vec<_> = all(server)?.into_iter().filter(is_it).collect();
    found.sort_by_key(|window| !window.is_shown);
    let name = || title.unwrap_or(class).to_owned();
    match found.into_iter().next() {
        None => Err(ScreenError::NoWindow(name())),
        Some(window) if !window.is_shown => Err(ScreenError::Minimised(name())),
        Some(window) => Ok(window),
    }
}

/// The process that a window belongs to, where the X server knows it.
pub fn process_of(server: &Server, window: u32) -> Option<u32> {
    let spec = ClientIdSpec { client: window, mask: ClientIdMask::LOCAL_CLIENT_PID };
    let reply = server.link.res_query_client_ids(&[spec]).ok()?.reply().ok()?;
    reply.ids.first().and_then(|id| id.value.first()).copied()
}

/// The names of the properties of windows.
struct Names {
    list: Atom,
    title: Atom,
    utf8: Atom,
}

impl Names {
    fn of(server: &Server) -> Result<Self, ScreenError> {
        let ask = |name: &str| server.link.intern_atom(false, name.as_bytes());
        let (list, title, utf8) =
            (ask("_NET_CLIENT_LIST")?, ask("_NET_WM_NAME")?, ask("UTF8_STRING")?);
        let (list, title, utf8) = (list.reply()?.atom, title.reply()?.atom, utf8.reply()?.atom);
        Ok(Self { list, title, utf8 })
    }

    /// The windows that a window manager lists; `None` without one.
    fn listed(&self, server: &Server) -> Result<Option<Vec<u32>>, ScreenError> {
        let most = MAX_WINDOWS as u32;
        let kind = AtomEnum::WINDOW;
        let list = server.link.get_property(false, server.root, self.list, kind, 0, most)?;
        Ok(list.reply()?.value32().map(Iterator::collect))
    }

    /// What is known of a window; `None` if it is no program's.
    fn window(&self, server: &Server, id: u32) -> Result<Option<OpenWindow>, ReplyError> {
        let link = &server.link;
        let text = |name: Atom, kind: Atom| link.get_property(false, id, name, kind, 0, TEXT);
        let class = text(AtomEnum::WM_CLASS.into(), AtomEnum::STRING.into())?;
        let title = text(self.title, self.utf8)?;
        let old_title = text(AtomEnum::WM_NAME.into(), AtomEnum::ANY.into())?;
        let attributes = link.get_window_attributes(id)?;
        let (class, title, old_title) = (class.reply()?, title.reply()?, old_title.reply()?);
        let attributes = attributes.reply()?;
        // "instance\0class\0".
        let class = class.value.split(|byte| *byte == 0).nth(1).map(latin1).unwrap_or_default();
        let title = match title.value.is_empty() {
            false => String::from_utf8_lossy(&title.value).into_owned(),
            true => self.old_text(&old_title),
        };
        let has_pictures = attributes.class == WindowClass::INPUT_OUTPUT;
        let is_shown = attributes.map_state == MapState::VIEWABLE;
        let window = OpenWindow { id, class, title, is_shown };
        Ok((has_pictures && !window.class.is_empty()).then_some(window))
    }

    /// A text as older programs set it.
    fn old_text(&self, text: &GetPropertyReply) -> String {
        match text.type_ == self.utf8 {
            true => String::from_utf8_lossy(&text.value).into_owned(),
            false => latin1(&text.value),
        }
    }
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// The windows with a class that are in no other such window, where no window manager lists them.
fn found(server: &Server) -> Result<Vec<u32>, ScreenError> {
    let link = &server.link;
    let (mut found, mut level) = (Vec::new(), vec![server.root]);
    for _ in 0..DEPTH {
        let mut below = Vec::new();
        for window in level {
            match children(server, window) {
                Ok(children) => below.extend(children),
                Err(ReplyError::X11Error(_)) => {}
                Err(ReplyError::ConnectionError(error)) => return Err(error.into()),
            }
        }
        below.truncate(MAX_WINDOWS);
        level = Vec::new();
        for window in below {
            let (name, kind) = (AtomEnum::WM_CLASS, AtomEnum::STRING);
            let class = link.get_property(false, window, name, kind, 0, 1)?;
            match class.reply() {
                Ok(class) if !class.value.is_empty() => found.push(window),
                Ok(_) => level.push(window),
                Err(ReplyError::X11Error(_)) => {}
                Err(ReplyError::ConnectionError(error)) => return Err(error.into()),
            }
        }
    }
    Ok(found)
}

fn children(server: &Server, window: u32) -> Result<Vec<u32>, ReplyError> {
    Ok(server.link.query_tree(window)?.reply()?.children)
}
