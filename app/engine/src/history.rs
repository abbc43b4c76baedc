//! Undo and redo: shows are shared, so a step costs a pointer.

use std::collections::VecDeque;
use std::sync::Arc;

use show::Show;

use crate::Gesture;

/// The most steps kept; the oldest is dropped first.
const MAX_STEPS: usize = 500;

/// The shows before and after the present one.
#[derive(Clone, Debug, Default)]
pub struct History {
    before: VecDeque<Arc<Show>>,
    after: Vec<Arc<Show>>,
    gesture: Option<Gesture>,
}

impl History {
    /// Records the show before a change, unless the change continues the last gesture.
    pub fn record(&mut self, before: &Arc<Show>, gesture: Option<Gesture>) {
        let continues = gesture.is_some() && gesture == self.gesture && !self.before.is_empty();
        if !continues {
            if self.before.len() == MAX_STEPS {
                self.before.pop_front();
            }
            self.before.push_back(Arc::clone(before));
        }
        self.after.clear();
        self.gesture = gesture;
    }

    /// The show before the last step; `present` becomes the one to redo.
    pub fn undo(&mut self, present: &Arc<Show>) -> Option<Arc<Show>> {
        let show = self.before.pop_back()?;
        self.after.push(Arc::clone(present));
        self.gesture = None;
        Some(show)
    }

    /// The show that was undone last.
    pub fn redo(&mut self, present: &Arc<Show>) -> Option<Arc<Show>> {
        let show = self.after.pop()?;
        self.before.push_back(Arc::clone(present));
        self.gesture = None;
        Some(show)
    }

    /// How many steps can be undone and redone.
    pub fn depth(&self) -> (usize, usize) {
        (self.before.len(), self.after.len())
    }
}
