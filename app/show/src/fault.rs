//! What can be wrong with a show, and where.

use std::fmt;

use serde::Serialize;

use crate::{ItemId, LayoutId, SourceId};

/// One thing that is wrong with a show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// A code for programs: never changes once shipped.
    pub code: &'static str,
    /// What is wrong, in the operator's words.
    pub message: String,
    /// What to do.
    pub remedy: String,
    /// The lowest and highest allowed value, if the value is out of range.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<(String, String)>,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}. {}.", self.place, self.message, self.remedy)
    }
}

/// A location in a show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// The show itself, and a field of it.
    Show(&'static str),
    /// An item, and a field of it.
    Item(ItemId, &'static str),
    /// A pane of a layout, counted from 0, and a field of it.
    Pane(LayoutId, usize, &'static str),
    /// A source's strip, and a field of it.
    Strip(SourceId, &'static str),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Show(field) => write!(f, "show, {field}"),
            Self::Item(id, field) => write!(f, "{id}, {field}"),
            Self::Pane(layout, index, field) => write!(f, "{layout}, pane {}, {field}", index + 1),
            Self::Strip(source, field) => write!(f, "strip of {source}, {field}"),
        }
    }
}
