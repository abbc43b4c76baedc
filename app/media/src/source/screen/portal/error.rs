//! Why the desktop does not show a screen to us.

/// Why the desktop does not show a screen to us.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PortalError {
    /// There is no session bus, or it has gone.
    #[error(
        "there is no session bus, by which the desktop is asked for its screens: {0}. Start Downstage from the desktop."
    )]
    NoBus(String),
    /// Nobody on the bus shares screens, and nobody can be started for it.
    #[error(
        "this desktop shares no screens. Install xdg-desktop-portal with its part for this desktop, for example xdg-desktop-portal-gnome."
    )]
    NoPortal,
    /// The portal has no part that shares screens.
    #[error(
        "the desktop's portal shares no screens: {0}. Install its part for this desktop, for example xdg-desktop-portal-gnome."
    )]
    NoScreens(String),
    /// The portal does not answer.
    #[error("the desktop's portal does not answer. Log out of the desktop and in again.")]
    Silent,
    /// The desktop's dialog was cancelled, or it was refused there.
    #[error("no screen was chosen in the desktop's dialog. Choose it again.")]
    Cancelled,
    /// The desktop does not show it, and gives no reason.
    #[error("the desktop cannot show it now. Choose it again if that lasts.")]
    Ended,
    /// It was not chosen on this computer, or only until Downstage ended.
    #[error("it is not known here what this screen source shows. Choose it again.")]
    NotChosen,
    /// The desktop does not show it again without asking.
    #[error("the desktop asks again before it shows this screen or window. Choose it again.")]
    Asks,
    /// The desktop shows it no more.
    #[error(
        "the desktop has stopped sharing this screen or window. Try again, or choose it again."
    )]
    Stopped,
    /// No pictures come any more.
    #[error("its pictures have stopped: the window is gone, or PipeWire is. Trying again.")]
    NoPictures,
    /// GStreamer's element for it is missing.
    #[error("GStreamer cannot receive from PipeWire. Install gstreamer1.0-pipewire.")]
    NoPipeWire,
    /// The portal refuses it, for this reason.
    #[error("the desktop does not share its screens: {0}.")]
    Failed(String),
}

impl PortalError {
    /// Whether it is only asked again when an operator wants that: else a dialog of the desktop would open by itself,
    /// or what somebody has stopped would go on.
    pub fn needs_operator(&self) -> bool {
        match self {
            Self::Cancelled | Self::NotChosen | Self::Asks | Self::Stopped => true,
            Self::NoBus(_)
            | Self::NoPortal
            | Self::NoScreens(_)
            | Self::Silent
            | Self::Ended
            | Self::NoPictures
            | Self::NoPipeWire
            | Self::Failed(_) => false,
        }
    }
}

impl From<zbus::Error> for PortalError {
    fn from(error: zbus::Error) -> Self {
        let zbus::Error::MethodError(name, text, _) = &error else {
            return match error {
                zbus::Error::InputOutput(error) => Self::NoBus(error.to_string()),
                error => Self::Failed(error.to_string()),
            };
        };
        let text = || text.clone().unwrap_or_else(|| name.to_string());
        match name.rsplit('.').next() {
            Some("ServiceUnknown" | "NameHasNoOwner") => Self::NoPortal,
            Some("UnknownInterface" | "UnknownMethod" | "UnknownObject") => Self::NoScreens(text()),
            Some("NoReply" | "Timeout" | "TimedOut") => Self::Silent,
            _ => Self::Failed(text()),
        }
    }
}
