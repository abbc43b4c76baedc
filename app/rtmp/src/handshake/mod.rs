//! The handshake (RTMP 5.2), with the digests that Flash players and servers prove themselves by, and without.
//!
//! The specification has the plain one alone. The one with digests is described by
//! <https://www.cs.cmu.edu/~dst/Adobe/Gallery/RTMPE.txt>; servers without it answer it as the plain one.

mod digest;

use digest::{Role, SIZE};

/// Why a peer does not get through the handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeError {
    /// Its first byte is not version 3; something else is spoken there.
    #[error("byte 0 of the handshake: {0} is not version 3 of RTMP")]
    Version(u8),
}

/// The version that is spoken (RTMP 5.2.2); 6 and 8 are encrypted, and not.
const VERSION: u8 = 3;

/// One side of a handshake. It buffers one packet of the peer's, 1,536 bytes.
#[derive(Debug)]
pub struct Handshake {
    side: Side,
    /// What we have sent, for a client; what a server will send.
    ours: Box<[u8; SIZE]>,
    theirs: Vec<u8>,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Client,
    Server,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Version,
    First,
    Second,
    Done,
}

impl Handshake {
    /// A client's: writes its first two packets. `seed` is any number, another one each time.
    pub fn client(seed: u64, out: &mut Vec<u8>) -> Self {
        let mut ours = digest::random(seed);
        // Any version but 0 says that there are digests; this is a Flash player's.
        ours[4..8].copy_from_slice(&[10, 0, 45, 2]);
        digest::sign(&mut ours, Role::Player, digest::Scheme::First);
        out.push(VERSION);
        out.extend_from_slice(&*ours);
        Self { side: Side::Client, ours, theirs: Vec::new(), stage: Stage::Version }
    }

    /// A server's, which begins with the client's packets.
    pub fn server(seed: u64) -> Self {
        let ours = digest::random(seed);
        Self { side: Side::Server, ours, theirs: Vec::new(), stage: Stage::Version }
    }

    /// Takes what belongs to the handshake from the front of `input`, and answers it; true once it is done.
    ///
    /// # Errors
    /// What answers is not RTMP.
    pub fn read(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<bool, HandshakeError> {
        if self.stage == Stage::Version {
            let Some((version, rest)) = input.split_first() else { return Ok(false) };
            *input = rest;
            if *version != VERSION {
                return Err(HandshakeError::Version(*version));
            }
            self.stage = Stage::First;
        }
        while self.stage != Stage::Done {
            let (taken, rest) = input.split_at(input.len().min(SIZE - self.theirs.len()));
            self.theirs.extend_from_slice(taken);
            *input = rest;
            let Some(packet) = self.theirs.first_chunk::<SIZE>() else { return Ok(false) };
            let packet = Box::new(*packet);
            self.theirs.clear();
            match self.stage {
                Stage::First => {
                    self.answer(&packet, out);
                    self.stage = Stage::Second;
                }
                // The peer's answer proves nothing that matters to us: servers and players differ in it.
                _ => self.stage = Stage::Done,
            }
        }
        self.theirs = Vec::new();
        Ok(true)
    }

    /// Answers a peer's first packet: a client by its second, a server by both of its own.
    fn answer(&mut self, packet: &[u8; SIZE], out: &mut Vec<u8>) {
        let (peer, we) = match self.side {
            Side::Client => (Role::Server, Role::Player),
            Side::Server => (Role::Player, Role::Server),
        };
        // Version 0 says that there are none (RTMP 5.2.3).
        let found = if packet[4..8] == [0; 4] { None } else { digest::find(packet, peer) };
        if self.side == Side::Server {
            match found {
                Some((scheme, _)) => {
                    self.ours[4..8].copy_from_slice(&[5, 0, 1, 1]);
                    digest::sign(&mut self.ours, Role::Server, scheme);
                }
                None => self.ours[4..8].fill(0),
            }
            out.push(VERSION);
            out.extend_from_slice(&*self.ours);
        }
        match found {
            Some((_, theirs)) => out.extend_from_slice(&*digest::answer(&theirs, &self.ours, we)),
            // The plain answer is the peer's own packet (RTMP 5.2.4).
            None => out.extend_from_slice(packet),
        }
    }
}
