//! Everything the desk can ask for: one list for buttons, keys and menus.

use std::fmt;
use std::path::PathBuf;

use engine::{CommandKind, Deliver, Edit, Key, Mix, Switch};
use show::{Db, Format, ItemId, LayoutId, OutputId, SceneId, SecretName, SourceId, Transition};

use crate::language::Language;

/// A wish of the operator's.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// PVW gets a scene.
    LoadScene(SceneId),
    /// PVW gets a layout and keeps its graphics.
    LoadLayout(LayoutId),
    /// A scene to PVW, and a cut.
    TakeScene(SceneId),
    /// A layout to PVW, and a cut.
    TakeLayout(LayoutId),
    /// The buses change places on the next frame.
    Cut,
    /// The buses change places with the transition.
    Auto,
    /// PGM becomes what PVW is.
    Sync,
    /// The T-bar, in ten-thousandths.
    Bar(u16),
    /// PGM's items become those of the present document.
    Update,
    /// What AUTO does.
    Transition(Transition),
    /// A graphic on or off on one bus.
    Key(Key),
    /// The mixer.
    Mix(Mix),
    /// What is heard on the monitor: the window's own, not the programme's.
    Listen(MonitorChange),
    /// No strip is heard alone any more.
    Unsolo(Vec<SourceId>),
    /// Starts outputs, all or none.
    StartAll(Vec<OutputId>),
    /// Ends outputs, all or none.
    StopAll(Vec<OutputId>),
    /// Has an output that waits be tried at once.
    Retry(OutputId),
    /// Ends an output that failed, and starts it anew.
    Again(OutputId),
    /// Starts an output.
    Start(OutputId),
    /// Ends an output.
    Stop(OutputId),
    /// Takes the last edit back.
    Undo,
    /// And makes it again.
    Redo,
    /// The document changes; however many edits there are, they are one step of undo, and all or none
    /// are made.
    Edit(Vec<show::Edit>),
    /// The same, as part of a movement of the hand: one step of undo for the whole movement.
    Adjust(Box<show::Edit>),
    /// Several at once: all or none, on one frame.
    All(Vec<Self>),
    /// The programme runs in another format, from its beginning.
    Format(Format),
    /// A stream key is kept under this name.
    KeepKey(SecretName, StreamKey),
    /// Something with a show's file.
    File(ShowFile),
    /// What of the disk begins like this; the answer is [`crate::Look::paths`].
    Complete(String),
    /// A file is to be chosen by the desktop's own dialog; the answer is [`crate::Look::chosen`].
    Browse(FilePurpose),
    /// The desk speaks this language.
    Speak(Language),
    /// The desk's panels, or what they show.
    View(ViewChange),
    /// A dialog of the desk's.
    Open(OpenDialog),
    /// Ends the programme and closes the window.
    Close,
}

/// Wishes for the operator's own ears.
#[derive(Clone, Debug, PartialEq)]
pub enum MonitorChange {
    /// The level.
    Level(Db),
    /// Muted, or heard.
    Mute(bool),
    /// The device of this name, or the system's own choice.
    Device(Option<String>),
    /// Which devices there are.
    ListDevices,
}

/// What is done with a show's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShowFile {
    /// An empty show.
    New,
    /// This one.
    Open(PathBuf),
    /// To where it came from.
    Save,
    /// To here, from now on.
    SaveAs(PathBuf),
}

/// What a file is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FilePurpose {
    /// A show to open.
    OpenShow,
    /// A show to save.
    SaveShow,
    /// A film or a sound.
    Media,
    /// A picture.
    Picture,
    /// A recording to write.
    Recording,
}

/// How the desk looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewChange {
    /// Safe areas on the monitors.
    SafeAreas(bool),
    /// Names of sources on PVW.
    Labels(bool),
    /// Pictures a second on the monitors.
    MonitorRate(u32),
    /// Size of everything, in percent.
    Scale(u32),
    /// Panels where they were at first.
    ResetArrangement,
}

/// A dialog of the desk's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenDialog {
    /// All that can be asked, to be found by name.
    Palette,
    /// A new source.
    AddMedia,
    /// A new layout from a template.
    NewLayout,
    /// PVW becomes a scene.
    SaveScene,
    /// A picture as a graphic.
    AddPicture,
    /// A text as a graphic.
    AddText,
    /// An item as it is.
    Edit(ItemId),
    /// An item's name.
    Rename(ItemId),
    /// Format, destinations, recording.
    Settings,
    /// Another show.
    OpenShow,
    /// Another file for this show.
    SaveAs,
    /// What the keys do.
    Keys,
}

/// A stream key on its way to where it is kept. It is never written out.
#[derive(Clone, PartialEq, Eq)]
pub struct StreamKey(pub String);

impl fmt::Debug for StreamKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StreamKey(…)")
    }
}

fn edit(edit: show::Edit) -> CommandKind {
    CommandKind::Edit(Edit::Do(Box::new(edit)))
}

fn deliver_all(ids: &[OutputId], deliver: fn(OutputId) -> Deliver) -> CommandKind {
    CommandKind::Batch(ids.iter().map(|id| CommandKind::Deliver(deliver(*id))).collect())
}

impl Action {
    /// What the engine is asked; nothing for what is the window's own.
    pub fn command(&self) -> Option<CommandKind> {
        let switch = CommandKind::Switch;
        Some(match self {
            Self::LoadScene(id) => switch(Switch::LoadScene(*id)),
            Self::LoadLayout(id) => switch(Switch::LoadLayout(*id)),
            Self::TakeScene(id) => switch(Switch::Take(*id)),
            Self::TakeLayout(id) => {
                let load = switch(Switch::LoadLayout(*id));
                CommandKind::Batch(vec![load, switch(Switch::Cut)])
            }
            Self::Cut => switch(Switch::Cut),
            Self::Auto => switch(Switch::Auto),
            Self::Sync => switch(Switch::Sync),
            Self::Bar(part) => switch(Switch::Bar(*part)),
            Self::Update => switch(Switch::Update),
            Self::Transition(transition) => edit(show::Edit::Transition(*transition)),
            Self::Edit(edits) => match edits.as_slice() {
                [one] => edit(one.clone()),
                all => CommandKind::Batch(all.iter().cloned().map(edit).collect()),
            },
            Self::Adjust(one) => edit(show::Edit::clone(one)),
            Self::All(actions) => {
                let kinds = actions.iter().filter_map(Self::command);
                let flat = kinds.flat_map(|kind| match kind {
                    CommandKind::Batch(kinds) => kinds,
                    one => vec![one],
                });
                CommandKind::Batch(flat.collect())
            }
            Self::Key(key) => CommandKind::Key(*key),
            Self::Mix(mix) => CommandKind::Mix(*mix),
            Self::StartAll(ids) => deliver_all(ids, Deliver::Start),
            Self::StopAll(ids) => deliver_all(ids, Deliver::Stop),
            Self::Retry(id) => CommandKind::Deliver(Deliver::Retry(*id)),
            Self::Again(id) => CommandKind::Batch(vec![
                CommandKind::Deliver(Deliver::Stop(*id)),
                CommandKind::Deliver(Deliver::Start(*id)),
            ]),
            Self::Start(id) => CommandKind::Deliver(Deliver::Start(*id)),
            Self::Stop(id) => CommandKind::Deliver(Deliver::Stop(*id)),
            Self::Undo => CommandKind::Edit(Edit::Undo),
            Self::Redo => CommandKind::Edit(Edit::Redo),
            Self::Unsolo(sources) => {
                let off = sources.iter().map(|id| CommandKind::Mix(Mix::Solo(*id, false)));
                CommandKind::Batch(off.collect())
            }
            Self::Listen(_)
            | Self::Format(_)
            | Self::KeepKey(..)
            | Self::File(_)
            | Self::Complete(_)
            | Self::Browse(_)
            | Self::Speak(_)
            | Self::View(_)
            | Self::Open(_)
            | Self::Close => return None,
        })
    }

    /// Whether it is part of a movement of the hand, so that one drag is one step of undo.
    pub fn is_drag(&self) -> bool {
        matches!(self, Self::Bar(_) | Self::Transition(_) | Self::Adjust(_))
    }
}
