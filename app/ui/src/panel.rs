//! What every panel is given.

use egui::Rect;

use crate::action::Action;
use crate::command::{Situation, Views};
use crate::keys::KeyOwner;
use crate::look::Look;
use crate::monitor;
use crate::translations::Translations;

/// What a panel shows, the language it speaks, and where its requests go.
pub struct Panel<'a> {
    /// The moment that is shown.
    pub look: &'a Look,
    /// The operator's language.
    pub words: &'a Translations,
    /// How the desk looks.
    pub views: Views,
    /// Whom the keys are for.
    pub keys: KeyOwner,
    /// What was asked so far.
    pub actions: &'a mut Vec<Action>,
}

impl Panel<'_> {
    /// What decides what a command does now.
    pub fn situation(&self) -> Situation<'_> {
        Situation { look: self.look, views: self.views, language: self.words.language() }
    }

    /// The largest canvas of the show's aspect in the middle of `area`.
    pub fn canvas(&self, area: Rect) -> Rect {
        monitor::fitted(area, self.look.snapshot.show.format.raster.size())
    }
}
