//! The show that is being opened: its program is started in the background, and takes over once it runs.

use std::path::PathBuf;

use show::Show;
use ui::Notice;

use super::path::shown;
use crate::production::{NotReplaced, NotReplacedReason};
use crate::storage::recovery::LeftBehind;

/// What is being opened, if anything is.
#[derive(Default)]
pub struct OpeningShow(Option<Opened>);

/// What was asked for.
pub enum Opened {
    /// The show of this file.
    File(PathBuf),
    /// A new show.
    New,
    /// The same show, whose program has failed.
    Again,
    /// The same show in another format, which is called so.
    Format(String),
    /// The show of this name as a crash left it, and as it is in its file.
    LeftBehind(String, Option<Box<Show>>),
}

/// A journal that is offered again, with the show as it is in its file.
pub type OfferedAgain = (Box<LeftBehind>, Option<Box<Show>>);

impl OpeningShow {
    /// Its program is being started; or it cannot be, and that is said. Yields the journal that it was to go on
    /// from in that case.
    pub fn begin(
        &mut self,
        begun: Result<(), NotReplaced>,
        opened: Opened,
        notices: &mut Vec<Notice>,
    ) -> Option<OfferedAgain> {
        match begun {
            Ok(()) => {
                self.0 = Some(opened);
                None
            }
            Err(error) => {
                let (notice, left) = opened.not_opened(error);
                notices.push(notice);
                left
            }
        }
    }

    /// What was asked for: it is open now, or is not to be.
    pub fn take(&mut self) -> Option<Opened> {
        self.0.take()
    }
}

impl Opened {
    /// It is open; a new show says so by itself.
    pub fn notice(&self) -> Option<Notice> {
        match self {
            Self::File(path) => Some(Notice::Done("told-opened", shown(path))),
            Self::New => None,
            Self::Again => Some(Notice::Error("told-restarted", String::new())),
            Self::Format(name) => Some(Notice::Done("told-format", name.clone())),
            Self::LeftBehind(name, _) => Some(Notice::Done("told-recovered", name.clone())),
        }
    }

    /// It is not open, and what is to be offered again.
    pub fn not_opened(self, error: NotReplaced) -> (Notice, Option<OfferedAgain>) {
        let NotReplaced { reason, left } = error;
        let (name, key, saved) = match self {
            Self::File(path) => (shown(&path), "told-open-failed", None),
            Self::New | Self::Again => (String::new(), "told-open-failed", None),
            Self::Format(name) => (name, "told-format-failed", None),
            Self::LeftBehind(name, saved) => (name, "told-open-failed", saved),
        };
        let notice = match reason {
            NotReplacedReason::Busy => Notice::Error("busy", String::new()),
            NotReplacedReason::Edited => Notice::Error("told-open-late", name),
            NotReplacedReason::OnAir => Notice::Error("told-stop-first", String::new()),
            reason @ NotReplacedReason::Start(_) => Notice::Error(key, reason.to_string()),
        };
        (notice, left.map(|left| (left, saved)))
    }
}
