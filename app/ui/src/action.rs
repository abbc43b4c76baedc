//! Everything the desk can ask for: one list for buttons, keys and menus.

use engine::{CommandKind, Deliver, Edit, Key, Mix, Switch};
use show::{Db, LayoutId, OutputId, SceneId, SourceId, Transition};

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
    Listen(Listen),
    /// No strip is heard alone any more.
    Unsolo(Vec<SourceId>),
    /// Starts an output.
    Start(OutputId),
    /// Ends an output.
    Stop(OutputId),
    /// Takes the last edit back.
    Undo,
    /// And makes it again.
    Redo,
    /// Ends the programme and closes the window.
    Close,
}

/// Wishes for the operator's own ears.
#[derive(Clone, Debug, PartialEq)]
pub enum Listen {
    /// The level.
    Level(Db),
    /// Muted, or heard.
    Mute(bool),
    /// The device of this name, or the system's own choice.
    Device(Option<String>),
    /// Which devices there are.
    Look,
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
            Self::Transition(transition) => {
                CommandKind::Edit(Edit::Do(Box::new(show::Edit::Transition(*transition))))
            }
            Self::Key(key) => CommandKind::Key(*key),
            Self::Mix(mix) => CommandKind::Mix(*mix),
            Self::Start(id) => CommandKind::Deliver(Deliver::Start(*id)),
            Self::Stop(id) => CommandKind::Deliver(Deliver::Stop(*id)),
            Self::Undo => CommandKind::Edit(Edit::Undo),
            Self::Redo => CommandKind::Edit(Edit::Redo),
            Self::Unsolo(sources) => {
                let off = sources.iter().map(|id| CommandKind::Mix(Mix::Solo(*id, false)));
                CommandKind::Batch(off.collect())
            }
            Self::Listen(_) | Self::Close => return None,
        })
    }

    /// Whether it is part of a movement of the hand, so that one drag is one step of undo.
    pub fn is_drag(&self) -> bool {
        matches!(self, Self::Bar(_) | Self::Transition(_))
    }
}
