//! What every panel is given.

use crate::action::Action;
use crate::look::Look;
use crate::words::Words;

/// What a panel shows, what it says it in, and where its wishes go.
pub struct Panel<'a> {
    /// The moment that is shown.
    pub look: &'a Look,
    /// The operator's language.
    pub words: &'a Words,
    /// What was asked so far.
    pub actions: &'a mut Vec<Action>,
}
