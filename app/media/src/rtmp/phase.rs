//! The phases that a connection goes through until it is on air, each with a time limit of its own.

/// What a destination is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Phase {
    /// The addresses of its name.
    #[error("no name server answers within {} s: check the network", self.seconds())]
    Resolve,
    /// A connection to one of them.
    #[error("none of its addresses answers within {} s", self.seconds())]
    Connect,
    /// TLS.
    #[error("it does not answer by TLS within {} s: check that its port is for RTMPS", self.seconds())]
    Tls,
    /// RTMP's handshake.
    #[error("it accepted the connection but does not answer within {} s", self.seconds())]
    Handshake,
    /// The answer about the application.
    #[error("it does not answer about the application within {} s", self.seconds())]
    Application,
    /// The answer about the stream key.
    #[error("it does not answer about the stream key within {} s", self.seconds())]
    Publish,
}

impl Phase {
    /// All of them, in order.
    pub const ALL: [Self; 6] = [
        Self::Resolve,
        Self::Connect,
        Self::Tls,
        Self::Handshake,
        Self::Application,
        Self::Publish,
    ];

    /// How long it may take, in seconds. A service that has to ask others about a key may take long for that.
    pub const fn seconds(self) -> u64 {
        match self {
            Self::Resolve | Self::Connect | Self::Application => 10,
            Self::Tls | Self::Handshake => 5,
            Self::Publish => 15,
        }
    }

    /// When it ends that begins now, in nanoseconds.
    pub const fn deadline(self, now: u64) -> u64 {
        now + self.seconds() * 1_000_000_000
    }
}
