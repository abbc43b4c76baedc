//! The digests of the handshake: HMAC-SHA256 over a packet, hidden in it at a place that the packet says.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The length of each packet but the version's (RTMP 5.2.3).
pub const SIZE: usize = 1_536;
const DIGEST: usize = 32;

const PLAYER: &[u8] = b"Genuine Adobe Flash Player 001";
const SERVER: &[u8] = b"Genuine Adobe Flash Media Server 001";
/// Follows either name where an answer is signed.
const CRUD: [u8; 32] = [
    0xf0, 0xee, 0xc2, 0x4a, 0x80, 0x68, 0xbe, 0xe8, 0x2e, 0x00, 0xd0, 0xd1, 0x02, 0x9e, 0x7e, 0x57,
    0x6e, 0xec, 0x5d, 0x2d, 0x29, 0x80, 0x6f, 0xab, 0x93, 0xb8, 0xe6, 0x36, 0xcf, 0xeb, 0x31, 0xae,
];

/// Who signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Player,
    Server,
}

impl Role {
    fn name(self) -> &'static [u8] {
        match self {
            Self::Player => PLAYER,
            Self::Server => SERVER,
        }
    }
}

/// In which half of the packet its digest lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    First,
    Second,
}

impl Scheme {
    /// Where the digest lies: four bytes at the half's beginning add up to its offset.
    fn place(self, packet: &[u8; SIZE]) -> usize {
        let half = match self {
            Self::First => 8,
            Self::Second => 772,
        };
        let sum: usize = packet[half..half + 4].iter().map(|byte| usize::from(*byte)).sum();
        half + 4 + sum % 728
    }
}

/// Signs a packet.
pub fn sign(packet: &mut [u8; SIZE], role: Role, scheme: Scheme) {
    let place = scheme.place(packet);
    let digest = digest_of(packet, place, role);
    packet[place..place + DIGEST].copy_from_slice(&digest);
}

/// The digest of a packet and its scheme, if it is signed.
pub fn find(packet: &[u8; SIZE], role: Role) -> Option<(Scheme, [u8; DIGEST])> {
    [Scheme::First, Scheme::Second].into_iter().find_map(|scheme| {
        let place = scheme.place(packet);
        let digest = digest_of(packet, place, role);
        (packet[place..place + DIGEST] == digest).then_some((scheme, digest))
    })
}

/// The answer to a packet with this digest: our random bytes, signed for it.
pub fn answer(digest: &[u8; DIGEST], random: &[u8; SIZE], role: Role) -> Box<[u8; SIZE]> {
    let mut answer = Box::new(*random);
    // Not the packet that was sent already.
    answer.reverse();
    let key = hmac(&[role.name(), &CRUD].concat(), &[digest]);
    let signature = hmac(&key, &[&answer[..SIZE - DIGEST]]);
    answer[SIZE - DIGEST..].copy_from_slice(&signature);
    answer
}

/// Bytes that look random: they hide nothing, and only have to differ from one connection to the next.
pub fn random(seed: u64) -> Box<[u8; SIZE]> {
    let mut bytes = Box::new([0; SIZE]);
    let mut state = seed;
    // The first four are a time, which may be 0, and four more the version.
    for chunk in bytes[8..].chunks_exact_mut(8) {
        // SplitMix64.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        chunk.copy_from_slice(&(mixed ^ mixed >> 31).to_be_bytes());
    }
    bytes
}

/// The digest of all of a packet but its own place.
fn digest_of(packet: &[u8; SIZE], place: usize, role: Role) -> [u8; DIGEST] {
    hmac(role.name(), &[&packet[..place], &packet[place + DIGEST..]])
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; DIGEST] {
    // A key of any length is taken.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; DIGEST] };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}
