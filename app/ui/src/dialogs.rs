//! The dialogs that are open, one over the other: only the top one is shown. Another dialog never takes the place
//! of one that has work in it, and work is not thrown away without a question.

use egui::{Rect, Ui};
use show::{ItemId, Show};

use crate::action::OpenDialog;
use crate::dialog::{Dialog, DialogState, MediaKind};
use crate::panel::Panel;
use crate::preview_look::PreviewRequest;

/// How many can lie one over the other.
const MAX: usize = 6;

/// The open dialogs.
#[derive(Default)]
pub struct Dialogs {
    /// The top one last.
    stack: Vec<OpenedDialog>,
    /// How many were opened so far.
    count: u64,
    /// The kind of media that was added last.
    media_kind: MediaKind,
}

struct OpenedDialog {
    dialog: Dialog,
    of: OpenDialog,
    /// Another one each time one is opened.
    number: u64,
    /// Whether it is asked if its work may be discarded.
    is_asking: bool,
}

impl Dialogs {
    /// Whether any is open.
    pub fn is_open(&self) -> bool {
        !self.stack.is_empty()
    }

    /// Which picture of a source the top one wants to see.
    pub fn preview(&self) -> Option<&PreviewRequest> {
        self.stack.last()?.dialog.preview()
    }

    /// Opens a dialog, or brings it to the top if it is open.
    ///
    /// # Errors
    /// The key of the reason why it is not opened.
    pub fn open(&mut self, open: OpenDialog, panel: &Panel<'_>) -> Result<(), &'static str> {
        let show = &panel.look.snapshot.show;
        if let Some(at) = self.stack.iter().position(|opened| is_same(&opened.of, &open, show)) {
            let mut opened = self.stack.remove(at);
            opened.dialog.turn_to(open, panel);
            self.stack.push(opened);
            return Ok(());
        }
        if self.top_has_work(panel) && self.stack.len() == MAX {
            return Err("too-many-dialogs");
        }
        let Some(mut dialog) = Dialog::new(open, panel) else { return Ok(()) };
        dialog.turn_to_media(self.media_kind);
        if !self.top_has_work(panel) {
            self.stack.pop();
        }
        self.count += 1;
        self.stack.push(OpenedDialog { dialog, of: open, number: self.count, is_asking: false });
        Ok(())
    }

    /// Whether any has work in it that closing would lose; then the top one that has asks about it.
    pub fn ask_about_work(&mut self, panel: &Panel<'_>) -> bool {
        let Some(at) = self.stack.iter().rposition(|opened| opened.has_work(panel)) else {
            return false;
        };
        let mut opened = self.stack.remove(at);
        opened.is_asking = true;
        self.stack.push(opened);
        true
    }

    /// Draws the top one in the left upper corner of `inside`, within `whole`. `escapes`: Esc is for it.
    pub fn draw(
        &mut self,
        ui: &mut Ui,
        places: (Rect, Rect),
        escapes: bool,
        panel: &mut Panel<'_>,
    ) {
        let under = self.stack.len().saturating_sub(1);
        let below = self.stack.iter().take(under).next_back();
        let below = below.map(|opened| opened.dialog.title(panel.words));
        let Some(top) = self.stack.last_mut() else { return };
        let mut state =
            top.dialog.draw(ui, places, (top.number, below.as_deref(), top.is_asking), panel);
        if escapes && state == DialogState::Open {
            state = if top.is_asking { DialogState::Kept } else { DialogState::Left };
        }
        match state {
            DialogState::Open => {}
            DialogState::Kept => top.is_asking = false,
            DialogState::Left if top.has_work(panel) => top.is_asking = true,
            DialogState::Left | DialogState::Closed => {
                // The next one begins where this one was.
                self.media_kind = top.dialog.media_kind().unwrap_or(self.media_kind);
                self.stack.pop();
            }
        }
    }

    fn top_has_work(&self, panel: &Panel<'_>) -> bool {
        self.stack.last().is_some_and(|opened| opened.has_work(panel))
    }
}

impl OpenedDialog {
    fn has_work(&self, panel: &Panel<'_>) -> bool {
        let new = Dialog::new(self.of, panel);
        // Of an item that is gone nothing can be applied any more.
        new.is_some_and(|new| self.dialog.has_work(&new, &panel.look.snapshot.show))
    }
}

/// Whether both are the same dialog: the settings hold every output.
fn is_same(one: &OpenDialog, other: &OpenDialog, show: &Show) -> bool {
    let is_settings = |open: &OpenDialog| match open {
        OpenDialog::Settings | OpenDialog::NewDestination => true,
        OpenDialog::Edit(ItemId::Output(id)) => show.output(*id).is_some(),
        _ => false,
    };
    one == other || (is_settings(one) && is_settings(other))
}
