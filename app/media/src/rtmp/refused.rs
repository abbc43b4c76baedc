//! What a server's refusal means, and what to do about it.

use rtmp::{Refusal, Step};

/// A server's no: what it means, and the server's own name for it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Refused {
    /// What it means.
    pub meaning: Meaning,
    /// The server's code, or what was refused if it has none.
    pub code: String,
}

/// What a server's no means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// It refused the application.
    App,
    /// It has no such application.
    NoApp,
    /// Its application was shut down.
    Shutdown,
    /// The stream key is wrong or in use.
    InUse,
    /// It refused the stream key.
    Key,
    /// It cannot take the stream.
    Failed,
    /// It ended the stream.
    Ended,
    /// It asks for a user and a password.
    Login,
    /// User or password are wrong.
    WrongLogin,
    /// It sends us where we do not follow.
    Redirect,
    /// Something that is not known here.
    Other,
}

impl Refused {
    /// What a refusal means. Its description is left out: it may quote the key.
    pub fn new(refusal: &Refusal) -> Self {
        let meaning = match refusal.code.as_str() {
            "NetConnection.Connect.InvalidApp" => Meaning::NoApp,
            "NetConnection.Connect.AppShutdown" => Meaning::Shutdown,
            "NetConnection.Connect.Closed"
            | "NetConnection.Connect.IdleTimeout"
            | "NetStream.Unpublish.Success" => Meaning::Ended,
            "NetStream.Publish.BadName" => Meaning::InUse,
            "NetStream.Publish.Denied"
            | "NetStream.Publish.Rejected"
            | "NetStream.Publish.Unauthorized"
            | "NetStream.Authenticate.UsherToken" => Meaning::Key,
            "NetConnection.Connect.Failed"
            | "NetConnection.Call.Failed"
            | "NetStream.Publish.Failed"
            | "NetStream.Failed"
            | "NetStream.Connect.Failed"
            | "NetStream.Connect.Rejected" => Meaning::Failed,
            "NetConnection.Connect.Rejected" => Meaning::App,
            "" if refusal.step == Step::Connect => Meaning::App,
            "" if refusal.step == Step::Publish => Meaning::Key,
            "" if refusal.step == Step::Stream => Meaning::Ended,
            _ => Meaning::Other,
        };
        Self { meaning, code: code(refusal) }
    }

    /// The same refusal with another meaning.
    pub fn meaning(refusal: &Refusal, meaning: Meaning) -> Self {
        Self { meaning, code: code(refusal) }
    }
}

/// The server's name for it, or that of what was refused.
fn code(refusal: &Refusal) -> String {
    let of_step = match refusal.step {
        Step::Connect => "connect",
        Step::CreateStream => "createStream",
        Step::Publish => "publish",
        Step::Stream => "close",
    };
    if refusal.code.is_empty() { of_step.to_owned() } else { refusal.code.clone() }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (what, remedy) = match self.meaning {
            Meaning::App => ("refused the application", ": check the URL"),
            Meaning::NoApp => ("has no such application", ": check the URL"),
            Meaning::Shutdown => ("shut its application down", ": ask whoever runs it"),
            Meaning::InUse => ("refused the stream key", ": it is wrong, or still in use"),
            Meaning::Key => ("refused the stream key", ": check it"),
            Meaning::Failed => ("cannot take the stream", ": ask whoever runs it"),
            Meaning::Ended => ("ended the stream", ": ask there who stopped it"),
            Meaning::Login => (
                "asks for a user and a password",
                ": enter them beside the stream key, or write them behind it, as key user:password",
            ),
            Meaning::WrongLogin => ("refused the user or the password", ": check both"),
            Meaning::Redirect => {
                ("sends us to where we cannot follow", ": enter the other server's URL")
            }
            Meaning::Other => ("refused the stream", ": ask whoever runs it"),
        };
        write!(formatter, "it {what} ({}){remedy}", self.code)
    }
}
