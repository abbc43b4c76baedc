//! Prepares pictures and texts. It may take long, so it belongs on a thread of its own.

use std::path::Path;

use engine::{Prep, PrepKind};

use crate::font_lack::FontLack;
use crate::prep_error::PrepError;
use crate::text::Typesetter;
use crate::{Drawable, picture};

/// Prepares what plans refer to. Owned by the prepare thread. The first text loads the system's
/// fonts, which takes from tens of milliseconds to seconds.
#[derive(Default)]
pub struct Preparer {
    typesetter: Option<Typesetter>,
}

impl Preparer {
    /// What the installed fonts lacked for the text that was prepared last.
    pub fn font_lack(&self) -> Option<&FontLack> {
        self.typesetter.as_ref()?.lack()
    }

    /// Prepares one picture or text. Relative paths count from `base`, the show file's folder.
    pub fn prepare(&mut self, prep: &Prep, base: &Path) -> Result<Drawable, PrepError> {
        match &prep.kind {
            PrepKind::Text { style, canvas } => {
                let typesetter = self.typesetter.get_or_insert_with(Typesetter::new);
                typesetter.set(style, *canvas)
            }
            PrepKind::Graphic { path, height, canvas } => {
                picture::load_graphic(&base.join(path), *height, *canvas)
            }
            PrepKind::Picture { path } => picture::load_picture(&base.join(path)),
        }
    }
}
