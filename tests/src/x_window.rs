//! A window on a display, made and moved by the test itself: no window manager is there to do it.

use engine::Frame;
use x11rb::connection::Connection;
use x11rb::protocol::randr::{ConnectionExt as _, ModeInfo, Rotation};
use x11rb::protocol::xproto::{
    AtomEnum, ChangeWindowAttributesAux, ConfigureWindowAux, ConnectionExt as _, CreateGCAux,
    CreateWindowAux, ImageFormat, PropMode, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use crate::numbers::Luma;

/// Left, top, width and height in pixels.
pub type Place = (i16, i16, u16, u16);

/// A window that the server keeps painted: its program can be asleep. Dropping it closes it.
pub struct XWindow {
    link: RustConnection,
    root: u32,
    id: u32,
    depth: u8,
}

impl XWindow {
    /// Opens one of this class and title, of one colour (0xRRGGBB).
    ///
    /// # Panics
    /// The display is not there.
    pub fn open(display: &str, names: (&str, &str), place: Place, colour: u32) -> Self {
        let window = Self::hidden(display, names, place, colour);
        window.show(true);
        window
    }

    /// The same, not yet shown.
    ///
    /// # Panics
    /// The display is not there.
    pub fn hidden(display: &str, (class, title): (&str, &str), place: Place, colour: u32) -> Self {
        let (link, screen) = RustConnection::connect(Some(display)).expect("the display is there");
        let screen = &link.setup().roots[screen];
        let (root, depth) = (screen.root, screen.root_depth);
        let id = link.generate_id().expect("ids are left");
        let (x, y, width, height) = place;
        let looks = CreateWindowAux::new().background_pixel(colour);
        let kind = WindowClass::INPUT_OUTPUT;
        link.create_window(depth, id, root, x, y, width, height, 0, kind, 0, &looks).expect("sent");
        let window = Self { link, root, id, depth };
        let class = format!("instance\0{class}\0");
        window.set(AtomEnum::WM_CLASS.into(), AtomEnum::STRING.into(), class.as_bytes());
        window.set(window.atom("_NET_WM_NAME"), window.atom("UTF8_STRING"), title.as_bytes());
        window
    }

    fn atom(&self, name: &str) -> u32 {
        let asked = self.link.intern_atom(false, name.as_bytes()).expect("sent");
        asked.reply().expect("an answer").atom
    }

    fn set(&self, name: u32, kind: u32, text: &[u8]) {
        self.link.change_property8(PropMode::REPLACE, self.id, name, kind, text).expect("sent");
        self.sync();
    }

    /// Returns when the server has done what it was asked for.
    fn sync(&self) {
        self.link.get_input_focus().expect("sent").reply().expect("an answer");
    }

    /// Shows it, or hides it as minimising does.
    pub fn show(&self, is_shown: bool) {
        match is_shown {
            true => self.link.map_window(self.id).expect("sent"),
            false => self.link.unmap_window(self.id).expect("sent"),
        };
        self.sync();
    }

    /// Moves and resizes it.
    pub fn put(&self, (x, y, width, height): Place) {
        let place = ConfigureWindowAux::new().x(i32::from(x)).y(i32::from(y));
        let place = place.width(u32::from(width)).height(u32::from(height));
        self.link.configure_window(self.id, &place).expect("sent");
        self.sync();
    }

    /// Gives it one colour.
    pub fn fill(&self, colour: u32) {
        let looks = ChangeWindowAttributesAux::new().background_pixel(colour);
        self.link.change_window_attributes(self.id, &looks).expect("sent");
        self.repaint();
    }

    /// Has it show a picture, in grey.
    pub fn picture(&self, picture: &Frame) {
        let luma = Luma::of(picture);
        let mut pixels = Vec::new();
        for row in luma.data.chunks(luma.stride).take(luma.height) {
            for code in &row[..luma.width] {
                let grey = ((f64::from(*code) - 16.0) * 255.0 / 219.0).round().clamp(0.0, 255.0);
                pixels.extend([grey as u8; 4]);
            }
        }
        let (width, height) = (luma.width as u16, luma.height as u16);
        let link = &self.link;
        let (pixmap, tool) =
            (link.generate_id().expect("an id"), link.generate_id().expect("an id"));
        link.create_pixmap(self.depth, pixmap, self.id, width, height).expect("sent");
        link.create_gc(tool, pixmap, &CreateGCAux::new()).expect("sent");
        // A request holds 64 rows of the largest picture that is shown so.
        for (index, rows) in pixels.chunks(luma.width * 4 * 64).enumerate() {
            let high = (rows.len() / (luma.width * 4)) as u16;
            let (format, top) = (ImageFormat::Z_PIXMAP, (index * 64) as i16);
            link.put_image(format, pixmap, tool, width, high, 0, top, 0, self.depth, rows)
                .expect("sent");
        }
        let looks = ChangeWindowAttributesAux::new().background_pixmap(pixmap);
        link.change_window_attributes(self.id, &looks).expect("sent");
        link.free_gc(tool).expect("sent");
        link.free_pixmap(pixmap).expect("sent");
        self.repaint();
    }

    fn repaint(&self) {
        self.link.clear_area(false, self.id, 0, 0, 0, 0).expect("sent");
        self.sync();
    }

    /// Lists only these windows as those of programs, as a window manager does.
    pub fn list(&self, windows: &[&Self]) {
        let ids: Vec<u32> = windows.iter().map(|window| window.id).collect();
        let name = self.atom("_NET_CLIENT_LIST");
        let kind = AtomEnum::WINDOW;
        self.link.change_property32(PropMode::REPLACE, self.root, name, kind, &ids).expect("sent");
        self.sync();
    }

    /// Moves the mouse pointer there on the screen.
    pub fn point(&self, x: i16, y: i16) {
        self.link.warp_pointer(x11rb::NONE, self.root, 0, 0, 0, 0, x, y).expect("sent");
        self.sync();
    }

    /// Gives the screen and its only monitor another size, not larger than they had at first.
    pub fn resize_screen(&self, (width, height): (u16, u16)) {
        let (link, root) = (&self.link, self.root);
        // Who does not say which version it knows gets other answers.
        link.randr_query_version(1, 5).expect("sent").reply().expect("an answer");
        let known = link.randr_get_screen_resources_current(root).expect("sent");
        let known = known.reply().expect("an answer");
        let (crtc, output, rotation) = (known.crtcs[0], known.outputs[0], Rotation::ROTATE0);
        let set = |mode: u32, outputs: &[u32]| {
            let time = known.config_timestamp;
            let asked = link.randr_set_crtc_config(crtc, 0, time, 0, 0, mode, rotation, outputs);
            asked.expect("sent").reply().expect("an answer");
        };
        let name = format!("{width}x{height}");
        let mode = ModeInfo { width, height, name_len: name.len() as u16, ..ModeInfo::default() };
        let made = link.randr_create_mode(root, mode, name.as_bytes()).expect("sent");
        let mode = made.reply().expect("an answer").mode;
        link.randr_add_output_mode(output, mode).expect("sent");
        set(x11rb::NONE, &[]);
        link.randr_set_screen_size(root, width, height, 100, 100).expect("sent");
        set(mode, &[output]);
        self.sync();
    }
}
