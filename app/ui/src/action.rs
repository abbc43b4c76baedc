//! Everything the desk can ask for, as values: buttons, keys and menus all return these.

use std::path::PathBuf;

use engine::{CommandKind, Deliver, EditCommand, Key, Mix, Play, Switch};
use show::{
    Db, Format, ItemId, KeyChange, LayoutId, OutputId, SceneId, SecretName, SourceId, Transition,
};

use crate::language::Language;

/// Something the operator asked for.
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
    /// Swaps the buses on the next frame.
    Cut,
    /// Swaps the buses with the transition.
    Auto,
    /// PGM becomes what PVW is.
    Sync,
    /// The T-bar, in ten-thousandths.
    Bar(u16),
    /// Applies edits of the document to what is on PGM.
    Update,
    /// Shows what stands in for PGM, or PGM again.
    Standby(bool),
    /// Tries a lost source again at once.
    Reconnect(SourceId),
    /// What AUTO does.
    Transition(Transition),
    /// A graphic on or off on one bus.
    Key(Key),
    /// A film pauses, or goes elsewhere.
    Play(Play),
    /// The mixer.
    Mix(Mix),
    /// What is heard on the monitor: the window's own, not the programme's.
    Listen(MonitorChange),
    /// Ends solo for these strips.
    Unsolo(Vec<SourceId>),
    /// Starts these outputs, all or none.
    StartAll(Vec<OutputId>),
    /// Ends outputs, all or none.
    StopAll(Vec<OutputId>),
    /// Retries an output at once that waits to reconnect.
    Retry(OutputId),
    /// Restarts an output that failed.
    Again(OutputId),
    /// Starts an output.
    Start(OutputId),
    /// Ends an output.
    Stop(OutputId),
    /// What was lost so far was seen: its counts begin at 0 again.
    ResetLosses,
    /// Takes the last edit back.
    Undo,
    /// And makes it again.
    Redo,
    /// Edits the document: all of these or none, as one step of undo.
    Edit(Vec<show::Edit>),
    /// The same as part of a drag: the whole drag is one step of undo.
    Adjust(Box<show::Edit>),
    /// Several at once: all or none, on one frame.
    All(Vec<Self>),
    /// Restarts the programme in this format.
    Format(Format),
    /// Stores a stream key under this name.
    KeepKey(SecretName, KeyChange),
    /// Deletes the stream key of this name wherever it is stored.
    ForgetKey(SecretName),
    /// Opens, saves or starts a show.
    File(ShowFile),
    /// Decides on what a crash left behind.
    Recover(RecoveryChoice),
    /// Completes a path; the answer is [`crate::Look::paths`].
    Complete(String),
    /// Opens the desktop's file chooser; the answer is [`crate::Look::chosen`].
    Browse(FilePurpose),
    /// Lists the screens and windows of this computer; the answer is [`crate::Look::screens`].
    ListScreens,
    /// Lists the cameras and microphones of this computer; the answers are [`crate::Look::cameras`] and
    /// [`crate::Look::microphones`].
    ListDevices {
        /// Whether the system is asked anew, whatever it said last.
        fresh: bool,
    },
    /// Shows a file in the desktop's file manager.
    ShowInFolder(PathBuf),
    /// Says this, a key of the desk's words, in a toast.
    Say(&'static str),
    /// Changes the language of the desk.
    Speak(Language),
    /// Changes how the desk looks.
    View(ViewChange),
    /// Opens a dialog.
    Open(OpenDialog),
    /// Ends the programme and closes the window.
    Close,
}

/// A change of the operator's own monitor: nothing of it is in the programme.
#[derive(Clone, Debug, PartialEq)]
pub enum MonitorChange {
    /// The level.
    Level(Db),
    /// Muted or not.
    Mute(bool),
    /// The device of this name, or the system's own choice.
    Device(Option<String>),
    /// Lists the devices again.
    ListDevices,
}

/// An operation on the show's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShowFile {
    /// Starts an empty show.
    New,
    /// Starts a show with what is usual for this purpose.
    NewFrom(ShowTemplate),
    /// Opens this one.
    Open(PathBuf),
    /// Saves to where it came from.
    Save,
    /// Saves here from now on.
    SaveAs(PathBuf),
    /// The same, over what another program has written there.
    SaveOver(PathBuf),
}

/// What a new show can begin with, besides nothing; test patterns stand where its cameras are to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShowTemplate {
    /// Two cameras, alone and side by side.
    TwoCameras,
    /// A host and a guest, alone and one within the other's picture.
    Interview,
}

/// What is done with what a crash left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecoveryChoice {
    /// The show opens as it was, with the same items on the buses.
    Restore,
    /// The same, and the outputs that ran start again.
    GoOnAir,
    /// It is removed.
    Discard,
}

/// What a file is chosen for.
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
    /// Several files for a list.
    ListFiles,
    /// A folder for a list.
    ListFolder,
    /// One file or folder for a list, whose path is typed.
    OneOfList,
}

/// A change of how the desk looks.
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

/// A dialog to open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenDialog {
    /// The command palette.
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
    /// What is set for a source's picture and sound.
    SourceSettings(SourceId),
    /// An item's name.
    Rename(ItemId),
    /// Format, destinations, recording.
    Settings,
    /// How to begin.
    Start,
    /// The same at what stands in for PGM.
    Standby,
    /// The same at a new destination.
    NewDestination,
    /// Another show.
    OpenShow,
    /// Another file for this show.
    SaveAs,
    /// What a crash left behind.
    Recovery,
    /// What the keys do.
    Keys,
    /// The version, and the licence.
    About,
}

fn edit(edit: show::Edit) -> CommandKind {
    CommandKind::Edit(EditCommand::Do(Box::new(edit)))
}

fn deliver_all(ids: &[OutputId], deliver: fn(OutputId) -> Deliver) -> CommandKind {
    CommandKind::Batch(ids.iter().map(|id| CommandKind::Deliver(deliver(*id))).collect())
}

impl Action {
    /// The engine command for this action; `None` for what the window does itself.
    pub fn command(&self) -> Option<CommandKind> {
        let switch = CommandKind::Switch;
        Some(match self {
            Self::LoadScene(id) => switch(Switch::LoadScene(*id)),
            Self::LoadLayout(id) => switch(Switch::LoadLayout(*id)),
            Self::TakeScene(id) => switch(Switch::Take(*id)),
            Self::TakeLayout(id) => switch(Switch::TakeLayout(*id)),
            Self::Cut => switch(Switch::Cut),
            Self::Auto => switch(Switch::Auto),
            Self::Sync => switch(Switch::Sync),
            Self::Bar(part) => switch(Switch::Bar(*part)),
            Self::Update => switch(Switch::Update),
            Self::Standby(on) => CommandKind::Standby(*on),
            Self::Reconnect(id) => CommandKind::Reconnect(*id),
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
            Self::Play(play) => CommandKind::Play(*play),
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
            Self::Undo => CommandKind::Edit(EditCommand::Undo),
            Self::Redo => CommandKind::Edit(EditCommand::Redo),
            Self::Unsolo(sources) => {
                let off = sources.iter().map(|id| CommandKind::Mix(Mix::Solo(*id, false)));
                CommandKind::Batch(off.collect())
            }
            Self::Listen(_)
            | Self::ResetLosses
            | Self::ShowInFolder(_)
            | Self::Say(_)
            | Self::Format(_)
            | Self::KeepKey(..)
            | Self::ForgetKey(_)
            | Self::File(_)
            | Self::Recover(_)
            | Self::Complete(_)
            | Self::Browse(_)
            | Self::Speak(_)
            | Self::View(_)
            | Self::Open(_)
            | Self::ListScreens
            | Self::ListDevices { .. }
            | Self::Close => return None,
        })
    }

    /// Whether it is part of a drag, so that one drag is one step of undo.
    pub fn is_drag(&self) -> bool {
        matches!(self, Self::Bar(_) | Self::Transition(_) | Self::Adjust(_))
    }
}
